internal import Wire

/// What a fan-out worker decides: what goes on to gateways, what it keeps, what it asks its routers for and what it
/// answers to gateways.
///
/// Events go on as they came and at once, gap or not: gateways put them in order. What was missing is published late,
/// when a router has replayed it, since no gateway can have had it from here before.
struct Relay: Equatable {
    struct Bounds: Equatable, Sendable {
        var tenants: Tenants.Bounds
        /// Replay requests put to routers and gateways waiting for them, together.
        var asksMax: Int
        /// How long a router may take to answer one.
        var askTimeout: Duration
        /// Events of each tenant that a new worker asks for before it says that it is ready.
        var history = 0
    }

    enum Action: Equatable {
        /// To all gateways that subscribe to the topic.
        case publish(topic: [UInt8], [UInt8])
        /// A `ReplayAnswer` to the gateway of this routing id.
        case answer(gateway: [UInt8], [UInt8])
        /// A `ReplayRequest` to a router.
        case ask(router: Int, ReplayRequest)
    }

    /// A router that was silent for so long, three heartbeats, is taken for gone.
    static let silence: Duration = .seconds(3)
    /// Before asking again for what could not be had.
    static let patience: Duration = .seconds(1)
    /// A heartbeat may overtake the events that it counts by as long as a lane takes from commit to publishing.
    static let heartbeatGrace: Duration = .milliseconds(100)
    /// How often events are looked through for their age: it touches every tenant.
    static let sweepInterval: Duration = .seconds(1)
    /// How long a new worker asks for history before it does without.
    static let historyPatience: Duration = .seconds(5)
    /// About so much goes into one answer: half of what a socket's buffers take at once.
    static let answerBytesMax = 1_048_576

    private var tenants: Tenants
    private var asks: Asks
    /// When each router was last heard; nil: never.
    private var heard: [ContinuousClock.Instant?]
    private var nextSweep: ContinuousClock.Instant?
    private let history: Int
    /// Until when rings begin with history; nil once they have it.
    private var historyUntil: ContinuousClock.Instant?
    private(set) var hasHistory: Bool
    private(set) var counts = RelayCounts()

    init(routers: Int, bounds: Bounds) {
        tenants = Tenants(bounds.tenants)
        asks = Asks(max: bounds.asksMax, timeout: bounds.askTimeout)
        heard = Array(repeating: nil, count: routers)
        history = bounds.history
        hasHistory = bounds.history == 0
    }

    /// The routers that nothing was heard of for `silence`, or ever.
    func silentRouters(now: ContinuousClock.Instant) -> [Int] {
        heard.indices.filter { router in heard[router].map { $0 + Self.silence <= now } ?? true }
    }

    /// A message on a router's `events` socket.
    mutating func published(
        _ topic: [UInt8], _ bytes: [UInt8], by router: Int, now: ContinuousClock.Instant
    ) -> [Action] {
        heard[router] = now
        if topic.elementsEqual(Heartbeat.topic.utf8) {
            guard let heartbeat = try? Heartbeat(bytes) else { return malformed() }
            for position in heartbeat.positions where position.offset < Ring.offsetMax {
                take(position, by: router, now: now)
            }
            counts.heartbeats += 1
            return [.publish(topic: topic, bytes)]
        }
        guard let pack = try? EncodedPack(bytes), topic.elementsEqual(Scope.prefix(of: pack.tenant).utf8),
            pack.events.allSatisfy({ $0.offset < Ring.offsetMax })
        else { return malformed() }
        counts.events += UInt64(pack.events.count)
        counts.bytes += UInt64(bytes.count)
        let taken = take(pack, by: router, now: now)
        // All of it has gone this way before: a router that restarts publishes its log's end again.
        guard taken.isNews else { return [] }
        return [.publish(topic: topic, bytes)] + fill(pack.tenant, now: now)
    }

