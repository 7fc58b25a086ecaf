/// What a tenant that talks as fast as it can does to another one's latency: some people talk at a steady rate, first
/// alone, then beside it.
struct NoisyScenario {
    /// One who talks, and when the command under each ref was sent; refs are used again once their reply is there.
    private struct Talker {
        let place: Int
        let conversation: String
        var sent: UInt64 = 0
        var sentAt: [UInt64]
        var free: [Int]
    }

    /// People of the honest tenant, and what they send a second, all together.
    private static let talkers = 16
    private static let rate = 100
    /// Commands of each that may be waiting for their replies.
    private static let window = 64
    /// Connections of the noisy one by default.
    private static let noisyConnections = 64

    private let run: BenchRun
    private let flood: NoisyFlood
    private var talkers: [Talker]
    private var byPlace: [Int: Int]
    private var latency = Histogram()
    private var acknowledged: UInt64 = 0

    init(_ run: BenchRun) throws {
        self.run = run
        run.options.progress("connecting")
        let users = (0..<Self.talkers).map { "n\($0)" }
        let service = try run.service(of: run.tenant)
        let conversations = try run.makeGroups(users.map { [$0] }, in: run.tenant, service: service)
        run.loop.close(service)
        let places = try run.connect(users.map { TokenRequest(tenant: run.tenant, user: $0) })
        talkers = zip(places, conversations).map { place, conversation in
            Talker(
                place: place, conversation: conversation, sentAt: Array(repeating: 0, count: Self.window),
                free: Array(0..<Self.window))
        }
        byPlace = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
        flood = try NoisyFlood(
            run.options, tenant: run.options.tenants[1],
            connections: run.options.connections ?? Self.noisyConnections)
    }

    mutating func measure() throws -> [BenchReport.Part] {
        run.options.progress("alone, \(run.options.seconds) s")
        let alone = try phase()
        let quiet = latency
        latency = Histogram()
        acknowledged = 0
        run.options.progress("beside a noisy tenant, \(run.options.seconds) s")
        flood.begin()
        let beside = try phase()
        let noisy = try flood.end()
        let ratio = Double(latency.percentile(0.99)) / Double(max(1, quiet.percentile(0.99)))
        let seconds = Double(max(1, beside.elapsed)) / 1e9
        return [
            BenchReport.Part(
                "alone",
                Figures.latency(quiet) + [
                    Figure("cpu_ms_per_s", Double(alone.all) / 1e6 / (Double(alone.elapsed) / 1e9))
                ]),
            BenchReport.Part(
                "beside a noisy tenant",
                Figures.latency(latency) + [
                    Figure("p99_ratio", ratio), Figure("acks_per_s", Double(acknowledged) / seconds),
                    Figure("noisy_acks_per_s", Double(noisy.acknowledged) / seconds),
                    Figure("noisy_refused", Double(noisy.refused)), Figure("refused", Double(run.refused)),
                ]),
        ]
    }

    private mutating func phase() throws -> BenchRun.Usage {
        let rate = run.options.rate ?? Self.rate
        let usage = try run.measured {
            let start = run.now
            let end = start + UInt64(run.options.seconds) * 1_000_000_000
            var number: UInt64 = 0
            while run.now < end {
                let wait = Int64(start + number * 1_000_000_000 / UInt64(rate)) - Int64(run.now)
                if wait <= 0 {
                    send(Int(number % UInt64(talkers.count)))
                    number += 1
                }
                poll(milliseconds: wait <= 0 ? 0 : Pace.milliseconds(until: wait))
            }
            try run.checkConnections()
        }
        // What is still on its way belongs to this phase.
        let patience = run.now + 2_000_000_000
        while run.now < patience, talkers.contains(where: { $0.free.count < Self.window }) { poll(milliseconds: 10) }
        return usage
    }

    private mutating func send(_ talker: Int) {
        guard let ref = talkers[talker].free.popLast() else { return }
        talkers[talker].sentAt[ref] = run.now
        let message = run.message(talkers[talker].sent, to: talkers[talker].conversation, ref: ref)
        run.loop.send(message, on: talkers[talker].place)
        talkers[talker].sent += 1
    }

    private mutating func poll(milliseconds: Int32) {
        run.loop.poll(milliseconds: milliseconds) { place, payload in
            guard let ref = run.replyRef(payload), let talker = byPlace[place],
                talkers[talker].sentAt.indices.contains(ref)
            else { return }
            latency.record(nanoseconds: run.now &- talkers[talker].sentAt[ref])
            talkers[talker].free.append(ref)
            acknowledged += 1
        }
    }
}
