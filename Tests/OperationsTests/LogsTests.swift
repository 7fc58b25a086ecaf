import Foundation
import Logging
import Testing

@testable import Operations

@Suite struct LogsTests {
    let moment = Date(timeIntervalSince1970: 1_700_000_000.25)

    @Test func aTextLineHasTimeLevelProcessMessageAndFields() {
        let line = StandardErrorLog.line(
            at: moment, .warning, "router", "slow disk", ["took_ms": "12", "path": "a b"], .text)
        #expect(line == "2023-11-14T22:13:20.250Z warning router: slow disk path=\"a b\" took_ms=12\n")
    }

    @Test func aJSONLineIsOneObject() throws {
        let line = StandardErrorLog.line(at: moment, .info, "router", "a\n\"b\"", ["k": "\u{1}\\"], .json)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        let expected = [
            "time": "2023-11-14T22:13:20.250Z", "level": "info", "process": "router", "message": "a\n\"b\"",
            "k": "\u{1}\\",
        ]
        #expect(object == expected)
        #expect(line.split(separator: "\n").count == 1)
    }

    @Test(arguments: ["a\nb", "a\rb", "a\u{1b}[31mb", "a\u{2028}b", "a\u{202e}b", "a\u{7f}b"])
    func nobodysTextBreaksALineOrDrivesATerminal(text: String) {
        let line = StandardErrorLog.line(at: moment, .info, "gateway", text, ["k": text], .text)
        let controls = line.dropLast().unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
        #expect(controls.isEmpty)
        #expect(line.contains("\\u{"))
    }
}
