internal import Bus
internal import DequeModule
internal import Wire

/// All streams and replays of a worker's taps: who may have one, whose turn it is, and what each needs next.
struct TapStreams {
    struct Bounds: Equatable, Sendable {
        var allowance = TapAllowance.Bounds()
        /// Streams and replays of all taps, and of one.
        var flows = 10_000
        var flowsPerTap = 16
        /// After so long without taking what it has credit for, a stream is ended.
        var patience: Duration = .seconds(60)
    }

    enum Action: Equatable {
        case send(TapMessage, to: Peer)
        /// A page of a tenant's log, from the ring or a router; the answer's id is the request's.
        case read(ReplayRequest)
    }

    typealias FlowID = UInt64

    /// Between two tries to get what could not be had.
    private static let rest: Duration = .milliseconds(250)
    /// Until a tap that has read its share of the log may read on.
    private static let pause: Duration = .milliseconds(20)
    /// Events taken from the ring for one flow before the next has its go.
    private static let pageMax = 128

    private struct PeerFlows {
        var stream: FlowID?
        var replay: FlowID?
    }

    private let bounds: Bounds
    private var allowance: TapAllowance
    private var flows: [FlowID: TapFlow] = [:]
    private var peers: [Peer: PeerFlows] = [:]
    private var tenants: [TenantSlug: Set<FlowID>] = [:]
    private var perKey: [CurveKey: Int] = [:]
    /// Who waits for which page.
    private var readers: [UInt64: FlowID] = [:]
    private var nextID: FlowID = 1
    private var ready: Deque<FlowID> = []
    private var isReady: Set<FlowID> = []
    /// Those that wait for a time.
    private var sleepers: Set<FlowID> = []
    private(set) var counts = TapCounts()

    init(_ bounds: Bounds) {
        self.bounds = bounds
        allowance = TapAllowance(bounds.allowance)
    }

    var count: Int { flows.count }

    func listen(to tenant: TenantSlug) -> Bool { tenants[tenant] != nil }

    /// A message of a tap.
    ///
    /// - Parameter grant: what its key may see at this moment; nil: nothing.
    mutating func asked(
        _ frames: some RandomAccessCollection<[UInt8]>, by peer: Peer, _ grant: TapAccess.Grant?,
        now: ContinuousClock.Instant
    ) -> [Action] {
        counts.requests += 1
        guard let request = TapRequest(frames) else { return refuse(.badRequest, peer) }
        guard let grant else { return refuse(.unauthenticated, peer) }
        if case .credit(let more) = request {
            guard let id = peers[peer]?.stream else { return refuse(.notFound, peer) }
            if flows[id]?.front == nil { flows[id]?.rested(now: now) }
            flows[id]?.grantCredit(more)
            wake(id)
            return []
        }
        guard allowance.mayAsk(peer.key, now: now) else { return refuse(.rateLimited, peer) }
        switch request {
        case .credit: return []
        case .stream(let from, let credit):
            if let former = peers[peer]?.stream { remove(former) }
            guard let id = add(TapFlow(.stream, from: from, credit: credit, peer: peer, grant: grant, now: now)) else {
                return refuse(.overloaded, peer)
            }
            peers[peer, default: PeerFlows()].stream = id
        case .replay(let from, let to):
            guard to == 0 || max(from, 1) <= to else { return refuse(.badRequest, peer) }
            guard peers[peer]?.replay == nil,
                let id = add(
                    TapFlow(.replay(to: to), from: from, credit: 0, peer: peer, grant: grant, now: now))
            else { return refuse(.overloaded, peer) }
            peers[peer, default: PeerFlows()].replay = id
        }
        return []
    }

    /// Events of a tenant went by.
    ///
    /// - Parameter newest: its newest offset.
    mutating func passed(_ envelopes: [Envelope], of tenant: TenantSlug, newest: UInt64) {
        guard let listening = tenants[tenant] else { return }
        for id in listening {
            var offset = newest
            // What follows a durable event in the same pack follows it on the stream.
            if let first = envelopes.first(where: { $0.durability == .durable }) {
                offset = min(newest, first.offset - 1)
            }
            for envelope in envelopes {
                switch envelope.durability {
                case .durable: offset = max(offset, envelope.offset)
                case .state: if flows[id]?.passed(envelope, newest: offset) == true { counts.statesDropped += 1 }
                case .ephemeral: break
                }
            }
            wake(id)
        }
    }

