import Foundation

/// One file of Tests/Fixtures/wire: plain JSON that other languages' tests read as well.
///
/// `op.*.json` and `frame.json` hold what clients send and what becomes of it; the others hold what servers send.
struct Fixture: Codable {
    struct Case: Codable {
        /// A sentence.
        var name: String
        /// What a client sends; `in_hex` where it is not UTF-8.
        var `in`: String?
        var inHex: String?
        /// The frame that it says, written anew; or what a server sends.
        var out: String?
        /// The reply that refuses it.
        var refused: String?
        /// It closes the connection with 4000.
        var broken: Bool?

        enum CodingKeys: String, CodingKey {
            case name
            case `in`
            case inHex = "in_hex"
            case out
            case refused
            case broken
        }

        var input: [UInt8] {
            if let text = self.in { return Array(text.utf8) }
            let digits = Array(inHex ?? "")
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
        }
    }

    var subject: String
    var cases: [Case]

    /// `make fixtures` sets it: outputs are then written anew instead of compared.
    static let isRewriting = ProcessInfo.processInfo.environment["PARLEY_REWRITE_FIXTURES"] == "1"

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/wire")
        .standardizedFileURL

    /// The subjects that have a file, in order.
    static var subjects: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func url(of subject: String) -> URL { folder.appending(path: subject + ".json") }

    init(subject: String, cases: [Case]) {
        self.subject = subject
        self.cases = cases
    }

    init(reading subject: String) throws {
        self = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: Self.url(of: subject)))
    }

    func write(as subject: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: Self.url(of: subject))
    }
}
