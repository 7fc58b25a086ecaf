/// What is wrong with bytes that came over the bus: they end early, say something illegal, or go on past their end.
public struct BinaryFault: Error, Equatable, Sendable {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
}

/// Appends the bus's binary forms: integers big-endian, text and bytes behind a 32-bit length.
public struct BinaryWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    public mutating func put(_ value: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    public mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    public mutating func put(_ blob: [UInt8]) {
        put(UInt32(blob.count))
        bytes.append(contentsOf: blob)
    }

    public mutating func put(_ id: some UUIDIdentifier) {
        put(id.bits.high)
        put(id.bits.low)
    }

    public mutating func putOptional<Value>(_ value: Value?, _ put: (inout BinaryWriter, Value) -> Void) {
        self.put(value != nil)
        if let value { put(&self, value) }
    }

    /// A list with a 32-bit count.
    public mutating func putList<Element>(
        _ list: some Collection<Element>, _ put: (inout BinaryWriter, Element) -> Void
    ) {
        self.put(UInt32(list.count))
        for element in list { put(&self, element) }
    }
}

/// Reads what `BinaryWriter` wrote, never past the end and never trusting a count for memory.
public struct BinaryReader {
    private let bytes: [UInt8]
    public private(set) var position = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var remaining: Int { bytes.count - position }

    public mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _: Value.Type = Value.self
    ) throws(BinaryFault) -> Value {
        var value: Value = 0
        for place in try range(of: Value.bitWidth / 8) { value = value << 8 | Value(bytes[place]) }
        return value
    }

    public mutating func byte() throws(BinaryFault) -> UInt8 {
        let range = try range(of: 1)
        return bytes[range.lowerBound]
    }

    public mutating func flag() throws(BinaryFault) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw BinaryFault("flag")
        }
    }

    public mutating func text() throws(BinaryFault) -> String {
        let count = Int(try integer(UInt32.self))
        guard let text = String(validating: bytes[try range(of: count)], as: UTF8.self) else {
            throw BinaryFault("text")
        }
        return text
    }

    public mutating func blob() throws(BinaryFault) -> [UInt8] { Array(bytes[try blobRange()]) }

    /// Where a blob lies, for those who slice rather than copy.
    public mutating func blobRange() throws(BinaryFault) -> Range<Int> {
        let count = Int(try integer(UInt32.self))
        return try range(of: count)
    }

    public mutating func identifier<ID: UUIDIdentifier>(_: ID.Type = ID.self) throws(BinaryFault) -> ID {
        let high = try integer(UInt64.self)
        return ID(bits: UUIDBits(high: high, low: try integer(UInt64.self)))
    }

    public mutating func user() throws(BinaryFault) -> UserID {
        guard let user = UserID(try text()) else { throw BinaryFault("user") }
        return user
    }

    public mutating func tenant() throws(BinaryFault) -> TenantSlug {
        guard let tenant = TenantSlug(try text()) else { throw BinaryFault("tenant") }
        return tenant
    }

    public mutating func optional<Value>(
        _ read: (inout BinaryReader) throws(BinaryFault) -> Value
    ) throws(BinaryFault) -> Value? {
        try flag() ? try read(&self) : nil
    }

    public mutating func list<Element>(
        _ read: (inout BinaryReader) throws(BinaryFault) -> Element
    ) throws(BinaryFault) -> [Element] {
        let count = Int(try integer(UInt32.self))
        guard count <= remaining else { throw BinaryFault("list") }
        var list: [Element] = []
        // An element may be far larger in memory than on the wire: more than a usual batch grows as it comes.
        list.reserveCapacity(min(count, 1_024))
        for _ in 0..<count { list.append(try read(&self)) }
        return list
    }

    /// Refuses bytes after the last field.
    public func finish() throws(BinaryFault) {
        guard remaining == 0 else { throw BinaryFault("trailing bytes") }
    }

    private mutating func range(of count: Int) throws(BinaryFault) -> Range<Int> {
        guard count <= remaining else { throw BinaryFault("ends early") }
        let range = position..<position + count
        position += count
        return range
    }
}
