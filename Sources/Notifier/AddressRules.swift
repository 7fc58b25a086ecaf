/// An IP address, as bytes in the network's order.
public struct InternetAddress: Hashable, Sendable {
    /// 4 or 16 of them.
    let bytes: [UInt8]

    /// Nil for any other number of bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Whether it is an address of the Internet that anybody may send something to: not of this machine, not of a
    /// network of its owner's, not of a link, a group, documentation or anything else set aside, and not one of those in
    /// the clothes of IPv6.
    ///
    /// Source: IANA's registries of special-purpose addresses (RFC 6890), for IPv4 and IPv6.
    public var isPublic: Bool {
        bytes.count == 4 ? Self.isPublic4(bytes[...]) : isPublic6
    }

    private static func isPublic4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(bytes)
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _): return false
        // Shared by a provider's customers (RFC 6598).
        case (100, 64...127, _): return false
        case (169, 254, _), (172, 16...31, _), (192, 168, _): return false
        case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113): return false
        // 6to4 relays, AS112 and AMT, and benchmarks.
        case (192, 88, 99), (192, 31, 196), (192, 52, 193), (192, 175, 48), (198, 18...19, _): return false
        // Groups, and what is kept for later.
        case (224...255, _, _): return false
        default: return true
        }
    }

    private var isPublic6: Bool {
        // Mapped and compatible IPv4, and NAT64 (RFC 6052): what is meant is the IPv4 address.
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == bytes[11], bytes[10] == 0xFF || bytes[10] == 0 {
            return bytes[10] == 0xFF && Self.isPublic4(bytes.suffix(4))
        }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]) {
            return bytes[4..<12].allSatisfy { $0 == 0 } && Self.isPublic4(bytes.suffix(4))
        }
        // Only 2000::/3 is in use for single hosts (RFC 4291 §2.4).
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        // 6to4 has an IPv4 address inside (RFC 3056); Teredo, ORCHID, benchmarks and the like are in 2001::/23, and
        // 2001:db8::/32 and 3fff::/20 are documentation.
        if bytes[0] == 0x20, bytes[1] == 0x02 { return Self.isPublic4(bytes[2..<6]) }
        if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 0x02 { return false }
        if bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8]) { return false }
        return !(bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] & 0xF0 == 0)
    }
}
