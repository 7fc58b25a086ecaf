/// What a tenant that talks as fast as it can does to another one's latency: some people talk at a steady rate, first
/// alone, then beside it.
struct NoisyScenario {
    /// Connections of the noisy one by default.
    private static let noisyConnections = 64

    private let run: BenchRun
    private let flood: NoisyFlood
    private var talk: PacedTalk

    init(_ run: BenchRun) throws {
        self.run = run
        run.options.progress("connecting")
        talk = try PacedTalk(run)
        flood = try NoisyFlood(
            run.options, tenant: run.options.tenants[1],
            connections: run.options.connections ?? Self.noisyConnections)
    }

    mutating func measure() throws -> [BenchReport.Part] {
        run.options.progress("alone, \(run.options.seconds) s")
        let alone = try talk.phase()
        run.options.progress("beside a noisy tenant, \(run.options.seconds) s")
        flood.begin()
        let beside = try talk.phase()
        let noisy = try flood.end()
        let seconds = Double(max(1, beside.usage.elapsed)) / 1e9
        return [
            BenchReport.Part(
                "alone",
                Figures.latency(alone.latency) + [
                    Figure("cpu_ms_per_s", Double(alone.usage.all) / 1e6 / (Double(alone.usage.elapsed) / 1e9))
                ]),
            BenchReport.Part(
                "beside a noisy tenant",
                Figures.latency(beside.latency) + [
                    Figure("p99_ratio", Figures.p99Ratio(beside.latency, to: alone.latency)),
                    Figure("acks_per_s", beside.acknowledgedPerSecond),
                    Figure("noisy_acks_per_s", Double(noisy.acknowledged) / seconds),
                    Figure("noisy_refused", Double(noisy.refused)), Figure("refused", Double(run.refused)),
                ]),
        ]
    }
}
