/// The bytes are not JSON, or not UTF-8: nothing in them can be answered.
package struct JSONBroken: Error, Equatable {
    package init() {}
}

/// A string where it lies in the bytes, between its quotes; read out only when somebody asks.
package struct JSONText: Equatable {
    package let range: Range<Int>
    package let hasEscapes: Bool
}

/// A value where it lies in the bytes.
package enum JSONValue: Equatable {
    case text(JSONText)
    /// Written as a plain integer that fits: no sign, fraction or exponent.
    case integer(UInt64)
    /// Any other number.
    case number
    case boolean(Bool)
    case null
    case array(Range<Int>)
    case object(Range<Int>)
}

/// A strict reader of JSON (RFC 8259) in one pass, without recursion that a client could deepen.
///
/// What is not JSON throws. What is JSON but not allowed by the contract (a key given twice, too deep nesting, lone
/// surrogates, bare control characters) sets `hasFault` and is read over, so that the rest can still be found.
package struct JSONReader {
    let bytes: [UInt8]
    package private(set) var position: Int
    package private(set) var hasFault = false

    package init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// The next byte that is not white space, without taking it; nil at the end.
    package mutating func peek() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    /// Takes the next byte that is not white space if it is this one.
    package mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    package mutating func expect(_ byte: UInt8) throws(JSONBroken) {
        guard take(byte) else { throw JSONBroken() }
    }

    /// Reads a value; `depth` is the level that it has if it is an object or an array, the outermost being 1.
    package mutating func value(depth: Int) throws(JSONBroken) -> JSONValue {
        switch peek() {
        case UInt8(ascii: "\""):
            return .text(try text())
        case UInt8(ascii: "{"):
            let start = position
            try object(depth: depth)
            return .object(start..<position)
        case UInt8(ascii: "["):
            let start = position
            try array(depth: depth)
            return .array(start..<position)
        case UInt8(ascii: "t"):
            try word("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .boolean(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default:
            return try number()
        }
    }

    /// Reads a string, from its opening quote on.
    package mutating func text() throws(JSONBroken) -> JSONText {
        try expect(UInt8(ascii: "\""))
        let start = position
        var hasEscapes = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return JSONText(range: start..<position - 1, hasEscapes: hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try escape()
            } else if byte < 0x80 {
                if byte < 0x20 { hasFault = true }
                position += 1
            } else {
                try sequence(from: byte)
            }
        }
        throw JSONBroken()
    }

    private mutating func object(depth: Int) throws(JSONBroken) {
        guard depth <= Limits.nesting else { return try skipTooDeep() }
        try expect(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return }
        var keys = JSONKeys()
        repeat {
            let key = try text()
            if !keys.insert(key, of: bytes) { hasFault = true }
            try expect(UInt8(ascii: ":"))
            _ = try value(depth: depth + 1)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    private mutating func array(depth: Int) throws(JSONBroken) {
        guard depth <= Limits.nesting else { return try skipTooDeep() }
        try expect(UInt8(ascii: "["))
        if take(UInt8(ascii: "]")) { return }
        repeat { _ = try value(depth: depth + 1) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    /// Reads over a value that lies too deep, however deep it goes on: the levels are counted on the heap, a byte each.
    private mutating func skipTooDeep() throws(JSONBroken) {
        hasFault = true
        var awaited: [UInt8] = []
        repeat {
            switch peek() {
            case UInt8(ascii: "{"):
                position += 1
                if !take(UInt8(ascii: "}")) {
                    try skipKey()
                    awaited.append(UInt8(ascii: "}"))
                    continue
                }
            case UInt8(ascii: "["):
                position += 1
                if !take(UInt8(ascii: "]")) {
                    awaited.append(UInt8(ascii: "]"))
                    continue
                }
            default:
                _ = try value(depth: 1)
            }
            while let closer = awaited.last {
                if take(UInt8(ascii: ",")) {
                    if closer == UInt8(ascii: "}") { try skipKey() }
                    break
                }
                try expect(closer)
                awaited.removeLast()
            }
        } while !awaited.isEmpty
    }

    private mutating func skipKey() throws(JSONBroken) {
        _ = try text()
        try expect(UInt8(ascii: ":"))
    }

    private mutating func word(_ word: StaticString) throws(JSONBroken) {
        guard bytes.count - position >= word.utf8CodeUnitCount else { throw JSONBroken() }
        for place in 0..<word.utf8CodeUnitCount where bytes[position + place] != word.utf8Start[place] {
            throw JSONBroken()
        }
        position += word.utf8CodeUnitCount
    }

    private mutating func number() throws(JSONBroken) -> JSONValue {
        var isPlain = true
        if next == UInt8(ascii: "-") {
            isPlain = false
            position += 1
        }
        let start = position
        var magnitude: UInt64 = 0
        while let digit = next.flatMap(Self.digit) {
            let (product, isOver) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isSumOver) = product.addingReportingOverflow(digit)
            if isOver || isSumOver { isPlain = false }
            magnitude = sum
            position += 1
        }
        // At least one digit, and a zero only by itself.
        guard position > start, bytes[start] != UInt8(ascii: "0") || position == start + 1 else { throw JSONBroken() }
        if next == UInt8(ascii: ".") {
            isPlain = false
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isPlain = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return isPlain ? .integer(magnitude) : .number
    }

    private mutating func digits() throws(JSONBroken) {
        let start = position
        while next.flatMap(Self.digit) != nil { position += 1 }
        guard position > start else { throw JSONBroken() }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private static func digit(_ byte: UInt8) -> UInt64? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? UInt64(byte - UInt8(ascii: "0")) : nil
    }

    /// Reads over `\n`, `\u00e9` and the like; a surrogate needs its other half at once.
    private mutating func escape() throws(JSONBroken) {
        guard position + 1 < bytes.count else { throw JSONBroken() }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = JSONEscape.codeUnit(at: position, in: bytes) else { throw JSONBroken() }
            position += 6
            if UTF16.isTrailSurrogate(unit) { hasFault = true }
            guard UTF16.isLeadSurrogate(unit) else { return }
            if let other = JSONEscape.codeUnit(at: position, in: bytes), UTF16.isTrailSurrogate(other) {
                position += 6
            } else {
                hasFault = true
            }
        default:
            throw JSONBroken()
        }
    }

    /// Reads over one multi-byte sequence of UTF-8.
    ///
    /// - Source: The Unicode Standard 15.0, table 3-7, "Well-Formed UTF-8 Byte Sequences".
    private mutating func sequence(from first: UInt8) throws(JSONBroken) {
        let second: ClosedRange<UInt8>
        let count: Int
        switch first {
        case 0xC2...0xDF: (second, count) = (0x80...0xBF, 2)
        case 0xE0: (second, count) = (0xA0...0xBF, 3)
        case 0xE1...0xEC, 0xEE...0xEF: (second, count) = (0x80...0xBF, 3)
        case 0xED: (second, count) = (0x80...0x9F, 3)
        case 0xF0: (second, count) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, count) = (0x80...0xBF, 4)
        case 0xF4: (second, count) = (0x80...0x8F, 4)
        default: throw JSONBroken()
        }
        guard position + count <= bytes.count, second.contains(bytes[position + 1]) else { throw JSONBroken() }
        for place in 2..<max(count, 2) where bytes[position + place] & 0xC0 != 0x80 { throw JSONBroken() }
        position += count
    }
}
