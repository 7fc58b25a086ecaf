/// People of a tenant who talk at a steady rate, all together: whose latency counts while something else goes on.
struct PacedTalk {
    /// One who talks, and when the command under each ref was sent; refs are used again once their reply is there.
    private struct Talker {
        let place: Int
        let conversation: String
        var sent: UInt64 = 0
        var sentAt: [UInt64]
        var free: [Int]
    }

    /// What was measured of one phase.
    struct Phase {
        let usage: BenchRun.Usage
        let latency: Histogram
        let acknowledged: UInt64

        var acknowledgedPerSecond: Double { Double(acknowledged) / (Double(max(1, usage.elapsed)) / 1e9) }
    }

    private static let talkers = 16
    /// Messages a second.
    private static let rate = 100
    /// Commands of each that may be waiting for their replies.
    private static let window = 64

    private let run: BenchRun
    private var talkers: [Talker]
    private var byPlace: [Int: Int]
    private var latency = Histogram()
    private var acknowledged: UInt64 = 0

    init(_ run: BenchRun) throws {
        self.run = run
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
    }

    mutating func phase() throws -> Phase {
        latency = Histogram()
        acknowledged = 0
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
        let inTime = acknowledged
        // What is still on its way belongs to this phase.
        let patience = run.now + 2_000_000_000
        while run.now < patience, talkers.contains(where: { $0.free.count < Self.window }) { poll(milliseconds: 10) }
        return Phase(usage: usage, latency: latency, acknowledged: inTime)
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
