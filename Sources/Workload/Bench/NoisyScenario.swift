/// What a tenant that talks as fast as it can does to another one's latency: some people talk at a steady rate, first
/// alone, then beside it.
struct NoisyScenario {
    private struct Talker {
        let place: Int
        let conversation: String
        var sent: UInt64 = 0
        /// When the command under each ref was sent; refs are used again once their reply is there.
        var sentAt: [UInt64]
        var free: [Int]

        init(place: Int, conversation: String, window: Int) {
            self.place = place
            self.conversation = conversation
            sentAt = Array(repeating: 0, count: window)
            free = Array(0..<window)
        }
    }

    /// One side: its connections, and how its commands fared.
    private struct Side {
        var talkers: [Talker]
        let places: [Int: Int]
        var latency = Histogram()
        var acknowledged: UInt64 = 0
    }

    /// People of the honest tenant, and what they send a second, all together.
    private static let honestTalkers = 16
    private static let honestRate = 100
    /// Connections of the noisy one by default, each with as many commands in flight as the contract lets it have.
    private static let noisyTalkers = 64
    private static let window = 64

    private let run: BenchRun
    private var honest: Side
    private var noisy: Side

    init(_ run: BenchRun) throws {
        self.run = run
        run.options.progress("connecting")
        honest = try Self.side(run, run.options.tenants[0], count: Self.honestTalkers)
        noisy = try Self.side(run, run.options.tenants[1], count: run.options.connections ?? Self.noisyTalkers)
    }

    private static func side(_ run: BenchRun, _ tenant: String, count: Int) throws -> Side {
        let users = (0..<count).map { "n\($0)" }
        let service = try run.service(of: tenant)
        let conversations = try run.makeGroups(users.map { [$0] }, in: tenant, service: service)
        run.loop.close(service)
        let places = try run.connect(users.map { TokenRequest(tenant: tenant, user: $0) })
        return Side(
            talkers: zip(places, conversations).map { Talker(place: $0, conversation: $1, window: window) },
            places: Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) }))
    }

    mutating func measure() throws -> [BenchReport.Part] {
        run.options.progress("alone, \(run.options.seconds) s")
        let alone = try phase(isNoisy: false)
        let quiet = honest.latency
        honest.latency = Histogram()
        honest.acknowledged = 0
        run.options.progress("beside a noisy tenant, \(run.options.seconds) s")
        let beside = try phase(isNoisy: true)
        let ratio = Double(honest.latency.percentile(0.99)) / Double(max(1, quiet.percentile(0.99)))
        let seconds = Double(max(1, beside.elapsed)) / 1e9
        return [
            BenchReport.Part(
                "alone",
                Figures.latency(quiet) + [
                    Figure("cpu_ms_per_s", Double(alone.all) / 1e6 / (Double(alone.elapsed) / 1e9))
                ]),
            BenchReport.Part(
                "beside a noisy tenant",
                Figures.latency(honest.latency) + [
                    Figure("p99_ratio", ratio), Figure("acks_per_s", Double(honest.acknowledged) / seconds),
                    Figure("noisy_acks_per_s", Double(noisy.acknowledged) / seconds),
                    Figure("refused", Double(run.refused)),
                ]),
        ]
    }

    private mutating func phase(isNoisy: Bool) throws -> BenchRun.Usage {
        let rate = run.options.rate ?? Self.honestRate
        let usage = try run.measured {
            let start = run.now
            let end = start + UInt64(run.options.seconds) * 1_000_000_000
            var number: UInt64 = 0
            if isNoisy { for talker in noisy.talkers.indices { flood(talker) } }
            while run.now < end {
                let wait = Int64(start + number * 1_000_000_000 / UInt64(rate)) - Int64(run.now)
                if wait <= 0 {
                    Self.send(run, &honest.talkers[Int(number % UInt64(honest.talkers.count))])
                    number += 1
                }
                poll(milliseconds: wait <= 0 ? 0 : Pace.milliseconds(until: wait), refills: isNoisy)
            }
            try run.checkConnections()
        }
        // What is still on its way belongs to this phase.
        let patience = run.now + 2_000_000_000
        while run.now < patience, honest.talkers.contains(where: { $0.free.count < Self.window }) {
            poll(milliseconds: 10, refills: false)
        }
        return usage
    }

    private mutating func flood(_ talker: Int) {
        while !noisy.talkers[talker].free.isEmpty { Self.send(run, &noisy.talkers[talker]) }
    }

    private static func send(_ run: BenchRun, _ talker: inout Talker) {
        guard let ref = talker.free.popLast() else { return }
        talker.sentAt[ref] = run.now
        run.loop.send(run.message(talker.sent, to: talker.conversation, ref: ref), on: talker.place)
        talker.sent += 1
    }

    private mutating func poll(milliseconds: Int32, refills: Bool) {
        run.loop.poll(milliseconds: milliseconds) { place, payload in
            guard let ref = run.replyRef(payload) else { return }
            if let talker = honest.places[place] {
                Self.answered(run, ref, talker, &honest)
            } else if let talker = noisy.places[place] {
                Self.answered(run, ref, talker, &noisy)
                if refills { flood(talker) }
            }
        }
    }

    private static func answered(_ run: BenchRun, _ ref: Int, _ talker: Int, _ side: inout Side) {
        guard side.talkers[talker].sentAt.indices.contains(ref) else { return }
        side.latency.record(nanoseconds: run.now &- side.talkers[talker].sentAt[ref])
        side.talkers[talker].free.append(ref)
        side.acknowledged += 1
    }
}