    /// A message on the socket where gateways ask for replays.
    mutating func asked(_ bytes: [UInt8], by gateway: [UInt8], now: ContinuousClock.Instant) -> [Action] {
        guard let request = try? ReplayRequest(bytes) else { return malformed() }
        let waiter = Asks.Waiter(gateway: gateway, request: request.id)
        guard request.from > 0, request.from <= request.to else {
            counts.malformed += 1
            return [unavailable(waiter)]
        }
        counts.replaysAsked += 1
        if let answer = answerFromRing(request) { return [.answer(gateway: gateway, answer)] }
        guard let router = tenants[request.tenant]?.router ?? (heard.count == 1 ? 0 : nil) else {
            return [unavailable(waiter)]
        }
        let span = Asks.Span(tenant: request.tenant, from: request.from, to: request.to)
        switch asks.ask(span, of: router, for: waiter, now: now) {
        case .asked(let id): return [ask(id, span, router)]
        case .joined: return []
        case .full: return [unavailable(waiter)]
        }
    }

    /// A message on the socket where a router answers.
    mutating func answered(_ bytes: [UInt8], by router: Int, now: ContinuousClock.Instant) -> [Action] {
        guard let answer = try? ReplayAnswer(bytes) else { return malformed() }
        guard let ask = asks.end(answer.id, of: router) else {
            counts.lateAnswers += 1
            return []
        }
        switch answer {
        case .unavailable: return giveUp(ask, now: now)
        case .gone(_, let oldest):
            let missing = tenants[ask.span.tenant]?.ring.missing
            _ = tenants.update(ask.span.tenant) { $0.ring.forget(before: oldest) }
            let answers = ask.waiters.map { waiter in
                Action.answer(gateway: waiter.gateway, ReplayAnswer.gone(id: waiter.request, oldest: oldest).bytes)
            }
            return answers + refill(ask, missingBefore: missing, now: now)
        case .events(_, let pack):
            guard pack.tenant == ask.span.tenant, let encoded = try? EncodedPack(pack.bytes),
                encoded.isContiguous(within: ask.span)
            else {
                counts.malformed += 1
                return giveUp(ask, now: now)
            }
            counts.replaysFromRouter += UInt64(ask.waiters.count)
            let answers = ask.waiters.map { waiter in
                Action.answer(gateway: waiter.gateway, encoded.answerBytes(id: waiter.request))
            }
            let missing = tenants[ask.span.tenant]?.ring.missing
            return publishFilled(encoded, now: now) + answers + refill(ask, missingBefore: missing, now: now)
        }
    }

    /// An ask could not be sent: the router is away or its queue is full.
    mutating func unsent(_ id: UInt64, to router: Int, now: ContinuousClock.Instant) -> [Action] {
        counts.asksUnsent += 1
        guard let ask = asks.end(id, of: router) else { return [] }
        return giveUp(ask, now: now)
    }

    /// A message of the wrong number of frames.
    mutating func ignored() { counts.malformed += 1 }

    /// The gateway went away, or does not take its answers.
    mutating func answerLost() { counts.answersLost += 1 }

    /// Several times a second.
    mutating func ticked(now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        for ask in asks.expired(now: now) {
            counts.asksTimedOut += 1
            actions += giveUp(ask, now: now)
        }
        for slug in tenants.due(now: now) {
            _ = tenants.update(slug) { $0.filling = .no }
            actions += fill(slug, now: now)
        }
        if nextSweep.map({ $0 <= now }) ?? true {
            for slug in tenants.slugs { evictOld(slug, now: now) }
            nextSweep = now + Self.sweepInterval
        }
        lookForHistory(now: now)
        counts.tenants = tenants.count
        counts.ringEvents = tenants.events
        counts.ringBytes = tenants.bytes
        counts.asks = asks.count
        return actions
    }
}

// MARK: - What routers publish

extension Relay {
    private mutating func take(_ position: Heartbeat.Position, by router: Int, now: ContinuousClock.Instant) {
        guard let tenant = tenants[position.tenant], tenant.ring.epoch == position.epoch else {
            // A tenant that only its heartbeats tell of pushes none with events out.
            if tenants[position.tenant] != nil || !tenants.isFull {
                begin(position.tenant, position.epoch, first: position.offset + 1, router, now: now)
            }
            return
        }
        let missing = tenants.update(position.tenant) { tenant in
            tenant.router = router
            let missing = tenant.ring.announced(position.offset)
            if missing > 0, tenant.filling == .no { tenant.filling = .due(now + Self.heartbeatGrace) }
            return missing
        }
        if let missing, missing > 0 { counts.announcedMissing += missing }
    }

