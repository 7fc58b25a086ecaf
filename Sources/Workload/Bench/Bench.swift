public import Wire

/// Benchmarks against a running system, from one thread of raw sockets, which must cost less than the server by far.
public enum Bench {
    public enum Scenario: String, CaseIterable, Sendable {
        /// One sender, a thousand receivers: singly at a steady rate, then as fast as all of them follow.
        case fanout
        /// A hundred conversations of ten.
        case rooms
        /// Acknowledged sends: into one tenant as fast as they go, or over many tenants, one a second each.
        case ack
        /// Connections that do nothing: memory of each, CPU to connect.
        case idle
        /// People who talk now and then, alone, then beside a tenant that talks as fast as it can.
        case noisy
        /// Everybody is cut off at once and comes back, spread over the window that they were told.
        case returns
        /// Connections that come and go: what is left of them in memory.
        case churn
        /// What the bus relays without the disk: typing from one member to another, and a fan-out worker by itself.
        case bus
        /// Files up and down beside an nginx of its own, the gateway's memory meanwhile, and what uploads do to the chat.
        case files
    }

    /// How many tenants a scenario needs at least.
    public static func tenantsMin(_ scenario: Scenario) -> Int { scenario == .noisy ? 2 : 1 }

    /// What the tenants need to be created with, so that no limit stands in the way.
    public static var tenantSettings: TenantSettings {
        var settings = TenantSettings()
        settings[.rateCommandsPerSecond] = 1_000_000
        settings[.rateBurst] = 1_000_000
        settings[.connectionsPerUser] = 100_000
        settings[.inFlightMax] = 4_096
        settings[.storageBytesMax] = 1 << 40
        return settings
    }

    /// Runs on the calling thread until the figures are there; call it from a thread that may block.
    public static func run(_ scenario: Scenario, _ options: BenchOptions) throws -> BenchReport {
        guard !options.endpoints.isEmpty, !options.tenants.isEmpty else {
            throw BenchFailure.unusable("a benchmark needs an endpoint and a tenant")
        }
        guard options.endpoints.allSatisfy({ !$0.isSecure }) else {
            throw BenchFailure.unusable("a benchmark runs over ws://, not wss://")
        }
        guard options.connections ?? 1 > 0, options.rate ?? 1 > 0, options.seconds > 0 else {
            throw BenchFailure.unusable("connections, rate and seconds must be over 0")
        }
        let run = BenchRun(options)
        let parts: [BenchReport.Part]
        switch scenario {
        case .fanout: parts = try FanoutScenario.fanout(options).run(run)
        case .rooms: parts = try FanoutScenario.rooms(options).run(run)
        case .ack:
            var scenario = AckScenario(run)
            parts = try scenario.measure()
        case .idle: parts = try IdleScenario(run: run).measure()
        case .noisy:
            var scenario = try NoisyScenario(run)
            parts = try scenario.measure()
        case .returns: parts = try ReturnsScenario(run: run).measure()
        case .churn: parts = try ChurnScenario(run: run).measure()
        case .bus:
            var scenario = BusScenario(run)
            parts = try scenario.measure() + RelayScenario(run: run).measure()
        case .files: parts = try FileScenario(run).measure()
        }
        return BenchReport(scenario: scenario.rawValue, parts: parts)
    }
}
