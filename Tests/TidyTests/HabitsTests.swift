import Testing

/// What reviews would say again and again.
@Suite struct HabitsTests {
    /// A file about one thing. Tests may be as long as their table of cases.
    static let linesMax = 400

    @Test(arguments: SourceTree.sources) func filesStayShort(file: SourceTree.File) {
        #expect(file.lines.count <= Self.linesMax, "\(file.lines.count) lines")
    }

    @Test(
        arguments: SourceTree.files(
            in: ["Sources", "Tests", "scripts", "docs", "deploy", "Configs"],
            ["swift", "py", "sh", "md", "yaml", "js", "in", "lock", "service"]))
    func nothingIsLeftForLaterAndNoMachineShows(file: SourceTree.File) {
        // Put together here, so that this file does not hold them itself.
        let marks = [
            "TO" + "DO", "FIX" + "ME", "/wo" + "rk/", "/tmp/p" + "kg", "/ro" + "ot/", "/ho" + "me/", "/op" + "t/",
        ]
        for mark in marks {
            #expect(!file.text.contains(mark), "\(file.path) has \(mark)")
        }
    }

    @Test(arguments: SourceTree.swift) func noBannersAndNoPlaceholders(file: SourceTree.File) {
        let opening = file.lines.prefix(3).joined().lowercased()
        #expect(!opening.contains("copyright") && !opening.contains("created by"))
        #expect(!file.path.hasSuffix("Placeholder.swift") && !file.path.contains("Utils"))
        #expect(!file.lines.contains { $0.hasPrefix("//====") || $0.hasPrefix("//----") || $0.hasPrefix("// ====") })
    }

    @Test(arguments: SourceTree.sources) func uncheckedSendableComesWithItsProof(file: SourceTree.File) {
        let lines = file.lines
        for (place, line) in lines.enumerated() {
            guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)"),
                !line.trimmedStart.hasPrefix("//")
            else { continue }
            let before = place > 0 ? lines[place - 1].trimmedStart : ""
            #expect(before.hasPrefix("//") || line.contains(" // "), "\(file.path):\(place + 1)")
        }
    }

    @Test(arguments: SourceTree.sources) func nothingEndsTheProcessByAssertion(file: SourceTree.File) {
        for call in ["fatal" + "Error(", "preconditionFailure(", "try! ", " as! "] {
            #expect(!file.text.contains(call), "\(file.path) has \(call)")
        }
    }
}

extension Substring {
    fileprivate var trimmedStart: Substring { drop { $0 == " " } }
}