    /// The answer to a `read`.
    mutating func answered(_ answer: ReplayAnswer, now: ContinuousClock.Instant) -> [Action] {
        guard let id = readers.removeValue(forKey: answer.id), let flow = flows[id],
            flow.asking == .waiting(id: answer.id)
        else { return [] }
        flows[id]?.asking = .no
        switch answer {
        case .events(_, let pack):
            guard pack.tenant == flow.grant.tenant, pack.epoch == flow.epoch else { return sleep(id, now + Self.rest) }
            allowance.read(pack.envelopes.count, by: flow.peer.key)
            counts.logEvents += UInt64(pack.envelopes.count)
            for envelope in pack.envelopes { flows[id]?.take(offset: envelope.offset, envelope) }
            wake(id)
            return []
        case .gone(_, let oldest): return finish(id, .gone(oldest: oldest))
        case .unavailable: return sleep(id, now + Self.rest)
        }
    }

    /// Takes up the next flow whose turn it is and gets it something to send.
    mutating func next(from relay: Relay, now: ContinuousClock.Instant) -> (id: FlowID, actions: [Action])? {
        while let id = ready.popFirst() {
            isReady.remove(id)
            guard let flow = flows[id], flow.retryAt == nil else { continue }
            return (id, load(id, relay, now: now))
        }
        return nil
    }

    var hasReady: Bool { !ready.isEmpty }

    private mutating func load(_ id: FlowID, _ relay: Relay, now: ContinuousClock.Instant) -> [Action] {
        guard let tenant = flows[id]?.grant.tenant, let step = flows[id]?.step(relay.position(of: tenant)) else {
            return []
        }
        switch step {
        case .ready, .idle: return []
        case .finish(let message): return finish(id, message)
        case .read(let range):
            guard flows[id]?.asking == .no else { return [] }
            let found = relay.recent(tenant, from: range.lowerBound, to: range.upperBound, max: Self.pageMax)
            if found.isEmpty { return read(range, for: id, now: now) }
            for (offset, bytes) in found {
                var reader = BinaryReader(bytes)
                // What is in a ring was read to its end when it came.
                guard let envelope = try? Envelope(from: &reader) else { continue }
                flows[id]?.take(offset: offset, envelope)
            }
            wake(id)
            return []
        }
    }

    private mutating func read(
        _ range: ClosedRange<UInt64>, for id: FlowID, now: ContinuousClock.Instant
    ) -> [Action] {
        guard let flow = flows[id] else { return [] }
        guard allowance.mayRead(flow.peer.key, now: now) else { return sleep(id, now + Self.pause) }
        let request = ReplayRequest(
            id: nextID, tenant: flow.grant.tenant, from: range.lowerBound,
            to: min(range.upperBound, range.lowerBound + (ReplayRequest.eventsMax - 1)))
        nextID += 1
        readers[request.id] = id
        flows[id]?.asking = .waiting(id: request.id)
        return [.read(request)]
    }

    /// The message that is to go out next, where the flow has one and credit for it.
    func front(of id: FlowID) -> (message: TapMessage, peer: Peer)? {
        guard let flow = flows[id], flow.retryAt == nil, let message = flow.front else { return nil }
        return (message, flow.peer)
    }

    /// - Returns: whether the flow may go on.
    mutating func sent(_ id: FlowID, _ outcome: SendOutcome, now: ContinuousClock.Instant) -> Bool {
        switch outcome {
        case .sent:
            flows[id]?.sent(now: now)
            counts.sent += 1
            return true
        case .full:
            flows[id]?.isFull(now: now)
            sleepers.insert(id)
        case .unroutable, .failed: remove(id)
        }
        return false
    }

    /// It had its go and may have more.
    mutating func wake(_ id: FlowID) {
        guard flows[id] != nil, isReady.insert(id).inserted else { return }
        ready.append(id)
    }

