internal import Bus
internal import Logging
internal import Operations
internal import Wire

/// The gateway's bus thread: a link to each router, and the events of those tenants that have connections here, in
/// order, from one fan-out worker at a time.
struct GatewayDriver: BusDriver {
    typealias Input = GatewayInput

    struct Endpoints: Sendable {
        let routerCommands: [String]
        let fanoutEvents: [String]
        /// One for each of `fanoutEvents`, in the same order.
        let fanoutReplay: [String]
        /// By which routers and fan-outs are known over tcp.
        var keys: LinkKeys?
    }

    /// What an event loop may have waiting before events are left in their socket. They may be lost there, which shows
    /// as a gap and is asked for again.
    static let backlogMax = 50_000

    private struct Tenant {
        var feed = Feed()
        var loops: Set<Int> = []
    }

    private let endpoints: Endpoints
    private let loops: [LoopPort]
    private let news: @Sendable (DirectoryNews) -> Void
    let context: GatewayContext
    private let report: @Sendable (_ check: String, _ problem: String?) -> Void

    var links: [RouterLink]
    private var linkSockets: [SocketID] = []
    private var owners: [TenantSlug: Int] = [:]
    /// Tenants that each link's router has named since it was opened; nil once it has named all.
    private var told: [Set<TenantSlug>?]
    private var directoryIsComplete = false

    private var choice: FanoutChoice
    private var events: SocketID?
    private var replay: SocketID?
    private var isPaused = false

    private var tenants: [TenantSlug: Tenant] = [:]
    /// Whose catch-up or look-up it is.
    private var catchUps: [UInt64: TenantSlug] = [:]
    private var lookUps: [UInt64: Int] = [:]
    private var replays: [UInt64: TenantSlug] = [:]
    private var lastReplay: UInt64 = 0
    private var outbox: [[LoopInput]]
    var interests = Interests()

    /// - Parameters:
    ///   - gateway: names this process and no other.
    ///   - seed: drawn at random, for the number of the first link.
    ///   - news: called in order; what it is told comes back to the loops once the directory has it.
    ///   - report: tells which check of readiness holds; nil: it does.
    init(
        _ endpoints: Endpoints, gateway: String, seed: UInt64, loops: [LoopPort], context: GatewayContext,
        news: @escaping @Sendable (DirectoryNews) -> Void,
        report: @escaping @Sendable (_ check: String, _ problem: String?) -> Void
    ) {
        self.endpoints = endpoints
        self.loops = loops
        self.context = context
        self.news = news
        self.report = report
        let now = context.clock()
        // All event loops together bound what can wait: each has its own bound.
        let waitingMax = context.policy.pendingMax * max(loops.count, 1)
        links = endpoints.routerCommands.map { _ in
            RouterLink(gateway: gateway, firstLink: seed >> 1, waitingMax: waitingMax, now: now)
        }
        told = endpoints.routerCommands.map { _ in nil }
        choice = FanoutChoice(count: endpoints.fanoutEvents.count, now: now)
        outbox = Array(repeating: [], count: loops.count)
    }

    mutating func started(_ sockets: BusSockets) throws {
        for endpoint in endpoints.routerCommands {
            var options = SocketOptions(name: "commands")
            // What is not sent at once belongs to a link that is lost.
            options.queuesOnlyWhenConnected = true
            options.linger = .zero
            options.security = endpoints.keys.client(of: .router, at: endpoint)
            linkSockets.append(try sockets.open(.dealer, options, connect: [endpoint]))
        }
        try listen(sockets)
        for place in links.indices { perform(links[place].ticked(now: context.clock()), of: place, sockets) }
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        let now = context.clock()
        do {
            if socket == events {
                try received(event: message, now: now, sockets)
            } else if socket == replay {
                guard message.count == 1 else { throw BinaryFault("frames") }
                try received(replay: message[0], now: now, sockets)
            } else if let place = linkSockets.firstIndex(of: socket) {
                guard message.count == 1 else { throw BinaryFault("frames") }
                perform(links[place].received(try ToGateway(message[0]), now: now), of: place, sockets)
            }
        } catch {
            context.metrics.badBusMessages.add()
        }
    }

