/// The frames that a gateway makes by itself.
public enum GatewayFrame: Equatable, Sendable {
    case hello(HelloReply)
    /// «You have everything up to `offset`»; `isLive` on the one that ends a hello's catching up.
    case mark(offset: UInt64, isLive: Bool = false)
    /// The connection's token ends then.
    case tokenExpiring(at: Timestamp)
    case draining(closesInMs: UInt64, retryWindowMs: UInt64)

    public var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        switch self {
        case .hello(let reply):
            reply.write(to: &writer)
        case .mark(let offset, let isLive):
            writer.field("event", "mark")
            writer.field("offset", offset)
            if isLive { writer.field("live", true) }
        case .tokenExpiring(let at):
            writer.field("event", "token.expiring")
            writer.field("at", at)
        case .draining(let closesInMs, let retryWindowMs):
            writer.field("event", "draining")
            writer.field("closes_in_ms", closesInMs)
            writer.field("retry_window_ms", retryWindowMs)
        }
        writer.endObject()
        return writer.bytes
    }
}

/// The reply to a `hello` that is let in (docs/protocol.md §2).
public struct HelloReply: Equatable, Sendable {
    /// What the gateway speaks; a client's other major version is refused.
    public static let protocolVersion = "1.0"

    public let ref: String?
    public let features: [String]
    public let tenant: TenantSlug
    public let user: User
    /// This connection's name, for logs; means nothing to another one.
    public let session: String
    public let epoch: String
    /// The tenant's newest.
    public let offset: UInt64
    public let resumed: Bool
    public let heartbeatMs: UInt64
    public let retryWindowMs: UInt64
    public let serverTime: Timestamp
    public let limits: ClientLimits

    public init(
        ref: String?, features: [String] = [], tenant: TenantSlug, user: User, session: String, epoch: String,
        offset: UInt64, resumed: Bool, heartbeatMs: UInt64, retryWindowMs: UInt64, serverTime: Timestamp,
        limits: ClientLimits
    ) {
        self.ref = ref
        self.features = features
        self.tenant = tenant
        self.user = user
        self.session = session
        self.epoch = epoch
        self.offset = offset
        self.resumed = resumed
        self.heartbeatMs = heartbeatMs
        self.retryWindowMs = retryWindowMs
        self.serverTime = serverTime
        self.limits = limits
    }

    func write(to writer: inout JSONWriter) {
        writer.field("ref", ref)
        writer.field("ok", true)
        writer.field("protocol", Self.protocolVersion)
        writer.field("features", each: features) { $0.value($1) }
        writer.field("tenant", tenant.text)
        writer.key("user")
        user.write(to: &writer)
        writer.field("session", session)
        writer.field("epoch", epoch)
        writer.field("offset", offset)
        writer.field("resumed", resumed)
        writer.field("heartbeat_ms", heartbeatMs)
        writer.field("retry_window_ms", retryWindowMs)
        writer.field("server_time", serverTime)
        writer.key("limits")
        limits.write(to: &writer)
    }
}
