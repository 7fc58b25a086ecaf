import Foundation
import Seeded
import Testing
import Wire

@Suite struct JSONWriterTests {
    private func written(_ text: String) -> String {
        var writer = JSONWriter()
        writer.value(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("", "\"\""), ("plain", "\"plain\""), ("\"", "\"\\\"\""), ("\\", "\"\\\\\""), ("/", "\"/\""),
        ("\u{8}\t\n\u{C}\r", "\"\\b\\t\\n\\f\\r\""), ("\u{0}\u{1}\u{1F}", "\"\\u0000\\u0001\\u001f\""),
        ("\u{7F}é\u{2028}🥨", "\"\u{7F}é\u{2028}🥨\""), ("a\"b\"c", "\"a\\\"b\\\"c\""),
    ])
    func onlyWhatJSONRequiresIsEscaped(text: String, json: String) {
        #expect(written(text) == json)
    }

    @Test func anyTextCanBeReadAgain() throws {
        var generator = SeededGenerator(seed: 29)
        for _ in 0..<2_000 {
            let text = generator.text(count: 0...40)
            let read = try JSONDecoder().decode([String].self, from: Data("[\(written(text))]".utf8))
            #expect(read.first?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
        }
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 1_234_567_890, UInt64.max])
    func numbersAreWrittenInFull(number: UInt64) {
        var writer = JSONWriter()
        writer.value(number)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == String(number))
    }

    @Test func commasStandBetweenFieldsAndElementsAndNowhereElse() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("none", String?.none)
        writer.field("empty", each: [String]()) { $0.value($1) }
        writer.field("one", each: ["[", "{"]) { $0.value($1) }
        writer.key("object")
        writer.beginObject()
        writer.endObject()
        writer.field("colon", ":")
        writer.field("flag", true)
        writer.field("number", UInt64(3))
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == "{\"empty\":[],\"one\":[\"[\",\"{\"],\"object\":{},\"colon\":\":\",\"flag\":true,\"number\":3}")
    }
}
