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

extension Hello {
    init(_ fields: inout Fields) throws(Refusal) {
        protocolVersion = try fields.text("protocol", codePoints: 1...16)
        token = try fields.optionalText("token", codePoints: 0...Limits.helloBytes)
        since = try fields.optionalInteger("since")
        epoch = try fields.optionalText("epoch", codePoints: 0...Limits.refCodePoints)
        try fields.skipObject("client", bytesMax: Limits.clientBytes)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("protocol", protocolVersion)
        writer.field("token", token)
        writer.field("since", since)
        writer.field("epoch", epoch)
    }
}

extension TokenRefresh {
    init(_ fields: inout Fields) throws(Refusal) {
        token = try fields.text("token", codePoints: 1...Limits.helloBytes)
    }

    func write(to writer: inout JSONWriter) { writer.field("token", token) }
}
