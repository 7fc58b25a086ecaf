/// A look at what says it is text.
struct TextScan {
    /// What is read at once; cut between two characters.
    private static let pieceBytes = 1 << 20

    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Parameter charset: that the sender declared, in lower case; UTF-8 without one.
    func reason(charset: String?) -> Verdict.Reason? {
        switch charset {
        case nil, "utf-8", "utf8", "us-ascii", "ascii":
            guard isUTF8 else { return .textEncoding }
        case let charset? where Self.singleByte.contains(charset):
            guard !bytes.contains(where: Self.isControl) else { return .textEncoding }
        default: return .textEncoding
        }
        return startsAsPage ? .contentMismatch : nil
    }

    /// A byte is a character, and all are allowed but controls.
    private static let singleByte: Set<String> = {
        var names: Set<String> = ["latin1", "koi8-r", "koi8-u"]
        for part in 1...16 where part != 12 { names.insert("iso-8859-\(part)") }
        for page in 1250...1258 { names.insert("windows-\(page)") }
        return names
    }()

    /// All but tab, ends of lines and pages, and the escape that colours logs.
    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0C && byte != 0x0D && byte != 0x1B
    }

    private var isUTF8: Bool {
        var start = 0
        while start < bytes.count {
            var end = min(start + Self.pieceBytes, bytes.count)
            // Back to the start of a character: none has more than three bytes behind its first.
            var steps = 0
            while end < bytes.count, steps < 3, bytes[end] & 0xC0 == 0x80 {
                end -= 1
                steps += 1
            }
            let piece = bytes[start..<end]
            guard String(validating: piece, as: UTF8.self) != nil, !piece.contains(where: Self.isControl) else {
                return false
            }
            start = end
        }
        return true
    }

    /// What browsers, web servers and shells go by. Beside libmagic, which looks elsewhere too.
    private var startsAsPage: Bool {
        let text = String(decoding: bytes.prefix(1_445), as: UTF8.self).lowercased()
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        let marks = [
            "<!doctype", "<html", "<head", "<body", "<script", "<iframe", "<svg", "<?", "<!--", "#!", "<%", "<h1",
            "<style", "<table", "<a ", "<img",
        ]
        return marks.contains { start.hasPrefix($0) }
    }
}
