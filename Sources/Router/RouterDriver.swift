internal import Bus
internal import Logging
internal import Operations
internal import Wire

/// The router's sockets: links to gateways, the events' publisher, replay. Lives on the bus thread.
struct RouterDriver: BusDriver {
    typealias Input = RouterInput

    struct Endpoints: Equatable, Sendable {
        let commands: String
        let events: String
        let replay: String
        /// By which fan-outs and gateways are known over tcp.
        var keys: LinkKeys?
    }

    /// How often `ticked` is to come: a heartbeat's interval.
    static let tick: Duration = .seconds(1)
    /// Positions in one heartbeat message, about 60 bytes each.
    private static let positionsPerHeartbeat = 1_000
    /// Watched tenants without a known position that are asked for between two heartbeats.
    private static let positionsAskedPerTick = 256

    private struct Sockets {
        let commands: SocketID
        let events: SocketID
        let replay: SocketID
    }

    private let endpoints: Endpoints
    private let positions: Positions
    private let metrics: RouterMetrics
    private let logger: Logger
    private var intake: Intake
    private var links: Links
    private var directory: Directory
    private var taps: TapDirectory
    private var tapped: Set<TenantSlug> = []
    private var open: Sockets?
    /// Nothing more is taken in: gateways keep what has no answer and send it to the next run.
    private var isStopping = false
    private var refusals = RefusalWatch()

    init(
        endpoints: Endpoints, run: UInt64, directory: Directory, taps: TapDirectory, intake: Intake,
        positions: Positions,
        metrics: RouterMetrics, logger: Logger
    ) {
        self.endpoints = endpoints
        self.intake = intake
        self.positions = positions
        self.metrics = metrics
        self.logger = logger
        self.directory = directory
        self.taps = taps
        tapped = Set(taps.tenants.map(\.tenant))
        links = Links(run: run)
    }

    mutating func started(_ sockets: BusSockets) throws {
        if let keys = endpoints.keys { sockets.admit(keys.admitted([.fanout, .gateway]), to: LinkKeys.domain) }
        func socket(_ kind: SocketKind, _ name: String, at endpoint: String) throws -> SocketID {
            var options = SocketOptions(name: name)
            options.security = endpoints.keys.server(at: endpoint)
            return try sockets.open(kind, options, bind: [endpoint])
        }
        open = Sockets(
            commands: try socket(.router, "commands", at: endpoints.commands),
            events: try socket(.pub, "events", at: endpoints.events),
            replay: try socket(.router, "replay", at: endpoints.replay))
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        if isStopping { return }
        if socket == open?.replay, message.count == 3, message[1] == TapsRequest.marker {
            return answerTaps(message[2], to: message[0], sockets)
        }
        guard message.count == 2 else {
            metrics.malformed.add()
            return
        }
        do {
            if socket == open?.replay {
                intake.add(.replay(try ReplayRequest(message[1]), from: message[0]))
            } else {
                let actions = links.received(try ToRouter(message[1]), from: message[0], now: sockets.now)
                perform(actions, sockets)
            }
        } catch {
            metrics.malformed.add()
        }
    }

    mutating func handle(_ input: RouterInput, _ sockets: BusSockets) {
        switch input {
        case .finished(let finished): handle(finished, sockets)
        case .stop: isStopping = true
        case .taps(let taps):
            self.taps = taps
            tapped = Set(taps.tenants.map(\.tenant))
        case .directory(let changes):
            directory.apply(changes)
            metrics.tenants.set(directory.records.count)
            for link in links.all {
                for change in changes { links.answer(change.answer, on: link) }
            }
        }
    }

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        links.ticked(now: now)
        metrics.links.set(links.count)
        metrics.linkResets.set(Int(links.resets))
        for tenant in tapped.union(links.watched).lazy.filter({ [positions] in !positions.contains($0) })
            .prefix(Self.positionsAskedPerTick)
        {
            intake.add(.position(tenant))
        }
        sendHeartbeats(now: now, sockets)
        let refused = sockets.refusedHandshakes[LinkKeys.domain] ?? 0
        metrics.handshakesRefused.set(Int(refused))
        if let count = refusals.count(refused, now: now) {
            logger.warning("connections with unknown keys were refused", metadata: ["count": "\(count)"])
        }
    }

    mutating func turnEnded(_ sockets: BusSockets) {
        handle(intake.flush(), sockets)
        perform(links.flush(), sockets)
    }

    mutating func stopping(_ sockets: BusSockets) { turnEnded(sockets) }

    private mutating func handle(_ finished: Finished, _ sockets: BusSockets) {
        guard let open else { return }
        for publication in finished.publications {
            let topic = Array(Scope.prefix(of: publication.tenant).utf8)
            let outcome = sockets.send([topic, publication.pack], on: open.events)
            (outcome == .sent ? metrics.eventsPublished : metrics.eventsUnsent).add(publication.eventCount)
        }
        for (answer, link) in finished.answers { links.answer(answer, on: link) }
        // A subscriber that has gone, or takes nothing, asks again on its next connection.
        for (answer, identity) in finished.replays
        where sockets.send([identity, answer.bytes], on: open.replay) != .sent {
            metrics.replaysUnsent.add()
        }
    }

    private mutating func perform(_ actions: [Links.Action], _ sockets: BusSockets) {
        guard let open else { return }
        for action in actions {
            switch action {
            case .send(let message, let identity):
                if sockets.send([identity, message.bytes], on: open.commands) != .sent { links.failed(identity) }
            case .opened(let link):
                logger.info("link opened", metadata: ["links": "\(links.count)"])
                for answer in directory.answers { links.answer(answer, on: link) }
            case .perform(let requests, let link):
                for request in requests { intake.add(request, on: link) }
            case .watched(let tenant):
                if !positions.contains(tenant) { intake.add(.position(tenant)) }
            }
        }
    }

    /// Tells a fan-out worker whom to let in, where that is other than what it has.
    private func answerTaps(_ bytes: [UInt8], to identity: [UInt8], _ sockets: BusSockets) {
        guard let request = try? TapsRequest(bytes), let open else {
            metrics.malformed.add()
            return
        }
        let answer: TapsAnswer = request.version == taps.version ? .unchanged : .directory(taps)
        // A worker that does not take it asks again in a moment.
        sockets.send([identity, TapsRequest.marker, answer.bytes], on: open.replay)
    }

    private func sendHeartbeats(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        guard let open else { return }
        var rest = positions.heartbeat(watched: { links.watches($0) || tapped.contains($0) }, now: now)[...]
        // One without positions says that the router is there.
        repeat {
            let heartbeat = Heartbeat(positions: Array(rest.prefix(Self.positionsPerHeartbeat)))
            sockets.send([Array(Heartbeat.topic.utf8), heartbeat.bytes], on: open.events)
            metrics.heartbeats.add()
            rest = rest.dropFirst(Self.positionsPerHeartbeat)
        } while !rest.isEmpty
    }
}
