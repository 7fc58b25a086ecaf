/// Strings as they are written in JSON, against what they say.
package enum JSONEscape {
    /// The four hexadecimal digits of `\uXXXX` where one stands at `position`; nil where none does.
    static func codeUnit(at position: Int, in bytes: [UInt8]) -> UInt16? {
        guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for place in position + 2..<position + 6 {
            guard let digit = Hexadecimal.value(of: bytes[place]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// What a string says, in UTF-8. The reader has seen it: every escape in it is a legal one, and a lone surrogate,
    /// which no answer may repeat, becomes U+FFFD.
    package static func decoded(_ text: JSONText, of bytes: [UInt8]) -> [UInt8] {
        guard text.hasEscapes else { return Array(bytes[text.range]) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.range.count)
        var position = text.range.lowerBound
        while position < text.range.upperBound {
            guard bytes[position] == UInt8(ascii: "\\"), position + 1 < text.range.upperBound else {
                decoded.append(bytes[position])
                position += 1
                continue
            }
            if let unit = codeUnit(at: position, in: bytes) {
                position += 6
                let scalar: Unicode.Scalar
                if UTF16.isLeadSurrogate(unit), let other = codeUnit(at: position, in: bytes),
                    UTF16.isTrailSurrogate(other)
                {
                    position += 6
                    scalar = UTF16.decode(UTF16.EncodedScalar([unit, other]))
                } else {
                    scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
                }
                decoded.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            } else {
                decoded.append(single(bytes[position + 1]))
                position += 2
            }
        }
        return decoded
    }

    private static func single(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): 0x0D
        default: letter
        }
    }
}

/// The keys of one object, to find one that is given twice. Compared by what they say, byte by byte: Swift's own
/// equality of strings would take two keys for one that only look alike.
struct JSONKeys {
    /// Up to here one look along the list is cheaper than hashing.
    private static let listMax = 16

    private var list: [JSONText] = []
    private var set: Set<[UInt8]> = []

    /// False where the key is there already.
    mutating func insert(_ key: JSONText, of bytes: [UInt8]) -> Bool {
        if list.count < Self.listMax {
            for other in list where Self.areEqual(key, other, of: bytes) { return false }
            list.append(key)
            return true
        }
        if set.isEmpty { for other in list { set.insert(JSONEscape.decoded(other, of: bytes)) } }
        return set.insert(JSONEscape.decoded(key, of: bytes)).inserted
    }

    static func areEqual(_ one: JSONText, _ other: JSONText, of bytes: [UInt8]) -> Bool {
        if one.hasEscapes || other.hasEscapes {
            return JSONEscape.decoded(one, of: bytes) == JSONEscape.decoded(other, of: bytes)
        }
        return one.range.count == other.range.count && bytes[one.range] == bytes[other.range]
    }
}

/// Hexadecimal digits.
public enum Hexadecimal {
    /// Two digits a byte, in lower case.
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0)] }, as: UTF8.self)
    }

    /// Nil for what is not two digits a byte.
    public static func bytes(_ digits: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }

    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// In lower case; only the low four bits count.
    static func digit(_ value: UInt8) -> UInt8 {
        let digit = value & 15
        return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
