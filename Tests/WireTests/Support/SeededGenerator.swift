import Seeded
import Wire

extension SeededGenerator {
    mutating func bytes(count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &self)).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// A few bytes changed, put in, taken out or doubled.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &self)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &self), at: place)
            case 3: bytes.remove(at: place)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...16, using: &self))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }

    /// Text with what is hard about text: quotes, escapes, control characters, every length of UTF-8, white space.
    mutating func text(count: ClosedRange<Int>) -> String {
        let pieces = [
            "a", "Z", " ", "\"", "\\", "/", "\n", "\u{1}", "\u{7F}", "é", "\u{A0}", "\u{2028}", "世", "👩‍👩‍👧", "\u{FEFF}",
        ]
        let length = Int.random(in: count, using: &self)
        var scalars = String.UnicodeScalarView()
        while scalars.count < length {
            scalars.append(contentsOf: (pieces.randomElement(using: &self) ?? "a").unicodeScalars)
        }
        return String(String.UnicodeScalarView(scalars.prefix(length)))
    }

    mutating func identifier<ID: UUIDIdentifier>(_: ID.Type = ID.self) -> ID {
        ID(bits: UUIDBits(high: next(), low: next()))
    }

    mutating func user() -> UserID {
        let letters = Array("abcXYZ019._@:-")
        let text = (0..<Int.random(in: 1...64, using: &self)).map { _ in letters.randomElement(using: &self) ?? "a" }
        return UserID(String(text)) ?? Sample.alice
    }

    /// Nil half of the time.
    mutating func maybe<Value>(_ make: (inout SeededGenerator) -> Value) -> Value? {
        Bool.random(using: &self) ? make(&self) : nil
    }

    mutating func list<Value>(_ count: ClosedRange<Int>, _ make: (inout SeededGenerator) -> Value) -> [Value] {
        (0..<Int.random(in: count, using: &self)).map { _ in make(&self) }
    }
}
