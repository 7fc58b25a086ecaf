/// `hello`, the first frame of a connection.
public struct Hello: Equatable, Sendable {
    /// As the client wrote it; only the major version counts.
    public let protocolVersion: String
    public let token: String?
    /// The client's position; means something with `epoch` alone.
    public let since: UInt64?
    public let epoch: String?

    public init(protocolVersion: String, token: String? = nil, since: UInt64? = nil, epoch: String? = nil) {
        self.protocolVersion = protocolVersion
        self.token = token
        self.since = since
        self.epoch = epoch
    }
}

/// `ping`.
public struct Ping: Equatable, Sendable {
    public init() {}
}

/// `token.refresh`.
public struct TokenRefresh: Equatable, Sendable {
    public let token: String
    public init(token: String) { self.token = token }
}
