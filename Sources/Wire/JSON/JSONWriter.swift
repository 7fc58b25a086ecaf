/// Appends JSON: the fields of objects in the order in which they are put, escaping only what JSON requires.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
    }

    public mutating func endObject() { bytes.append(UInt8(ascii: "}")) }

    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
    }

    public mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

    /// A field's name: of our own, so that it needs no escaping. Its value comes next.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// A field's name that is an identifier. Its value comes next.
    public mutating func key(_ id: some UUIDIdentifier) {
        value(id)
        bytes.append(UInt8(ascii: ":"))
    }

    public mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { appendEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func value(_ number: UInt64) {
        separate()
        appendDecimal(number)
    }

    public mutating func value(_ flag: Bool) {
        separate()
        append(flag ? "true" : "false")
    }

    public mutating func value(_ id: some UUIDIdentifier) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        id.bits.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func value(_ time: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        time.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func field(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    public mutating func field(_ name: StaticString, _ number: UInt64) {
        key(name)
        value(number)
    }

    public mutating func field(_ name: StaticString, _ flag: Bool) {
        key(name)
        value(flag)
    }

    public mutating func field(_ name: StaticString, _ id: some UUIDIdentifier) {
        key(name)
        value(id)
    }

    public mutating func field(_ name: StaticString, _ time: Timestamp) {
        key(name)
        value(time)
    }

    /// Left out where nil.
    public mutating func field(_ name: StaticString, _ text: String?) {
        if let text { field(name, text) }
    }

    /// Left out where nil.
    public mutating func field(_ name: StaticString, _ number: UInt64?) {
        if let number { field(name, number) }
    }

    /// Left out where nil.
    public mutating func field<ID: UUIDIdentifier>(_ name: StaticString, _ id: ID?) {
        if let id { field(name, id) }
    }

    /// An array under a name.
    public mutating func field<Element>(
        _ name: StaticString, each list: some Sequence<Element>, _ put: (inout JSONWriter, Element) -> Void
    ) {
        key(name)
        beginArray()
        for element in list { put(&self, element) }
        endArray()
    }

    /// A comma where something stands before: what neither opens nor names ends a value.
    private mutating func separate() {
        guard let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "["), last != UInt8(ascii: ":")
        else { return }
        bytes.append(UInt8(ascii: ","))
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func appendDecimal(_ number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// Runs that need no escaping go over in one piece; that none is needed is seen without a branch a byte.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        let isPlain = text.reduce(true) { $0 && !Self.needsEscaping($1) }
        for place in isPlain ? 0..<0 : text.indices {
            let byte = text[place]
            guard Self.needsEscaping(byte) else { continue }
            bytes.append(contentsOf: text[start..<place])
            start = place + 1
            bytes.append(UInt8(ascii: "\\"))
            switch byte {
            case 0x08: bytes.append(UInt8(ascii: "b"))
            case 0x09: bytes.append(UInt8(ascii: "t"))
            case 0x0A: bytes.append(UInt8(ascii: "n"))
            case 0x0C: bytes.append(UInt8(ascii: "f"))
            case 0x0D: bytes.append(UInt8(ascii: "r"))
            case 0..<0x20:
                append("u00")
                bytes.append(Hexadecimal.digit(byte >> 4))
                bytes.append(Hexadecimal.digit(byte))
            default: bytes.append(byte)
            }
        }
        bytes.append(contentsOf: text[start...])
    }

    private static func needsEscaping(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
