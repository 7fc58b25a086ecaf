internal import Bus
internal import Wire

/// Performs what `Relay` decides: one `sub` and one `dealer` to each router, a `pub` and a `router` for gateways.
struct FanoutDriver: BusDriver {
    struct Endpoints: Equatable, Sendable {
        var routerEvents: [String]
        /// One for each of `routerEvents`, of the same router.
        var routerReplay: [String]
        var events: String
        var replay: String
        /// By which routers and gateways are known over tcp.
        var keys: LinkKeys?
    }

    /// What the worker tells the rest of its process.
    struct Report: Sendable {
        /// The sockets for gateways are bound: where.
        var bound: @Sendable (_ events: [String], _ replay: [String]) -> Void
        /// After every tick.
        var counts: @Sendable (RelayCounts, [String: SocketCounters]) -> Void
        /// At the first tick and whenever it changes; the places of routers in `Endpoints.routerEvents`.
        var silentRouters: @Sendable (_ silent: [Int], _ isFirst: Bool) -> Void
        /// Once: the rings have what came before this worker.
        var filled: @Sendable () -> Void = {}
        /// After every tick of a worker that lets taps in.
        var tapCounts: @Sendable (TapCounts) -> Void = { _ in }
        /// Connections of processes with unknown keys since it was told last, at most once a minute.
        var refusedHandshakes: @Sendable (UInt64) -> Void = { _ in }
        var tapNotice: @Sendable (TapDesk.Notice) -> Void = { _ in }
    }

    static let socketNames = ["events", "replay", "router_events", "router_replay", "tap_events", "tap_streams"]
    /// The routing id under which the worker's own taps ask for replays; no gateway's is empty.
    static let ownIdentity: [UInt8] = []

    private struct Router {
        let events: SocketID
        let replay: SocketID
    }

    private let endpoints: Endpoints
    /// Messages queued for, or from, one peer.
    private let queueMax: Int
    private let report: Report
    private var relay: Relay
    private var routers: [Router] = []
    /// By socket: its router's place, and whether it is `Router.events`.
    private var roles: [SocketID: (router: Int, isEvents: Bool)] = [:]
    private var gateways: Router?
    private var silentRouters: [Int]?
    private var isFilled = false
    private var refusals = RefusalWatch()
    private var taps: TapDesk?
    private let wallClock: @Sendable () -> Timestamp

    /// - Parameter taps: nil for a worker that lets none in.
    init(
        _ endpoints: Endpoints, bounds: Relay.Bounds, queueMax: Int, taps: TapDesk.Configuration? = nil,
        report: Report, wallClock: @escaping @Sendable () -> Timestamp = { Timestamp(milliseconds: 0) }
    ) {
        self.endpoints = endpoints
        self.queueMax = queueMax
        self.report = report
        self.wallClock = wallClock
        relay = Relay(routers: endpoints.routerEvents.count, bounds: bounds)
        self.taps = taps.map { TapDesk($0, routers: endpoints.routerEvents.count, notify: report.tapNotice) }
    }