    private mutating func begin(
        _ slug: TenantSlug, _ epoch: String, first: UInt64, _ router: Int, now: ContinuousClock.Instant
    ) {
        if let former = tenants[slug], former.ring.epoch != epoch { counts.epochChanges += 1 }
        let ring = Ring(
            epoch: epoch, first: first, bounds: tenants.bounds.ring, history: hasHistory ? 0 : history)
        tenants.put(Tenants.Tenant(ring: ring, router: router), for: slug)
        if ring.missing > 0 { _ = tenants.update(slug) { $0.filling = .due(now) } }
    }

    /// - Returns: whether there was anything that has not gone out before; the events that were missing.
    private mutating func take(
        _ pack: EncodedPack, by router: Int?, now: ContinuousClock.Instant
    ) -> (isNews: Bool, filled: [EncodedPack.Event]) {
        // Only the epoch is taken out: a copy of the ring held here would make `place` copy all of its events.
        let epoch = tenants[pack.tenant]?.ring.epoch
        if let router, epoch != pack.epoch {
            guard let first = pack.events.first(where: { $0.offset > 0 })?.offset else { return (true, []) }
            begin(pack.tenant, pack.epoch, first: first, router, now: now)
        }
        var repeats = 0
        var gaps: [Int] = []
        var filled: [EncodedPack.Event] = []
        _ = tenants.update(pack.tenant) { tenant in
            guard tenant.ring.epoch == pack.epoch else { return }
            tenant.router = router ?? tenant.router
            tenant.isRecent = true
            for event in pack.events where event.offset > 0 {
                switch tenant.ring.place(event.offset, event.bytes, now: now) {
                case .appended(let gap): if gap > 0 { gaps.append(gap) }
                case .filled: filled.append(event)
                case .restored: break
                case .repeated: repeats += 1
                case .leapt(let gap): gaps.append(Int(gap))
                case .old: break
                }
            }
        }
        for event in pack.events where event.empties > 0 { empty(event.empties, of: pack.tenant, now: now) }
        counts.repeats += UInt64(repeats)
        counts.gaps += UInt64(gaps.count)
        counts.missing += UInt64(gaps.reduce(0, +))
        evictOld(pack.tenant, now: now)
        counts.evictedTenants += UInt64(tenants.evict())
        return (repeats < pack.events.count, filled)
    }

    private mutating func empty(_ offset: UInt64, of slug: TenantSlug, now: ContinuousClock.Instant) {
        let wasHere = tenants.update(slug) { tenant in
            let wasHere = tenant.ring.empty(offset)
            if wasHere, tenant.filling == .no { tenant.filling = .due(now) }
            return wasHere
        }
        if wasHere == true { counts.emptied += 1 }
    }

    /// Ends the time in which rings begin with history: it is there, or could not be had.
    private mutating func lookForHistory(now: ContinuousClock.Instant) {
        guard !hasHistory, silentRouters(now: now).isEmpty else { return }
        let deadline = historyUntil ?? now + Self.historyPatience
        historyUntil = deadline
        hasHistory = deadline <= now || !tenants.slugs.contains { tenants[$0]?.ring.lacksHistory == true }
    }

    private mutating func evictOld(_ slug: TenantSlug, now: ContinuousClock.Instant) {
        guard let evicted = tenants.update(slug, { $0.ring.evict(now: now) }) else { return }
        counts.evictedByEvents += UInt64(evicted.byEvents)
        counts.evictedByBytes += UInt64(evicted.byBytes)
        counts.evictedByAge += UInt64(evicted.byAge)
    }
}

// MARK: - Replay

extension Relay {
    /// The events of a tenant from an offset on that are at hand, without a gap; what `Ring.events` gives.
    func recent(_ slug: TenantSlug, from: UInt64, to: UInt64, max: Int) -> [(offset: UInt64, bytes: [UInt8])] {
        tenants[slug]?.ring.events(from: from, to: to, eventsMax: max, bytesMax: Self.answerBytesMax) ?? []
    }

