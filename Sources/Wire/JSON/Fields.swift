/// The fields of a client's frame, taken one by one by the type that is made of them; what nobody takes is refused.
///
/// Each accessor throws `bad_request` with the field's name where the field is missing, of another type or out of its
/// limits. `null` is not a way to leave a field out.
struct Fields {
    private struct Field {
        let key: JSONText
        let value: JSONValue
        var isTaken = false
    }

    /// The first that breaks the contract's rules of form: a key given twice, nesting, surrogates, control characters.
    let fault: Refusal?

    /// No command has half as many. What comes after is refused, and only a `ref` is still looked for.
    private static let fieldsMax = 32
    private let bytes: [UInt8]
    private var fields: [Field] = []

    /// Reads one JSON object and nothing else.
    init(_ bytes: [UInt8]) throws(JSONBroken) {
        self.bytes = bytes
        fields.reserveCapacity(8)
        var fault: Refusal?
        var reader = JSONReader(bytes)
        try reader.expect(UInt8(ascii: "{"))
        if !reader.take(UInt8(ascii: "}")) {
            repeat {
                let key = try reader.text()
                try reader.expect(UInt8(ascii: ":"))
                let value = try reader.value(depth: 2)
                // Past the bound nothing is compared any more: the time spent on a frame grows with its length alone.
                let isOneTooMany = fields.count >= Self.fieldsMax
                let isRepeated = !isOneTooMany && fields.contains { JSONKeys.areEqual($0.key, key, of: bytes) }
                if fault == nil, reader.hasFault || isRepeated || isOneTooMany {
                    fault = .badRequest(Self.name(key, of: bytes))
                }
                if !isRepeated, !isOneTooMany || fields.count == Self.fieldsMax && Self.says("ref", key, of: bytes) {
                    fields.append(Field(key: key, value: value))
                }
            } while reader.take(UInt8(ascii: ","))
            try reader.expect(UInt8(ascii: "}"))
        }
        guard reader.peek() == nil else { throw JSONBroken() }
        self.fault = fault
    }

    /// Refuses what is left over.
    func finish() throws(Refusal) {
        if let unknown = fields.first(where: { !$0.isTaken }) {
            throw .badRequest(Self.name(unknown.key, of: bytes))
        }
    }

    // MARK: Text

    /// A string of so many code points, without NUL, as the client wrote it.
    mutating func text(_ name: StaticString, codePoints: ClosedRange<Int>) throws(Refusal) -> String {
        guard let text = try optionalText(name, codePoints: codePoints) else { throw Self.wrong(name) }
        return text
    }

    mutating func optionalText(_ name: StaticString, codePoints: ClosedRange<Int>) throws(Refusal) -> String? {
        guard let text = try optionalString(name) else { return nil }
        guard Self.isLegal(text, codePoints) else { throw Self.wrong(name) }
        return text
    }

    /// The same, less the Unicode White_Space at its ends.
    mutating func trimmedText(_ name: StaticString, codePoints: ClosedRange<Int>) throws(Refusal) -> String {
        guard let text = try optionalTrimmedText(name, codePoints: codePoints) else { throw Self.wrong(name) }
        return text
    }

    mutating func optionalTrimmedText(_ name: StaticString, codePoints: ClosedRange<Int>) throws(Refusal) -> String? {
        guard let text = try optionalString(name)?.trimmed else { return nil }
        guard Self.isLegal(text, codePoints) else { throw Self.wrong(name) }
        return text
    }

    /// `ref`: any string of at most 64 code points.
    mutating func ref() throws(Refusal) -> String? {
        guard let ref = try optionalString("ref") else { return nil }
        guard ref.unicodeScalars.count <= Limits.refCodePoints else { throw Self.wrong("ref") }
        return ref
    }

    /// One of an enumeration's words.
    mutating func choice<Choice: RawRepresentable<String>>(
        _ name: StaticString, _: Choice.Type = Choice.self
    ) throws(Refusal) -> Choice {
        guard let choice: Choice = try optionalChoice(name) else { throw Self.wrong(name) }
        return choice
    }

