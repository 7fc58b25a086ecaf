/// Where a gateway listens: `ws://host:port` or `wss://host:port`. What `parley up` prints (`http://…`) is taken too.
public struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public let isSecure: Bool

    public init(host: String, port: Int, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }

    /// Nil where `text` has no known scheme, no host, a port outside 1…65535, or a path other than `/` and `/v1/ws`.
    public init?(_ text: String) {
        let schemes = [("ws://", false), ("http://", false), ("wss://", true), ("https://", true)]
        guard let (scheme, isSecure) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard ["", "/", "/v1/ws"].contains(rest.dropFirst(authority.count)) else { return nil }
        var host = authority
        var port = isSecure ? 443 : 80
        // An IPv6 address has colons of its own, inside brackets.
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]) else { return nil }
            host = authority[..<colon]
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("@"), (1...65_535).contains(port) else { return nil }
        self.init(host: String(host), port: port, isSecure: isSecure)
    }

    /// Host and port as the `Host` header has them.
    public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    public var description: String { "\(isSecure ? "wss" : "ws")://\(authority)" }

    /// The path of the socket (docs/protocol.md §2).
    static let path = "/v1/ws"
    static let subprotocol = "parley.v1"
}