    mutating func handle(_ input: GatewayInput, _ sockets: BusSockets) {
        switch input {
        case .ask(let id, let request): ask(id, request, sockets)
        case .attendance(let user, let tenant): tellAttendance(of: user, in: tenant)
        case .interest(let users, let tenant):
            tell(PresenceInterest(.begins, interests.begin(users, in: tenant)), in: tenant)
        case .interestEnds(let users, let tenant):
            tell(PresenceInterest(.ends, interests.end(users, in: tenant)), in: tenant)
        case .joined(let tenant, let loop): join(tenant, loop, sockets)
        case .parted(let tenant, let loop): part(tenant, loop, sockets)
        }
    }

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        for place in links.indices { perform(links[place].ticked(now: now), of: place, sockets) }
        if choice.ticked(now: now) { failOver(now: now, sockets) }
        for tenant in tenants.keys {
            guard let actions = tenants[tenant]?.feed.ticked(now: now) else { continue }
            perform(actions, of: tenant, sockets)
        }
        paceEvents(sockets)
        reportHealth(now: now)
    }

    mutating func turnEnded(_ sockets: BusSockets) {
        let now = context.clock()
        for place in links.indices { perform(links[place].flush(now: now), of: place, sockets) }
        var isBehind = false
        for place in loops.indices where !outbox[place].isEmpty {
            loops[place].send(outbox[place])
            outbox[place].removeAll(keepingCapacity: true)
            if loops[place].waiting > Self.backlogMax { isBehind = true }
        }
        if isBehind { paceEvents(sockets) }
    }
}

// MARK: - Routers

extension GatewayDriver {
    func owner(of tenant: TenantSlug) -> Int { owners[tenant] ?? 0 }

    private mutating func ask(_ id: UInt64, _ request: Request, _ sockets: BusSockets) {
        let now = context.clock()
        let isTaken: Bool
        switch request {
        case .command(_, let caller, _), .file(_, let caller, _, _):
            isTaken = links[owner(of: caller.tenant)].ask(id, request, now: now)
        case .catchUp(_, let catchUp):
            catchUps[id] = catchUp.caller.tenant
            isTaken = links[owner(of: catchUp.caller.tenant)].ask(id, request, now: now)
        case .lookUp:
            // No one knows whose tenant it is, so all are asked.
            lookUps[id] = links.count
            isTaken = links.indices.allSatisfy { links[$0].ask(id, request, now: now) }
        case .gone, .present, .interest, .watch, .unwatch: isTaken = true
        }
        if !isTaken { forget(id) }
    }

    private mutating func perform(_ actions: [RouterLink.Action], of place: Int, _ sockets: BusSockets) {
        for action in actions {
            switch action {
            case .send(let message):
                guard sockets.send([message.bytes], on: linkSockets[place]) != .sent else { continue }
                // The rest of these actions belongs to the same link; nothing of it may leave either.
                return links[place].failed(now: context.clock())
            case .opened:
                told[place] = []
                tellPresenceAnew(on: place)
            case .answer(let answer): take(answer, from: place, sockets)
            case .expired(let id):
                context.metrics.expired.add()
                if lookUps[id] != nil { lookedUp(id) } else { forget(id) }
            }
        }
    }

    private mutating func take(_ answer: Answer, from place: Int, _ sockets: BusSockets) {
        switch answer {
        case .reply(let id, _, _), .file(let id, _): send(.answer(answer), to: id)
        case .page(let id, let page):
            if let tenant = catchUps.removeValue(forKey: id) {
                let now = context.clock()
                let actions = tenants[tenant]?.feed.opened(epoch: page.epoch, newest: page.newest, now: now)
                perform(actions ?? [], of: tenant, sockets)
            }
            send(.answer(answer), to: id)
        case .refusedPage(let id, _):
            catchUps[id] = nil
            send(.answer(answer), to: id)
        case .tenant(let record):
            owners[record.tenant] = place
            told[place]?.insert(record.tenant)
            news(.tenant(record))
        case .tenantGone(let tenant):
            owners[tenant] = nil
            news(.gone(tenant))
        case .directoryComplete:
            for (tenant, owner) in owners where owner == place && told[place]?.contains(tenant) == false {
                owners[tenant] = nil
                news(.gone(tenant))
            }
            told[place] = nil
            directoryIsComplete = true
            news(.complete)
        case .lookedUp(let id): lookedUp(id)
        case .presence(let tenant, let news):
            for loop in tenants[tenant]?.loops ?? [] { outbox[loop].append(.presence(tenant, news)) }
        }
    }