    mutating func started(_ sockets: BusSockets) throws {
        // Gateways' sockets first: whoever waits for this worker may connect before it has heard a router.
        if let keys = endpoints.keys { sockets.admit(keys.admitted([.gateway]), to: LinkKeys.domain) }
        var eventsOptions = options("events")
        eventsOptions.security = endpoints.keys.server(at: endpoints.events)
        let events = try sockets.open(.pub, eventsOptions, bind: [endpoints.events])
        var replayOptions = options("replay")
        replayOptions.security = endpoints.keys.server(at: endpoints.replay)
        let replay = try sockets.open(.router, replayOptions, bind: [endpoints.replay])
        gateways = Router(events: events, replay: replay)
        for (place, (eventsEndpoint, replayEndpoint)) in zip(endpoints.routerEvents, endpoints.routerReplay)
            .enumerated()
        {
            var eventsOptions = options("router_events")
            eventsOptions.security = endpoints.keys.client(of: .router, at: eventsEndpoint)
            let events = try sockets.open(.sub, eventsOptions, connect: [eventsEndpoint])
            try sockets.subscribe([], on: events)
            var replayOptions = options("router_replay")
            // An ask that waits for a router to come back is older than its deadline when it arrives.
            replayOptions.queuesOnlyWhenConnected = true
            replayOptions.security = endpoints.keys.client(of: .router, at: replayEndpoint)
            let replay = try sockets.open(.dealer, replayOptions, connect: [replayEndpoint])
            routers.append(Router(events: events, replay: replay))
            roles[events] = (place, true)
            roles[replay] = (place, false)
        }
        report.bound(sockets.boundEndpoints(of: events), sockets.boundEndpoints(of: replay))
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        let at = wallClock()
        if let (router, isEvents) = roles[socket] {
            if isEvents, message.count == 2 {
                return perform(relay.published(message[0], message[1], by: router, now: sockets.now), sockets)
            }
            if !isEvents, message.count == 2, message[0] == TapsRequest.marker,
                taps?.answered(message[1], by: router, at: at, sockets) == true
            {
                return
            }
            if !isEvents, message.count == 1 {
                return perform(relay.answered(message[0], by: router, now: sockets.now), sockets)
            }
        } else if taps?.isStream(socket) == true {
            return perform(taps?.received(message, relay: &relay, sockets) ?? [], sockets)
        } else if message.count == 2 {
            return perform(relay.asked(message[1], by: message[0], now: sockets.now), sockets)
        }
        relay.ignored()
    }

    mutating func handle(_ input: Never, _ sockets: BusSockets) {}

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        perform(relay.ticked(now: now), sockets)
        tickTaps(sockets)
        if relay.hasHistory, !isFilled {
            isFilled = true
            report.filled()
        }
        report.counts(relay.counts, sockets.counters)
        let refused = sockets.refusedHandshakes[LinkKeys.domain] ?? 0
        if let count = refusals.count(refused, now: now) { report.refusedHandshakes(count) }
        let silent = relay.silentRouters(now: now)
        if silent != silentRouters { report.silentRouters(silent, silentRouters == nil) }
        silentRouters = silent
    }

    mutating func turnEnded(_ sockets: BusSockets) {
        perform(taps?.turnEnded(relay: &relay, sockets) ?? [], sockets)
    }

    private mutating func tickTaps(_ sockets: BusSockets) {
        guard taps != nil else { return }
        for (place, router) in routers.enumerated() {
            guard let request = taps?.request(to: place) else { continue }
            sockets.send([TapsRequest.marker, request.bytes], on: router.replay)
        }
        let at = wallClock()
        perform(taps?.ticked(at: at, relay: &relay, sockets) ?? [], sockets)
        if let counts = taps?.counts { report.tapCounts(counts) }
    }

    mutating func stopping(_ sockets: BusSockets) {
        report.counts(relay.counts, sockets.counters)
    }

    private mutating func perform(_ actions: [Relay.Action], _ sockets: BusSockets) {
        guard let gateways else { return }
        for action in actions {
            switch action {
            case .publish(let topic, let bytes):
                sockets.send([topic, bytes], on: gateways.events)
                taps?.passed(bytes, relay: relay, sockets)
            case .answer(Self.ownIdentity, let bytes):
                perform(taps?.answered(bytes, relay: &relay, sockets) ?? [], sockets)
            case .answer(let gateway, let bytes):
                if sockets.send([gateway, bytes], on: gateways.replay) != .sent { relay.answerLost() }
            case .ask(let router, let request):
                if sockets.send([request.bytes], on: routers[router].replay) != .sent {
                    perform(relay.unsent(request.id, to: router, now: sockets.now), sockets)
                }
            }
        }
    }

    private func options(_ name: String) -> SocketOptions {
        var options = SocketOptions(name: name)
        options.sendHighWaterMark = queueMax
        options.receiveHighWaterMark = queueMax
        return options
    }
}