    /// When the next flow is to be tried again.
    var wakesAt: ContinuousClock.Instant? { sleepers.lazy.compactMap { flows[$0]?.wakesAt }.min() }

    /// Wakes those whose time has come.
    mutating func wakeSleepers(now: ContinuousClock.Instant) {
        for id in sleepers {
            guard let at = flows[id]?.wakesAt else {
                sleepers.remove(id)
                continue
            }
            guard at <= now else { continue }
            sleepers.remove(id)
            flows[id]?.retried()
            if case .resting = flows[id]?.asking { flows[id]?.asking = .no }
            wake(id)
        }
    }

    /// Several times a second: ends those that take nothing, and has the others look whether there is more.
    mutating func ticked(now: ContinuousClock.Instant, isInForce: (CurveKey) -> Bool) {
        for (id, flow) in flows {
            if flow.isStalled(since: now - bounds.patience) {
                counts.stalled += 1
                remove(id)
            } else {
                wake(id)
            }
        }
        allowance.keep(isInForce)
        counts.flows = flows.count
    }

    /// Every second: how far each stream's tenant is.
    func heartbeats(_ position: (TenantSlug) -> (epoch: String, newest: UInt64)?) -> [Action] {
        flows.values.compactMap { flow in
            guard flow.kind == .stream, let position = position(flow.grant.tenant) else { return nil }
            let message = TapMessage.heartbeat(
                of: flow.grant.tenant, epoch: position.epoch, offset: position.newest)
            return .send(message, to: flow.peer)
        }
    }

    /// Keys that may no longer read.
    mutating func ended(_ keys: Set<CurveKey>) -> [Action] {
        let ids = flows.filter { keys.contains($0.value.peer.key) }.keys
        return ids.flatMap { finish($0, .refused(.unauthenticated)) }
    }

    /// The peer's connection has ended.
    mutating func gone(_ peer: Peer) {
        let own = peers[peer]
        for id in [own?.stream, own?.replay].compactMap({ $0 }) { remove(id) }
    }

    private mutating func refuse(_ code: Refusal.Code, _ peer: Peer) -> [Action] {
        counts.refusals += 1
        return [.send(.refused(code), to: peer)]
    }

    private mutating func sleep(_ id: FlowID, _ until: ContinuousClock.Instant) -> [Action] {
        flows[id]?.asking = .resting(until: until)
        sleepers.insert(id)
        return []
    }

    private mutating func add(_ flow: TapFlow) -> FlowID? {
        guard flows.count < bounds.flows, perKey[flow.peer.key, default: 0] < bounds.flowsPerTap else { return nil }
        let id = nextID
        nextID += 1
        flows[id] = flow
        perKey[flow.peer.key, default: 0] += 1
        tenants[flow.grant.tenant, default: []].insert(id)
        wake(id)
        return id
    }

    private mutating func finish(_ id: FlowID, _ message: TapMessage) -> [Action] {
        guard let peer = flows[id]?.peer else { return [] }
        remove(id)
        return [.send(message, to: peer)]
    }

    private mutating func remove(_ id: FlowID) {
        guard let flow = flows.removeValue(forKey: id) else { return }
        let key = flow.peer.key
        perKey[key] = (perKey[key] ?? 1) > 1 ? (perKey[key] ?? 1) - 1 : nil
        tenants[flow.grant.tenant]?.remove(id)
        if tenants[flow.grant.tenant]?.isEmpty == true { tenants[flow.grant.tenant] = nil }
        var own = peers[flow.peer] ?? PeerFlows()
        if own.stream == id { own.stream = nil }
        if own.replay == id { own.replay = nil }
        peers[flow.peer] = own.stream == nil && own.replay == nil ? nil : own
        if case .waiting(let request) = flow.asking { readers[request] = nil }
        sleepers.remove(id)
    }
}

extension TapFlow {
    /// Nil where it waits for no time.
    fileprivate var wakesAt: ContinuousClock.Instant? {
        if let retryAt { return retryAt }
        return if case .resting(let until) = asking { until } else { nil }
    }
}