    private mutating func lookedUp(_ id: UInt64) {
        guard let left = lookUps[id] else { return }
        lookUps[id] = left > 1 ? left - 1 : nil
        // Behind the tenant itself, which goes the same way.
        if left == 1 { news(.lookedUp(id)) }
    }

    private mutating func forget(_ id: UInt64) {
        catchUps[id] = nil
        lookUps[id] = nil
        send(.expired(id), to: id)
    }

    private mutating func send(_ input: LoopInput, to id: UInt64) {
        let loop = Pending<Void>.loop(of: id)
        if outbox.indices.contains(loop) { outbox[loop].append(input) }
    }
}

// MARK: - Events

extension GatewayDriver {
    /// Opens the sockets to the chosen worker and subscribes to everything that is watched.
    private mutating func listen(_ sockets: BusSockets) throws {
        guard endpoints.fanoutEvents.indices.contains(choice.current) else { return }
        var options = SocketOptions(name: "events")
        options.linger = .zero
        options.security = endpoints.keys.client(of: .fanout, at: endpoints.fanoutEvents[choice.current])
        let subscriber = try sockets.open(.sub, options, connect: [endpoints.fanoutEvents[choice.current]])
        events = subscriber
        isPaused = false
        try sockets.subscribe(Array(Heartbeat.topic.utf8), on: subscriber)
        for tenant in tenants.keys { try sockets.subscribe(Array(Scope.prefix(of: tenant).utf8), on: subscriber) }
        options = SocketOptions(name: "replay")
        options.queuesOnlyWhenConnected = true
        options.linger = .zero
        options.security = endpoints.keys.client(of: .fanout, at: endpoints.fanoutReplay[choice.current])
        replay = try sockets.open(.dealer, options, connect: [endpoints.fanoutReplay[choice.current]])
    }

    private mutating func failOver(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        context.metrics.failovers.add()
        for socket in [events, replay] {
            if let socket { sockets.close(socket) }
        }
        (events, replay) = (nil, nil)
        replays = [:]
        for tenant in tenants.keys { tenants[tenant]?.feed.switched(now: now) }
        do {
            try listen(sockets)
        } catch {
            context.logger.error("can't listen to a fan-out worker", metadata: ["error": "\(error)"])
        }
    }

    private mutating func join(_ tenant: TenantSlug, _ loop: Int, _ sockets: BusSockets) {
        guard tenants[tenant] == nil else {
            tenants[tenant]?.loops.insert(loop)
            return
        }
        tenants[tenant] = Tenant(loops: [loop])
        if let events { try? sockets.subscribe(Array(Scope.prefix(of: tenant).utf8), on: events) }
        links[owner(of: tenant)].watch(tenant)
    }

    private mutating func part(_ tenant: TenantSlug, _ loop: Int, _ sockets: BusSockets) {
        guard tenants[tenant]?.loops.remove(loop) != nil, tenants[tenant]?.loops.isEmpty == true else { return }
        if let feed = tenants.removeValue(forKey: tenant)?.feed { count(feed) }
        if let events { try? sockets.unsubscribe(Array(Scope.prefix(of: tenant).utf8), on: events) }
        for place in links.indices { links[place].unwatch(tenant) }
    }

    private mutating func received(
        event message: [[UInt8]], now: ContinuousClock.Instant, _ sockets: BusSockets
    ) throws(BinaryFault) {
        guard message.count == 2 else { throw BinaryFault("frames") }
        if message[0].elementsEqual(Heartbeat.topic.utf8) {
            choice.heard(now: now)
            for position in try Heartbeat(message[1]).positions {
                guard let actions = tenants[position.tenant]?.feed.heard(position, now: now) else { continue }
                perform(actions, of: position.tenant, sockets)
            }
        } else {
            let pack = try EventPack(message[1])
            guard let actions = tenants[pack.tenant]?.feed.received(pack, now: now) else { return }
            perform(actions, of: pack.tenant, sockets)
        }
    }

