/// Messages to many: one group of a thousand, or a hundred of ten. Each message counts once it has come to every member.
struct FanoutScenario {
    /// The members of each group; the first one sends.
    let groups: [[String]]
    /// Messages a second over all groups, in the paced part.
    let rate: Int
    /// Messages under way in each group, in the saturated part. So many times the members stays below what a gateway
    /// queues for a slow reader.
    let window: Int
    let names: (paced: String, saturated: String)

    static func fanout(_ options: BenchOptions) -> FanoutScenario {
        let count = max(2, options.connections ?? 1_000)
        return FanoutScenario(
            groups: [(0..<count).map { "f\($0)" }], rate: options.rate ?? 20, window: 64, names: ("singly", "saturated")
        )
    }

    static func rooms(_ options: BenchOptions) -> FanoutScenario {
        let count = max(2, (options.connections ?? 1_000) / 10)
        let groups = (0..<count).map { room in (0..<10).map { "r\(room)-\($0)" } }
        return FanoutScenario(groups: groups, rate: options.rate ?? 1_000, window: 4, names: ("paced", "saturated"))
    }

    func run(_ run: BenchRun) throws -> [BenchReport.Part] {
        run.options.progress("making \(groups.count) groups of \(groups[0].count)")
        let service = try run.service(of: run.tenant)
        let conversations = try run.makeGroups(groups, in: run.tenant, service: service)
        // A service hears everything: it would count as one more receiver.
        run.loop.close(service)
        run.options.progress("connecting \(groups.joined().count) members")
        let users = groups.joined().map { TokenRequest(tenant: run.tenant, user: $0) }
        let places = try run.connect(users)
        var parts: [BenchReport.Part] = []
        for isPaced in [true, false] {
            let name = isPaced ? names.paced : names.saturated
            run.options.progress("\(name), \(run.options.seconds) s")
            var round = Round(scenario: self, run: run, conversations: conversations, places: places, isPaced: isPaced)
            parts.append(try round.part(named: name))
        }
        return parts
    }
}

extension FanoutScenario {
    /// One measured part.
    fileprivate struct Round {
        let scenario: FanoutScenario
        let run: BenchRun
        let conversations: [String]
        let isPaced: Bool
        private let places: [Int]
        /// Of each connection: its group and its place among all members.
        private let membership: [Int: (group: Int, receiver: Int)]
        private var deliveries: Deliveries
        private var latency = Histogram()
        private var sent: [UInt64]
        /// Of each group: how many deliveries of its messages have come.
        private var arrived: [UInt64]
        private var frameBytes = 0

        init(scenario: FanoutScenario, run: BenchRun, conversations: [String], places: [Int], isPaced: Bool) {
            self.scenario = scenario
            self.run = run
            self.conversations = conversations
            self.places = places
            self.isPaced = isPaced
            var membership: [Int: (group: Int, receiver: Int)] = [:]
            var receiver = 0
            for (group, members) in scenario.groups.enumerated() {
                for _ in members {
                    membership[places[receiver]] = (group, receiver)
                    receiver += 1
                }
            }
            self.membership = membership
            deliveries = Deliveries(receivers: places.count)
            sent = Array(repeating: 0, count: scenario.groups.count)
            arrived = sent
        }

        mutating func part(named name: String) throws -> BenchReport.Part {
            let refusedBefore = run.refused
            let usage = try run.measured {
                try isPaced ? pace() : saturate()
                try drain()
            }
            let members = scenario.groups[0].count
            let total = sent.reduce(0, +) * UInt64(members)
            let count = max(1, deliveries.count)
            let floor = try Floor.measure(
                sockets: places.count, bytes: max(1, frameBytes), seconds: min(5, run.options.seconds),
                rate: isPaced ? max(1, scenario.rate / scenario.groups.count) : nil)
            let groups = membership.values.reduce(into: [Int: Int]()) { $0[$1.receiver] = $1.group }
            let lost = deliveries.lost { sent[groups[$0] ?? 0] }
            return BenchReport.Part(
                name,
                [
                    Figure("connections", Double(places.count)),
                    Figure("messages_per_s", Double(sent.reduce(0, +)) * 1e9 / Double(usage.elapsed)),
                    Figure("deliveries_per_s", Double(count) * 1e9 / Double(usage.elapsed)),
                    Figure("deliveries", Double(deliveries.count)), Figure("deliveries_expected", Double(total)),
                    Figure("frame_bytes", Double(frameBytes)),
                ]
                    + Figures.latency(latency)
                    + Figures.cpu(usage, per: Double(count), of: "delivery", run.options.processes)
                    + Figures.floor(floor, usage, per: Double(count), of: "delivery", run.options.processes)
                    + [
                        Figure("lost", Double(lost)), Figure("doubled", Double(deliveries.doubled)),
                        Figure("reordered", Double(deliveries.reordered)),
                        Figure("refused", Double(run.refused - refusedBefore)),
                    ])
        }

        /// One message after the other at a steady rate, the groups in turn.
        private mutating func pace() throws {
            let start = run.now
            let end = start + UInt64(run.options.seconds) * 1_000_000_000
            var number: UInt64 = 0
            while run.now < end {
                let due = start + number * 1_000_000_000 / UInt64(scenario.rate)
                let wait = Int64(due) - Int64(run.now)
                if wait <= 0 {
                    send(group: Int(number % UInt64(conversations.count)))
                    number += 1
                    poll(milliseconds: 0)
                } else {
                    poll(milliseconds: Pace.milliseconds(until: wait))
                }
            }
            try run.checkConnections()
        }

        /// As many messages as all members keep up with.
        private mutating func saturate() throws {
            let end = run.now + UInt64(run.options.seconds) * 1_000_000_000
            while run.now < end {
                for group in conversations.indices {
                    let members = UInt64(scenario.groups[group].count)
                    while sent[group] - arrived[group] / members < UInt64(scenario.window) { send(group: group) }
                }
                poll(milliseconds: 10)
            }
            try run.checkConnections()
        }

        /// Until everything sent has come, or nothing has for two seconds.
        private mutating func drain() throws {
            var last = deliveries.count
            var deadline = run.now + 2_000_000_000
            while arrived != zip(sent, scenario.groups).map({ $0 * UInt64($1.count) }), run.now < deadline {
                poll(milliseconds: 10)
                guard deliveries.count > last else { continue }
                last = deliveries.count
                deadline = run.now + 2_000_000_000
            }
        }

        private mutating func send(group: Int) {
            let sender = places[group * scenario.groups[0].count]
            run.loop.send(run.message(sent[group], to: conversations[group], ref: 0), on: sender)
            sent[group] += 1
        }

        private mutating func poll(milliseconds: Int32) {
            run.loop.poll(milliseconds: milliseconds) { place, payload in
                guard let marker = run.marker(in: payload, on: place) else {
                    _ = run.replyRef(payload)
                    return
                }
                guard let (group, receiver) = membership[place], deliveries.got(marker.number, at: receiver) else {
                    return
                }
                arrived[group] += 1
                frameBytes = payload.count + (payload.count < 126 ? 2 : 4)
                latency.record(nanoseconds: run.now &- marker.sentAt)
            }
        }
    }
}
