/// Acknowledged sends: each connection talks in a conversation of its own and hears its own messages.
struct AckScenario {
    struct Talker {
        let place: Int
        let conversation: String
        var sent: UInt64 = 0
        /// When the command under each ref was sent; refs are used again once their reply is there.
        var sentAt: [UInt64]
        var free: [Int]
    }

    let run: BenchRun
    private var talkers: [Talker] = []
    private var byPlace: [Int: Int] = [:]
    private var deliveries: Deliveries
    private var latency = Histogram()
    private var acknowledged: UInt64 = 0

    /// Commands in flight on each connection, as the contract's `limits.in_flight` is by default.
    private static let window = 64

    init(_ run: BenchRun) {
        self.run = run
        deliveries = Deliveries(receivers: 0)
    }

    mutating func measure() throws -> [BenchReport.Part] {
        let isOverTenants = run.options.tenants.count > 1
        let count = run.options.connections ?? (isOverTenants ? run.options.tenants.count : 16)
        run.options.progress("connecting \(count)")
        var requests: [TokenRequest] = []
        var conversations: [String] = []
        for (tenant, numbers) in numbers(count) {
            let service = try run.service(of: tenant)
            conversations += try run.makeGroups(numbers.map { ["a\($0)"] }, in: tenant, service: service)
            run.loop.close(service)
            requests += numbers.map { TokenRequest(tenant: tenant, user: "a\($0)") }
        }
        let places = try run.connect(requests)
        talkers = zip(places, conversations).map { place, conversation in
            Talker(
                place: place, conversation: conversation, sentAt: Array(repeating: 0, count: Self.window),
                free: Array(0..<Self.window))
        }
        byPlace = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
        deliveries = Deliveries(receivers: count)
        run.options.progress("measuring, \(run.options.seconds) s")
        let isPaced = isOverTenants || run.options.rate != nil
        let usage = try run.measured {
            try isPaced ? pace(run.options.rate ?? count) : saturate()
        }
        let atEnd = acknowledged
        drain()
        return [part(isOverTenants ? "tenants" : isPaced ? "paced" : "saturated", usage, acknowledged: atEnd)]
    }

    private func part(_ name: String, _ usage: BenchRun.Usage, acknowledged: UInt64) -> BenchReport.Part {
        let sent = talkers.reduce(0) { $0 + $1.sent }
        return BenchReport.Part(
            name,
            [
                Figure("tenants", Double(run.options.tenants.count)), Figure("connections", Double(talkers.count)),
                Figure("acks_per_s", Double(acknowledged) * 1e9 / Double(max(1, usage.elapsed))),
                Figure("sent", Double(sent)), Figure("acknowledged", Double(self.acknowledged)),
            ]
                + Figures.latency(latency)
                + Figures.cpu(usage, per: Double(max(1, acknowledged)), of: "ack", run.options.processes)
                + [
                    Figure("lost", Double(deliveries.lost { talkers[$0].sent })),
                    Figure("doubled", Double(deliveries.doubled)), Figure("reordered", Double(deliveries.reordered)),
                    Figure("refused", Double(run.refused)),
                ])
    }

    private func numbers(_ count: Int) -> [(tenant: String, numbers: [Int])] {
        let tenants = run.options.tenants
        return tenants.enumerated().compactMap { place, tenant in
            let numbers = Array(stride(from: place, to: count, by: tenants.count))
            return numbers.isEmpty ? nil : (tenant, numbers)
        }
    }

    private mutating func saturate() throws {
        let end = run.now + UInt64(run.options.seconds) * 1_000_000_000
        for talker in talkers.indices { fill(talker) }
        while run.now < end { poll(milliseconds: 10, refills: true) }
        try run.checkConnections()
    }

    /// `rate` messages a second in all, the connections in turn.
    private mutating func pace(_ rate: Int) throws {
        let start = run.now
        let end = start + UInt64(run.options.seconds) * 1_000_000_000
        var number: UInt64 = 0
        while run.now < end {
            let due = start + number * 1_000_000_000 / UInt64(rate)
            let wait = Int64(due) - Int64(run.now)
            if wait <= 0 {
                send(Int(number % UInt64(talkers.count)))
                number += 1
                poll(milliseconds: 0, refills: false)
            } else {
                poll(milliseconds: Pace.milliseconds(until: wait), refills: false)
            }
        }
        try run.checkConnections()
    }

    private mutating func drain() {
        let end = run.now + 5_000_000_000
        let sent = talkers.reduce(0) { $0 + $1.sent }
        while acknowledged < sent || deliveries.count < sent, run.now < end { poll(milliseconds: 10, refills: false) }
    }

    private mutating func fill(_ talker: Int) { while !talkers[talker].free.isEmpty { send(talker) } }

    private mutating func send(_ talker: Int) {
        // A connection whose window is full waits; what it should have sent shows in `acks_per_s`.
        guard let ref = talkers[talker].free.popLast() else { return }
        talkers[talker].sentAt[ref] = run.now
        let number = talkers[talker].sent
        talkers[talker].sent += 1
        run.loop.send(
            run.message(number, to: talkers[talker].conversation, ref: ref), on: talkers[talker].place)
    }

    private mutating func poll(milliseconds: Int32, refills: Bool) {
        run.loop.poll(milliseconds: milliseconds) { place, payload in
            guard let talker = byPlace[place] else { return }
            if let ref = run.replyRef(payload) {
                guard talkers[talker].sentAt.indices.contains(ref) else { return }
                latency.record(nanoseconds: run.now &- talkers[talker].sentAt[ref])
                talkers[talker].free.append(ref)
                acknowledged += 1
                if refills { fill(talker) }
            } else if let marker = run.marker(in: payload, on: place) {
                deliveries.got(marker.number, at: talker)
            }
        }
    }
}
