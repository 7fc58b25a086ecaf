/// Whom a token is for. Who starts a benchmark or a terminal mints it: nothing here knows a key.
public struct TokenRequest: Equatable, Sendable {
    public let tenant: String
    public let user: String
    /// The token's `role` is `service`.
    public let isService: Bool

    public init(tenant: String, user: String, isService: Bool = false) {
        self.tenant = tenant
        self.user = user
        self.isService = isService
    }
}

/// A Parley process whose CPU and memory count.
public struct MeasuredProcess: Equatable, Sendable {
    /// `gateway`, `router`, `fanout`.
    public let role: String
    public let pid: Int32

    public init(role: String, pid: Int32) {
        self.role = role
        self.pid = pid
    }
}

/// What a benchmark runs against and how hard.
public struct BenchOptions: Sendable {
    /// Connections are spread over these evenly. `ws://` only: TLS would cost the load generator more than the server.
    public var endpoints: [Endpoint]
    /// Slugs of tenants that exist, with at least `Bench.tenantSettings`. One is enough but for `ack` over many tenants.
    public var tenants: [String]
    /// Empty: figures of CPU and memory are left out.
    public var processes: [MeasuredProcess]
    public var token: @Sendable (TokenRequest) throws -> String
    /// How long the measured part lasts.
    public var seconds = 10
    /// Connections; nil for the scenario's own number.
    public var connections: Int?
    /// Messages a second, where the scenario is paced; nil for its own.
    public var rate: Int?
    /// Told what goes on, a line each, for stderr.
    public var progress: @Sendable (String) -> Void

    public init(
        endpoints: [Endpoint], tenants: [String], processes: [MeasuredProcess] = [],
        token: @escaping @Sendable (TokenRequest) throws -> String,
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.endpoints = endpoints
        self.tenants = tenants
        self.processes = processes
        self.token = token
        self.progress = progress
    }
}

/// Why a benchmark gave no figures.
public enum BenchFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case unreachable(String)
    case refused(String)
    /// The options make no sense together.
    case unusable(String)

    public var description: String {
        switch self {
        case .unreachable(let why): "not reachable: \(why)"
        case .refused(let why): "refused: \(why)"
        case .unusable(let why): why
        }
    }
}
