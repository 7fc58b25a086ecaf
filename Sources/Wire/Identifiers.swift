/// A tenant's slug: `[a-z0-9][a-z0-9-]{0,31}`. Never an underscore, so that the topic prefix `tenant_a_` can't match
/// tenant `a-b` (docs/protocol.md §1).
public struct TenantSlug: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Nil where `text` is no slug.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...32).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.allSatisfy(Self.isLegal) else {
            return nil
        }
        self.text = text
    }

    public var description: String { text }

    private static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// Whoever the platform's token names as `sub`: `[A-Za-z0-9._@:-]{1,64}`.
public struct UserID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// Nil where `text` is no user id.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), bytes.allSatisfy(Self.isLegal) else { return nil }
        self.text = text
    }

    public var description: String { text }

    public static func < (one: UserID, other: UserID) -> Bool { one.text < other.text }

    private static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// The 128 bits of a UUID of any version; text is taken in any case and sent in lower case.
public struct UUIDBits: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The form 8-4-4-4-12 in hexadecimal; nil for anything else.
    public init?(_ text: String) { self.init(utf8: text.utf8) }

    init?(utf8: some Collection<UInt8>) {
        guard utf8.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for (place, byte) in utf8.enumerated() {
            if place == 8 || place == 13 || place == 18 || place == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hexadecimal.value(of: byte) else { return nil }
            if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            digits += 1
        }
        self.init(high: high, low: low)
    }

    /// Sixteen bytes, most significant first; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (place, byte) in bytes.enumerated() {
            if place < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
        self.init(high: high, low: low)
    }

    /// Sixteen bytes, most significant first.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for half in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
        return bytes
    }

    /// 8-4-4-4-12 in lower case.
    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text`, in one piece: events are full of identifiers.
    func append(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { buffer in
            buffer.initialize(repeating: UInt8(ascii: "-"))
            var place = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 { place += 1 }
                let half = digit < 16 ? high : low
                buffer[place] = Hexadecimal.digit(UInt8(truncatingIfNeeded: half >> (60 - 4 * UInt64(digit & 15))))
                place += 1
            }
            bytes.append(contentsOf: buffer)
        }
    }

    public static func < (one: UUIDBits, other: UUIDBits) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }
}

/// An identifier that is a UUID and nothing else.
public protocol UUIDIdentifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    var bits: UUIDBits { get }
    init(bits: UUIDBits)
}

extension UUIDIdentifier {
    /// Nil where `text` is no UUID in the form 8-4-4-4-12.
    public init?(_ text: String) {
        guard let bits = UUIDBits(text) else { return nil }
        self.init(bits: bits)
    }

    /// Nil where there are not exactly sixteen bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard let bits = UUIDBits(bytes: bytes) else { return nil }
        self.init(bits: bits)
    }

    public var text: String { bits.text }
    public var bytes: [UInt8] { bits.bytes }
    public var description: String { text }
    public static func < (one: Self, other: Self) -> Bool { one.bits < other.bits }
}

/// A message's id, chosen by the sender's client: the same id again is the same message, for ever.
public struct MessageID: UUIDIdentifier {
    public let bits: UUIDBits
    public init(bits: UUIDBits) { self.bits = bits }
}

/// A conversation's id.
public struct ConversationID: UUIDIdentifier {
    public let bits: UUIDBits
    public init(bits: UUIDBits) { self.bits = bits }
}