    mutating func optionalChoice<Choice: RawRepresentable<String>>(
        _ name: StaticString, _: Choice.Type = Choice.self
    ) throws(Refusal) -> Choice? {
        guard let text = try optionalString(name) else { return nil }
        guard let choice = Choice(rawValue: text) else { throw Self.wrong(name) }
        return choice
    }

    /// Strings, each of so many code points and without NUL, in the client's order.
    mutating func optionalTexts(
        _ name: StaticString, countMax: Int, codePoints: ClosedRange<Int>
    ) throws(Refusal) -> [String]? {
        guard let texts = try optionalStrings(name, countMax: countMax) else { return nil }
        guard texts.allSatisfy({ Self.isLegal($0, codePoints) }) else { throw Self.wrong(name) }
        return texts
    }

    // MARK: Identifiers

    mutating func identifier<ID: UUIDIdentifier>(_ name: StaticString, _: ID.Type = ID.self) throws(Refusal) -> ID {
        guard let id: ID = try optionalIdentifier(name) else { throw Self.wrong(name) }
        return id
    }

    mutating func optionalIdentifier<ID: UUIDIdentifier>(
        _ name: StaticString, _: ID.Type = ID.self
    ) throws(Refusal) -> ID? {
        guard let value = take(name) else { return nil }
        guard case .text(let text) = value else { throw Self.wrong(name) }
        let bits =
            text.hasEscapes ? UUIDBits(utf8: JSONEscape.decoded(text, of: bytes)) : UUIDBits(utf8: bytes[text.range])
        guard let bits else { throw Self.wrong(name) }
        return ID(bits: bits)
    }

    mutating func user(_ name: StaticString) throws(Refusal) -> UserID {
        guard let user = try optionalUser(name) else { throw Self.wrong(name) }
        return user
    }

    mutating func optionalUser(_ name: StaticString) throws(Refusal) -> UserID? {
        guard let text = try optionalString(name) else { return nil }
        guard let user = UserID(text) else { throw Self.wrong(name) }
        return user
    }

    /// User ids in the client's order, repeats dropped.
    mutating func users(_ name: StaticString, count: ClosedRange<Int>) throws(Refusal) -> [UserID] {
        guard let texts = try optionalStrings(name, countMax: count.upperBound) else { throw Self.wrong(name) }
        var users: [UserID] = []
        var known: Set<UserID> = []
        for text in texts {
            guard let user = UserID(text) else { throw Self.wrong(name) }
            if known.insert(user).inserted { users.append(user) }
        }
        guard count.contains(users.count) else { throw Self.wrong(name) }
        return users
    }

    // MARK: Other values

    /// An integer from 0 to 2^64 - 1, written without fraction and exponent.
    mutating func integer(_ name: StaticString) throws(Refusal) -> UInt64 {
        guard let integer = try optionalInteger(name) else { throw Self.wrong(name) }
        return integer
    }

    mutating func optionalInteger(_ name: StaticString) throws(Refusal) -> UInt64? {
        guard let value = take(name) else { return nil }
        guard case .integer(let integer) = value else { throw Self.wrong(name) }
        return integer
    }

    /// `limit`: from 1 to `max`; where it is left out, `otherwise`.
    mutating func limit(max: Int, otherwise: Int) throws(Refusal) -> Int {
        guard let limit = try optionalInteger("limit") else { return otherwise }
        guard (1...UInt64(max)).contains(limit) else { throw Self.wrong("limit") }
        return Int(limit)
    }

    mutating func boolean(_ name: StaticString) throws(Refusal) -> Bool {
        guard let boolean = try optionalBoolean(name) else { throw Self.wrong(name) }
        return boolean
    }

