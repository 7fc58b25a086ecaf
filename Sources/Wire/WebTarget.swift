/// An absolute `http` or `https` URL, taken apart for a request to it: what operators and browsers give as the place to
/// send something to (RFC 3986 §3, RFC 9110 §4.2).
public struct WebTarget: Hashable, Sendable {
    public static let bytesMax = 2_048

    public let isSecure: Bool
    /// A name in lower case, or an address; IPv6 without its brackets.
    public let host: String
    public let port: UInt16
    /// Path and query, at least `/`.
    public let path: String

    /// Nil for anything else, for a user's name in it, and for a fragment, which is sent to nobody.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.utf8.contains(UInt8(ascii: "#")), let colon = text.firstIndex(of: ":")
        else { return nil }
        switch text[..<colon].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: return nil
        }
        guard text[colon...].hasPrefix("://") else { return nil }
        let rest = text[colon...].dropFirst(3)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.split(rest[..<end], usual: isSecure ? 443 : 80) else { return nil }
        self.host = host
        self.port = port
        path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }

    /// As `Host` names it: without the scheme's own port.
    public var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }

    public var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }

    private static func split(_ authority: Substring, usual: UInt16) -> (host: String, port: UInt16)? {
        let hostEnd: Substring.Index
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            hostEnd = authority.index(after: bracket)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        var host = authority[..<hostEnd].lowercased()
        if host.hasPrefix("[") {
            host = String(host.dropFirst().dropLast())
            guard (2...45).contains(host.utf8.count), host.utf8.contains(UInt8(ascii: ":")),
                host.utf8.allSatisfy({ isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
        } else {
            guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy(isOfName), !host.hasPrefix("."),
                !host.hasPrefix("-"), !host.contains("..")
            else { return nil }
        }
        let rest = authority[hostEnd...]
        if rest.isEmpty { return (host, usual) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(isDigit),
            let port = UInt16(digits), port > 0
        else { return nil }
        return (host, port)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}
