/// What goes from one member to another without the disk: `typing`, on and off in turn, through gateway, router, fan-out
/// and gateway. Such events are shed first under load, which is counted and no fault.
struct BusScenario {
    struct Pair {
        let typist: Int
        let watcher: Int
        let conversation: String
        var asked: UInt64 = 0
        var inFlight = 0
        var isActive = false
    }

    let run: BenchRun
    private var pairs: [Pair] = []
    private var byPlace: [Int: Int] = [:]
    private var relayed: UInt64 = 0

    private static let window = 32

    init(_ run: BenchRun) { self.run = run }

    mutating func measure() throws -> [BenchReport.Part] {
        let count = max(1, (run.options.connections ?? 32) / 2)
        run.options.progress("connecting \(count) pairs")
        let service = try run.service(of: run.tenant)
        let groups = (0..<count).map { ["b\($0)-typist", "b\($0)-watcher"] }
        let conversations = try run.makeGroups(groups, in: run.tenant, service: service)
        run.loop.close(service)
        let places = try run.connect(groups.joined().map { TokenRequest(tenant: run.tenant, user: $0) })
        for number in 0..<count {
            pairs.append(
                Pair(
                    typist: places[2 * number], watcher: places[2 * number + 1], conversation: conversations[number]))
            byPlace[places[2 * number]] = number
            byPlace[places[2 * number + 1]] = number
        }
        run.options.progress("singly, then saturated, \(run.options.seconds) s each")
        return [try singly(), try saturated()]
    }

    /// One at a time, from the keyboard to the other's screen.
    private mutating func singly() throws -> BenchReport.Part {
        var latency = Histogram()
        let end = run.now + UInt64(run.options.seconds) * 1_000_000_000
        let start = relayed
        let usage = try run.measured {
            while run.now < end {
                let sentAt = run.now
                let seen = relayed
                type(0)
                let deadline = sentAt + 1_000_000_000
                while relayed == seen, run.now < deadline { poll(milliseconds: 10, refills: false) }
                if relayed > seen { latency.record(nanoseconds: run.now - sentAt) }
            }
            try run.checkConnections()
        }
        return part("singly", usage, relayed: relayed - start, asked: pairs[0].asked, Figures.latency(latency))
    }

    private mutating func saturated() throws -> BenchReport.Part {
        let before = relayed
        let askedBefore = pairs.reduce(0) { $0 + $1.asked }
        let end = run.now + UInt64(run.options.seconds) * 1_000_000_000
        let usage = try run.measured {
            for pair in pairs.indices { fill(pair) }
            while run.now < end { poll(milliseconds: 10, refills: true) }
            try run.checkConnections()
        }
        let quiet = run.now + 500_000_000
        while run.now < quiet { poll(milliseconds: 10, refills: false) }
        let asked = pairs.reduce(0) { $0 + $1.asked } - askedBefore
        return part("saturated", usage, relayed: relayed - before, asked: asked, [])
    }

    private func part(
        _ name: String, _ usage: BenchRun.Usage, relayed: UInt64, asked: UInt64, _ latency: [Figure]
    ) -> BenchReport.Part {
        BenchReport.Part(
            name,
            [
                Figure("pairs", Double(pairs.count)),
                Figure("relayed_per_s", Double(relayed) * 1e9 / Double(max(1, usage.elapsed))),
                Figure("asked", Double(asked)), Figure("shed", Double(asked - min(asked, relayed))),
            ] + latency + Figures.cpu(usage, per: Double(max(1, relayed)), of: "relay", run.options.processes) + [
                Figure("refused", Double(run.refused))
            ])
    }

    private mutating func fill(_ pair: Int) { while pairs[pair].inFlight < Self.window { type(pair) } }

    private mutating func type(_ pair: Int) {
        pairs[pair].isActive.toggle()
        pairs[pair].asked += 1
        pairs[pair].inFlight += 1
        let active = pairs[pair].isActive
        let command = #"{"op":"typing","ref":"0","conversation":"\#(pairs[pair].conversation)","active":\#(active)}"#
        run.loop.send(Array(command.utf8), on: pairs[pair].typist)
    }

    private mutating func poll(milliseconds: Int32, refills: Bool) {
        run.loop.poll(milliseconds: milliseconds) { place, payload in
            guard let pair = byPlace[place] else { return }
            if place == pairs[pair].watcher {
                if Self.isTyping(payload) { relayed += 1 }
            } else if run.replyRef(payload) != nil {
                pairs[pair].inFlight -= 1
                if refills { fill(pair) }
            }
        }
    }

    private static let typingPrefix: StaticString = #"{"event":"typing""#

    private static func isTyping(_ payload: UnsafeRawBufferPointer) -> Bool {
        typingPrefix.withUTF8Buffer { payload.starts(with: $0) }
    }
}
