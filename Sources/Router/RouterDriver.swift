internal import Bus
internal import Domain
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
    private var book: PresenceBook
    private let wallClock: @Sendable () -> Timestamp
    private var open: Sockets?
    /// Nothing more is taken in: gateways keep what has no answer and send it to the next run.
    private var isStopping = false
    private var refusals = RefusalWatch()

    init(
        endpoints: Endpoints, run: UInt64, directory: Directory, taps: TapDirectory, intake: Intake,
        positions: Positions, metrics: RouterMetrics, logger: Logger, now: ContinuousClock.Instant,
        wallClock: @escaping @Sendable () -> Timestamp
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
        book = PresenceBook(now: now)
        self.wallClock = wallClock
    }

    mutating func started(_ sockets: BusSockets) throws {
        if let keys = endpoints.keys {
            sockets.admit(keys.admitted([.fanout, .gateway, .notifier]), to: LinkKeys.domain)
        }
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
        if socket == open?.replay, message.count == 3, take(push: message) { return }
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
            for case .gone(let tenant) in changes { book.forget(tenant) }
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
        metrics.present.set(book.count)
        for (tenant, left) in book.takeLeft(now: now) { intake.add(seen: left, in: tenant) }
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
        for (link, heard) in links.takeEnded() { book.ended(link, heard: heard) }
        tellPresence(now: sockets.now)
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
        for result in finished.presence { take(result, now: sockets.now) }
        for (tenant, answer, identity) in finished.pushes {
            sockets.send([identity, PushQuestion.marker, present(answer, in: tenant).bytes], on: open.replay)
        }
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
                for request in requests { take(request, on: link, now: sockets.now) }
            case .watched(let tenant):
                if !positions.contains(tenant) { intake.add(.position(tenant)) }
            }
        }
    }

    private mutating func take(_ request: Request, on link: LinkID, now: ContinuousClock.Instant) {
        switch request {
        case .present(let tenant, let attending, let isRenewal):
            book.present(attending, isRenewal: isRenewal, in: tenant, on: link, moment(now))
        case .interest(let tenant, let interest): book.interest(interest, in: tenant, on: link)
        case .gone(let tenant, let user):
            book.gone(user, in: tenant, on: link, moment(now))
            // What they type goes on while they are connected elsewhere.
            if !book.isConnected(user, in: tenant) { intake.add(request, on: link) }
        case .command, .file, .catchUp, .lookUp, .watch, .unwatch: intake.add(request, on: link)
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

    /// What the notifier says. It asks again for what has no answer.
    ///
    /// - Returns: false where it is nothing of the kind.
    private mutating func take(push message: [[UInt8]]) -> Bool {
        if message[1] == PushQuestion.marker, let question = try? PushQuestion(message[2]) {
            intake.add(.push(question, from: message[0]))
        } else if message[1] == PushEnd.marker, let end = try? PushEnd(message[2]) {
            intake.add(.pushEnded(end))
        } else {
            return false
        }
        return true
    }

    /// Less those who have a connection, however they are shown: what is on a screen need not wake anybody.
    private func present(_ answer: PushAnswer, in tenant: TenantSlug) -> PushAnswer {
        guard case .audience(let id, var audience?, let next) = answer else { return answer }
        audience.recipients.removeAll { book.isConnected($0.user, in: tenant) }
        return .audience(id: id, audience, next: next)
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

// MARK: - Who is here

extension RouterDriver {
    private func moment(_ now: ContinuousClock.Instant) -> PresenceMoment { PresenceMoment(now: now, at: wallClock()) }

    /// Changes that are due go by way of a reader, who knows between whom a block stands.
    private mutating func tellPresence(now: ContinuousClock.Instant) {
        guard let due = book.nextDue, due <= now else { return }
        // Nothing is lost: what waits here is told as it is then.
        if intake.areReadersBusy { return metrics.presenceDelayed.add() }
        for due in book.due(moment(now)) { intake.add(.tell(due)) }
    }

    private mutating func take(_ result: PresenceResult, now: ContinuousClock.Instant) {
        switch result {
        case .seen(let commission, let views):
            let tenant = commission.caller.tenant
            let presences = views.map { $0.presence(book.presence(of: $0.user, in: tenant)) }
            reply(.success(.presences(presences)), to: commission)
        case .visits(let commission, let user, let set):
            let isTaken = book.visit(user, set, in: commission.caller.tenant, moment(now))
            reply(isTaken ? .success(.done) : .failure(Intake.overloaded), to: commission)
        case .news(let tenant, let news, let link): tell(news, in: tenant, on: link)
        case .untold(let due): book.untold(due)
        case .block(let tenant, let one, let other):
            if let due = book.acrossBlock(one, other, in: tenant) { intake.add(.tell(due)) }
        }
    }

    private mutating func reply(_ outcome: Result<Answered, Refusal>, to commission: Commission<PresenceCommand>) {
        var finished = Finished()
        finished.reply(outcome, to: commission)
        for (answer, link) in finished.answers { links.answer(answer, on: link) }
        let code: Refusal.Code? = if case .failure(let refusal) = outcome { refusal.code } else { nil }
        metrics.carriedOut(commission.op, code)
    }

    private mutating func tell(_ news: [PresenceNews], in tenant: TenantSlug, on link: LinkID?) {
        var byLink: [LinkID: [PresenceNews]] = [:]
        for piece in news {
            for link in link.map({ [$0] }) ?? book.watchers(of: piece.user, in: tenant) {
                byLink[link, default: []].append(piece)
            }
        }
        for (link, news) in byLink {
            metrics.presenceTold.add(news.count)
            links.answer(.presence(tenant, news), on: link)
        }
    }
}
