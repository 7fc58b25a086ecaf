internal import Bus
internal import Wire

/// In a router's place: publishes packs of ready-made events as fast as their readers follow, and lets taps in.
struct RelaySource: BusDriver {
    struct Configuration: Sendable {
        var events: String
        var replay: String
        var tenants: [TenantSlug]
        var eventsPerPack: Int
        /// Bytes of one event's JSON.
        var eventBytes: Int
        /// Events of one tenant that may be on their way at once.
        var window: UInt64
        /// Of all tenants together, spread evenly; nil for as fast as readers follow.
        var packsPerSecond: Int?
        var taps: [TapDirectory.Tenant]
    }

    /// Before everybody is there, some of those who are missing are sent a pack so often, to notice when they are.
    private static let warmUp: Duration = .milliseconds(20)
    /// Packs sent in one turn.
    private static let packsPerTurn = 64
    /// Before looking again whether the slowest reader has come on.
    private static let patience: Duration = .microseconds(200)
    private static let epoch = "bench"

    private let configuration: Configuration
    private let flow: RelayFlow
    private let json: [UInt8]
    private var events: SocketID?
    private var replay: SocketID?
    /// The newest offset of each tenant.
    private var sent: [UInt64]
    private var next = 0
    private var nextHeartbeat: ContinuousClock.Instant?
    private var nextWarmUp: ContinuousClock.Instant?
    private var started: ContinuousClock.Instant?
    private var packsSent = 0

    init(_ configuration: Configuration, flow: RelayFlow) {
        self.configuration = configuration
        self.flow = flow
        sent = Array(repeating: 0, count: configuration.tenants.count)
        let head = Array(#"{"event":"message.created","text":""#.utf8)
        let text = Array(repeating: UInt8(ascii: "x"), count: max(0, configuration.eventBytes - head.count - 2))
        json = head + text + Array(#""}"#.utf8)
    }

    mutating func started(_ sockets: BusSockets) throws {
        var options = SocketOptions(name: "events")
        options.linger = .zero
        events = try sockets.open(.pub, options, bind: [configuration.events])
        options.name = "replay"
        replay = try sockets.open(.router, options, bind: [configuration.replay])
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        guard let replay else { return }
        if message.count == 3, message[1] == TapsRequest.marker {
            let version = TapDirectory.Version(run: 1, counter: 1)
            let isKnown = (try? TapsRequest(message[2]))?.version == version
            let answer: TapsAnswer =
                isKnown ? .unchanged : .directory(TapDirectory(version: version, tenants: configuration.taps))
            sockets.send([message[0], TapsRequest.marker, answer.bytes], on: replay)
        } else if message.count == 2, let request = try? ReplayRequest(message[1]) {
            // Nothing is lost within the window: whoever asks was not there yet.
            sockets.send([message[0], ReplayAnswer.unavailable(id: request.id).bytes], on: replay)
        }
    }

    mutating func handle(_ input: Never, _ sockets: BusSockets) {}

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        guard let events, nextHeartbeat.map({ $0 <= now }) ?? true else { return }
        nextHeartbeat = now + .seconds(1)
        let positions = zip(configuration.tenants, sent).map { slug, offset in
            Heartbeat.Position(tenant: slug, epoch: Self.epoch, offset: offset)
        }
        sockets.send([Array(Heartbeat.topic.utf8), Heartbeat(positions: positions).bytes], on: events)
    }

    mutating func turnEnded(_ sockets: BusSockets) {
        guard started != nil || flow.isEveryoneThere else { return warmUp(sockets) }
        let start = started ?? sockets.now
        started = start
        guard let rate = configuration.packsPerSecond else { return saturate(sockets) }
        let due = Int((sockets.now - start) / .seconds(1) * Double(rate))
        while packsSent < due { publishNext(sockets) }
        sockets.askForTurn(at: start + .seconds(Double(packsSent + 1) / Double(rate)))
    }

    private mutating func saturate(_ sockets: BusSockets) {
        let before = packsSent
        while packsSent - before < Self.packsPerTurn, hasRoom(next) { publishNext(sockets) }
        sockets.askForTurn(at: packsSent == before ? sockets.now + Self.patience : sockets.now)
    }

    private func hasRoom(_ tenant: Int) -> Bool {
        sent[tenant] + UInt64(configuration.eventsPerPack) <= flow.slowest(of: tenant) + configuration.window
    }

    private mutating func publishNext(_ sockets: BusSockets) {
        publish(next, sockets)
        packsSent += 1
        next = (next + 1) % configuration.tenants.count
    }

    private mutating func warmUp(_ sockets: BusSockets) {
        if nextWarmUp.map({ $0 <= sockets.now }) ?? true {
            let waiting = configuration.tenants.indices.filter { flow.slowest(of: $0) == 0 }
            for tenant in waiting.prefix(Self.packsPerTurn) { publish(tenant, sockets) }
            nextWarmUp = sockets.now + Self.warmUp
        }
        sockets.askForTurn(at: nextWarmUp ?? sockets.now)
    }

    private mutating func publish(_ tenant: Int, _ sockets: BusSockets) {
        guard let events else { return }
        let slug = configuration.tenants[tenant]
        let first = sent[tenant] + 1
        sent[tenant] += UInt64(configuration.eventsPerPack)
        let envelopes = (first...sent[tenant]).map { offset in
            Envelope(
                offset: offset, durability: .durable, scope: .conversation(Self.conversation), json: json)
        }
        let pack = EventPack(tenant: slug, epoch: Self.epoch, envelopes: envelopes)
        sockets.send([Array(Scope.prefix(of: slug).utf8), pack.bytes], on: events)
    }

    private static let conversation = ConversationID(bits: UUIDBits(high: 1, low: 1))
}