    private mutating func received(
        replay bytes: [UInt8], now: ContinuousClock.Instant, _ sockets: BusSockets
    ) throws(BinaryFault) {
        let answer = try ReplayAnswer(bytes)
        guard let tenant = replays.removeValue(forKey: answer.id) else { return }
        if case .events(_, let pack) = answer {
            guard pack.tenant == tenant else { throw BinaryFault("replayed tenant") }
            context.metrics.replays.add(pack.envelopes.count)
        }
        perform(tenants[tenant]?.feed.replayed(answer, now: now) ?? [], of: tenant, sockets)
    }

    private mutating func perform(_ actions: [Feed.Action], of tenant: TenantSlug, _ sockets: BusSockets) {
        guard !actions.isEmpty, let entry = tenants[tenant] else { return }
        for action in actions {
            switch action {
            case .deliver(let envelopes):
                let input = LoopInput.events(tenant, envelopes, cursor: entry.feed.cursor ?? 0)
                for loop in entry.loops { outbox[loop].append(input) }
            case .restart:
                for loop in entry.loops { outbox[loop].append(.restart(tenant)) }
            case .replay(let from, let to):
                let now = context.clock()
                lastReplay += 1
                let request = ReplayRequest(id: lastReplay, tenant: tenant, from: from, to: to)
                if let replay, sockets.send([request.bytes], on: replay) == .sent {
                    replays[lastReplay] = tenant
                    tenants[tenant]?.feed.asked(lastReplay, now: now)
                } else {
                    tenants[tenant]?.feed.failed(now: now)
                }
            }
        }
    }

    /// Leaves events in their socket while a loop has more than it can take.
    private mutating func paceEvents(_ sockets: BusSockets) {
        guard let events else { return }
        let waiting = loops.map(\.waiting).max() ?? 0
        if !isPaused, waiting > Self.backlogMax {
            sockets.pause(events)
            isPaused = true
        } else if isPaused, waiting < Self.backlogMax / 2 {
            sockets.resume(events)
            isPaused = false
        }
    }
}

// MARK: - What is told

extension GatewayDriver {
    private mutating func reportHealth(now: ContinuousClock.Instant) {
        let metrics = context.metrics
        metrics.pending.set(links.reduce(0) { $0 + $1.waitingCount })
        metrics.watched.set(interests.count)
        let catchingUp = catchUps.count
        context.returns.ticked(
            now: now, waiting: { [context] in context.greetings.count + catchingUp },
            connections: { metrics.connections.value })
        metrics.retryWindow.set(Int(context.returns.windowMs))
        metrics.held.set(tenants.values.reduce(0) { $0 + $1.feed.heldCount })
        metrics.lag.set(tenants.values.reduce(0) { $0 + Int(clamping: $1.feed.lag) })
        for tenant in tenants.keys { countFeed(of: tenant) }
        for place in links.indices { metrics.linksReopened.add(Int(links[place].takeReopened())) }
        let lost = links.compactMap(\.unreachableSince).max()
        context.health.isRouterLost = lost.map { now - $0 > context.policy.routerLostAfter } ?? false
        report("router", lost == nil ? nil : "a router does not answer")
        report("directory", directoryIsComplete ? nil : "the tenants are not known yet")
        report("fanout", choice.isHeard(at: now) ? nil : "no heartbeat from a fan-out worker")
    }

    private mutating func countFeed(of tenant: TenantSlug) {
        guard let counts = tenants[tenant]?.feed.takeCounts() else { return }
        context.metrics.gaps.add(Int(counts.gaps))
        context.metrics.duplicates.add(Int(counts.dropped))
    }

    private func count(_ feed: Feed) {
        context.metrics.gaps.add(Int(feed.gaps))
        context.metrics.duplicates.add(Int(feed.dropped))
    }
}
