import Foundation
import Seeded
import Testing

@testable import Wire

@Suite struct JSONReaderTests {
    private func value(_ json: String) throws -> JSONValue {
        var reader = JSONReader(Array(json.utf8))
        let value = try reader.value(depth: 1)
        guard reader.peek() == nil else { throw JSONBroken() }
        return value
    }

    @Test(arguments: [
        ("0", 0), ("7", 7), ("10", 10), (" 42 ", 42), ("18446744073709551615", UInt64.max),
    ])
    func aPlainIntegerIsReadInFull(json: String, integer: UInt64) throws {
        #expect(try value(json) == .integer(integer))
    }

    @Test(arguments: [
        "-0", "-1", "1.0", "1.5", "0.0", "1e2", "1E+2", "1e-2", "18446744073709551616", "99999999999999999999999999",
    ])
    func anyOtherNumberIsNoInteger(json: String) throws {
        #expect(try value(json) == .number)
    }

    @Test(arguments: ["", "-", "+1", "01", "-01", "00", "1.", ".1", "1e", "1e+", "0x1", "1_000", "Infinity", "١"])
    func whatIsNoNumberIsBroken(json: String) {
        #expect(throws: JSONBroken.self) { try value(json) }
    }

    @Test func everyByteOfAStringIsReadAsTheStandardLibraryReadsIt() throws {
        var generator = SeededGenerator(seed: 17)
        for _ in 0..<20_000 {
            // Mostly lead and continuation bytes, so that many sequences are nearly right.
            let inner = generator.list(1...6) { generator in
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0x80...0xFF, using: &generator)
                    : [0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xED, 0xF0, 0xF4].randomElement(
                        using: &generator) ?? 0x41
            }
            var reader = JSONReader([UInt8(ascii: "\"")] + inner + [UInt8(ascii: "\"")])
            let isRead = (try? reader.text()) != nil
            #expect(isRead == (String(validating: inner, as: UTF8.self) != nil), "\(inner)")
        }
    }

    @Test func whatAStringSaysIsWhatFoundationReadsInIt() throws {
        var generator = SeededGenerator(seed: 19)
        let pieces = [
            "a", "é", "🥨", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\u20AC",
            "\\ud83e\\udd68", "\\uFFFD", "\\u0000",
        ]
        for _ in 0..<2_000 {
            let inner = generator.list(0...12) { pieces.randomElement(using: &$0) ?? "a" }.joined()
            let bytes = Array("\"\(inner)\"".utf8)
            var reader = JSONReader(bytes)
            let text = try reader.text()
            let decoded = String(decoding: JSONEscape.decoded(text, of: bytes), as: UTF8.self)
            #expect(try JSONDecoder().decode([String].self, from: Data("[\"\(inner)\"]".utf8)) == [decoded])
            #expect(!reader.hasFault)
        }
    }

    @Test(arguments: [
        "\\ud800", "\\udc00", "\\ud800\\u0041", "\\ud800\\ud800\\udc00", "\\ud83ex", "\u{1}", "\t", "\u{0}",
    ])
    func whatTheContractRefusesInAStringIsReadOverAndMarked(inner: String) throws {
        var reader = JSONReader(Array("\"\(inner)\"".utf8))
        _ = try reader.text()
        #expect(reader.hasFault)
        #expect(reader.peek() == nil)
    }

    @Test(arguments: ["{\"a\":1,\"a\":2}", "[{\"x\":{\"b\":1,\"\\u0062\":1}}]"])
    func aKeyGivenTwiceIsMarked(json: String) throws {
        var reader = JSONReader(Array(json.utf8))
        _ = try reader.value(depth: 1)
        #expect(reader.hasFault)
    }

    @Test func keysAreToldApartByTheirBytesHoweverManyThereAre() throws {
        // Equal to Swift's strings, but two keys.
        let alike = "\"\u{E9}\":0,\"e\u{301}\":0"
        let many = (0..<100).map { "\"k\($0)\":0" }.joined(separator: ",")
        var reader = JSONReader(Array("{\(alike),\(many)}".utf8))
        _ = try reader.value(depth: 1)
        #expect(!reader.hasFault)
        var doubled = JSONReader(Array("{\(alike),\(many),\"k\\u0035\":0}".utf8))
        _ = try doubled.value(depth: 1)
        #expect(doubled.hasFault)
    }

    @Test(arguments: 14...18)
    func sixteenLevelsAreAllowed(levels: Int) throws {
        for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
            let json = String(repeating: opening, count: levels) + "0" + String(repeating: closing, count: levels)
            var reader = JSONReader(Array(json.utf8))
            _ = try reader.value(depth: 1)
            #expect(reader.hasFault == (levels > 16))
            #expect(reader.peek() == nil)
        }
    }

    @Test func whatFoundationWritesIsReadWhole() throws {
        var generator = SeededGenerator(seed: 23)
        for _ in 0..<500 {
            let object = generator.json(depth: 5)
            let options: JSONSerialization.WritingOptions = Bool.random(using: &generator) ? [.prettyPrinted] : []
            let data = try JSONSerialization.data(withJSONObject: [object], options: options)
            var reader = JSONReader(Array(data))
            _ = try reader.value(depth: 1)
            #expect(!reader.hasFault)
            #expect(reader.peek() == nil)
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func json(depth: Int) -> Any {
        switch Int.random(in: depth > 0 ? 0..<7 : 0..<5, using: &self) {
        case 0: return NSNull()
        case 1: return Bool.random(using: &self)
        case 2: return Int.random(in: .min ... .max, using: &self)
        case 3: return Double.random(in: -1e10...1e10, using: &self)
        case 4: return text(count: 0...20)
        case 5: return list(0...4) { $0.json(depth: depth - 1) }
        default:
            let keys = list(0...4) { $0.text(count: 0...6) }
            return Dictionary(keys.map { ($0, json(depth: depth - 1)) }, uniquingKeysWith: { first, _ in first })
        }
    }
}