    /// Where a tenant's log stands, as far as is known: the epoch and the newest offset.
    func position(of slug: TenantSlug) -> (epoch: String, newest: UInt64)? {
        tenants[slug].map { ($0.ring.epoch, $0.ring.next - 1) }
    }

    private mutating func answerFromRing(_ request: ReplayRequest) -> [UInt8]? {
        guard let ring = tenants[request.tenant]?.ring else { return nil }
        let found = ring.events(
            from: request.from, to: request.to, eventsMax: Int(ReplayRequest.eventsMax), bytesMax: Self.answerBytesMax)
        guard !found.isEmpty else { return nil }
        _ = tenants.update(request.tenant) { $0.isRecent = true }
        counts.replaysFromRing += 1
        let events = found.map { EncodedPack.Event(offset: $0.offset, bytes: $0.bytes) }
        return EncodedPack(tenant: request.tenant, epoch: ring.epoch, events: events).answerBytes(id: request.id)
    }

    /// Asks for the first of what the ring lacks, unless that is asked for or could not be had a moment ago.
    private mutating func fill(_ slug: TenantSlug, now: ContinuousClock.Instant) -> [Action] {
        guard let tenant = tenants[slug], tenant.filling != .asked,
            let gap = tenant.ring.gap(max: ReplayRequest.eventsMax)
        else { return [] }
        if case .due(let at) = tenant.filling, at > now { return [] }
        let span = Asks.Span(tenant: slug, from: gap.lowerBound, to: gap.upperBound)
        let joined = asks.ask(span, of: tenant.router, for: nil, now: now)
        _ = tenants.update(slug) { $0.filling = joined == .full ? .due(now + Self.patience) : .asked }
        guard case .asked(let id) = joined else { return [] }
        return [ask(id, span, tenant.router)]
    }

    /// Goes on filling after an answer: at once where that one helped, else after a while.
    private mutating func refill(_ ask: Asks.Ask, missingBefore: Int?, now: ContinuousClock.Instant) -> [Action] {
        guard ask.isFill else { return [] }
        let helped = tenants.update(ask.span.tenant) { tenant in
            let helped = tenant.ring.missing < missingBefore ?? 0
            tenant.filling = helped ? .no : .due(now + Self.patience)
            return helped
        }
        return helped == true ? fill(ask.span.tenant, now: now) : []
    }

    private mutating func publishFilled(_ pack: EncodedPack, now: ContinuousClock.Instant) -> [Action] {
        let filled = take(pack, by: nil, now: now).filled
        guard !filled.isEmpty else { return [] }
        counts.filled += UInt64(filled.count)
        let late = EncodedPack(tenant: pack.tenant, epoch: pack.epoch, events: filled)
        return [.publish(topic: Array(Scope.prefix(of: pack.tenant).utf8), late.bytes)]
    }

    private mutating func giveUp(_ ask: Asks.Ask, now: ContinuousClock.Instant) -> [Action] {
        if ask.isFill { _ = tenants.update(ask.span.tenant) { $0.filling = .due(now + Self.patience) } }
        return ask.waiters.map { unavailable($0) }
    }

    private mutating func unavailable(_ waiter: Asks.Waiter) -> Action {
        counts.replaysUnavailable += 1
        return .answer(gateway: waiter.gateway, ReplayAnswer.unavailable(id: waiter.request).bytes)
    }

    private func ask(_ id: UInt64, _ span: Asks.Span, _ router: Int) -> Action {
        .ask(router: router, ReplayRequest(id: id, tenant: span.tenant, from: span.from, to: span.to))
    }

    private mutating func malformed() -> [Action] {
        counts.malformed += 1
        return []
    }
}

extension EncodedPack {
    /// What an answer has to be: the span's beginning, without a gap.
    fileprivate func isContiguous(within span: Asks.Span) -> Bool {
        !events.isEmpty && UInt64(events.count) <= ReplayRequest.eventsMax
            && events.indices.allSatisfy { place in
                let (offset, overflow) = span.from.addingReportingOverflow(UInt64(place))
                return !overflow && offset <= span.to && offset < Ring.offsetMax && events[place].offset == offset
            }
    }
}