    mutating func optionalBoolean(_ name: StaticString) throws(Refusal) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .boolean(let boolean) = value else { throw Self.wrong(name) }
        return boolean
    }

    /// An object that only has to be there in form and be of so many bytes, as the client wrote it.
    mutating func skipObject(_ name: StaticString, bytesMax: Int) throws(Refusal) {
        guard let value = take(name) else { return }
        guard case .object(let range) = value, range.count <= bytesMax else { throw Self.wrong(name) }
    }

    /// The fields of an object inside the frame's, to be taken and finished like these.
    mutating func object(_ name: StaticString) throws(Refusal) -> Fields {
        guard case .object(let range)? = take(name) else { throw Self.wrong(name) }
        do { return try Fields(Array(bytes[range])) } catch { throw Self.wrong(name) }
    }

    /// Any number, or `null`: read over.
    mutating func skipNumber(_ name: StaticString) throws(Refusal) {
        switch take(name) {
        case nil, .integer, .number, .null: break
        case .text, .boolean, .array, .object: throw Self.wrong(name)
        }
    }

    /// So many bytes in base64url, with or without its padding, as browsers and libraries write keys.
    mutating func base64URL(_ name: StaticString, count: Int) throws(Refusal) -> [UInt8] {
        let text = try text(name, codePoints: 1...count * 2)
        let digits = text.utf8.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        guard let bytes = Base64URL.bytes(of: Array(digits)), bytes.count == count else { throw Self.wrong(name) }
        return bytes
    }

    /// `op`, as long as it is one of the table.
    mutating func op() throws(Refusal) -> Op {
        guard case .text(let text)? = take("op") else { throw Self.wrong("op") }
        let op = text.hasEscapes ? Op(utf8: JSONEscape.decoded(text, of: bytes)) : Op(utf8: bytes[text.range])
        guard let op else { throw Self.wrong("op") }
        return op
    }

    // MARK: Common ground

    static func wrong(_ name: StaticString) -> Refusal { .badRequest(name.description) }

    private mutating func take(_ name: StaticString) -> JSONValue? {
        for place in fields.indices where Self.says(name, fields[place].key, of: bytes) {
            fields[place].isTaken = true
            return fields[place].value
        }
        return nil
    }

    private mutating func optionalString(_ name: StaticString) throws(Refusal) -> String? {
        guard let value = take(name) else { return nil }
        guard case .text(let text) = value else { throw Self.wrong(name) }
        return Self.string(text, of: bytes)
    }

    private mutating func optionalStrings(_ name: StaticString, countMax: Int) throws(Refusal) -> [String]? {
        guard let value = take(name) else { return nil }
        guard case .array(let range) = value else { throw Self.wrong(name) }
        var strings: [String] = []
        do {
            // Read before, as part of the frame, so that it can't be broken now.
            var reader = JSONReader(bytes, at: range.lowerBound)
            try reader.expect(UInt8(ascii: "["))
            if reader.take(UInt8(ascii: "]")) { return [] }
            repeat {
                guard strings.count < countMax, reader.peek() == UInt8(ascii: "\"") else { throw Self.wrong(name) }
                strings.append(Self.string(try reader.text(), of: bytes))
            } while reader.take(UInt8(ascii: ","))
        } catch {
            throw Self.wrong(name)
        }
        return strings
    }

    private static func isLegal(_ text: String, _ codePoints: ClosedRange<Int>) -> Bool {
        // Every byte of UTF-8 that does not continue a sequence begins a code point.
        var count = 0
        for byte in text.utf8 {
            if byte == 0 { return false }
            if byte & 0xC0 != 0x80 { count += 1 }
        }
        return codePoints.contains(count)
    }

    private static func string(_ text: JSONText, of bytes: [UInt8]) -> String {
        text.hasEscapes
            ? String(decoding: JSONEscape.decoded(text, of: bytes), as: UTF8.self)
            : String(decoding: bytes[text.range], as: UTF8.self)
    }

    /// Whether a key says this name, which is ASCII.
    private static func says(_ name: StaticString, _ key: JSONText, of bytes: [UInt8]) -> Bool {
        if key.hasEscapes { return JSONEscape.decoded(key, of: bytes).elementsEqual(name.description.utf8) }
        guard key.range.count == name.utf8CodeUnitCount else { return false }
        for place in 0..<name.utf8CodeUnitCount where bytes[key.range.lowerBound + place] != name.utf8Start[place] {
            return false
        }
        return true
    }

    /// A key as a refusal names it: a client's own text, so no longer than a `ref` may be.
    private static func name(_ key: JSONText, of bytes: [UInt8]) -> String {
        String(string(key, of: bytes).unicodeScalars.prefix(Limits.refCodePoints))
    }
}

extension String {
    /// Less the Unicode White_Space at both ends.
    fileprivate var trimmed: String {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        if start == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return self }
        return String(scalars[start...last])
    }
}
