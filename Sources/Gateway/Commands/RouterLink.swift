internal import DequeModule
internal import Wire

/// The gateway's side of the link to one router (Wire/Link.swift): which batch comes next in each direction, and every
/// request that has no answer yet, in its first order, to be sent again on the next link.
struct RouterLink {
    enum Action: Equatable {
        case send(ToRouter)
        /// The link holds anew: the directory follows, whole.
        case opened
        /// An answer to a request that was still waiting, or news of the directory.
        case answer(Answer)
        /// Nobody answered in time; the request is forgotten.
        case expired(UInt64)
    }

    /// How long a request waits for its answer, sent or not.
    static let requestTimeout: Duration = .seconds(10)
    /// `open` is repeated, and an empty batch sent as a sign of life, this often.
    static let beat: Duration = .seconds(1)
    /// A router that owes answers and says nothing for so long has lost the link without noticing.
    static let silenceMax: Duration = .seconds(5)
    /// What goes into one batch: large enough to pack well, small enough to stay clear of the bus's message limit.
    static let requestsPerBatch = 256
    static let bytesPerBatch = 1 << 20

    private enum State {
        case opening(lastSent: ContinuousClock.Instant?)
        case open
    }

    private struct Waiting {
        let request: Request
        let deadline: ContinuousClock.Instant
    }

    private let gateway: String
    private let waitingMax: Int
    private var link: UInt64
    private var state = State.opening(lastSent: nil)
    /// Of our next batch and of the router's.
    private var next: UInt64 = 0
    private var expected: UInt64 = 0
    private var lastSent: ContinuousClock.Instant
    private var lastHeard: ContinuousClock.Instant
    private var watched: Set<TenantSlug> = []
    private var waiting: [UInt64: Waiting] = [:]
    /// Ids in the order of asking; some are answered already.
    private var order: Deque<UInt64> = []
    private var outgoing: [Request] = []
    /// When the link was last known to hold; nil while it does.
    private(set) var unreachableSince: ContinuousClock.Instant?
    /// Links that ended and were opened anew.
    private var reopened: UInt64 = 0

    /// - Parameters:
    ///   - gateway: names this process and no other.
    ///   - firstLink: drawn at random, so that a restarted gateway is not taken for its former self.
    ///   - waitingMax: requests without an answer, at most.
    init(gateway: String, firstLink: UInt64, waitingMax: Int, now: ContinuousClock.Instant) {
        self.gateway = gateway
        self.waitingMax = waitingMax
        link = firstLink
        lastSent = now
        lastHeard = now
        unreachableSince = now
    }

    var isOpen: Bool { unreachableSince == nil }
    var waitingCount: Int { waiting.count }

    /// How many links were opened anew since the last time.
    mutating func takeReopened() -> UInt64 {
        defer { reopened = 0 }
        return reopened
    }

    /// Takes a request that wants an answer; false where too many wait already.
    mutating func ask(_ id: UInt64, _ request: Request, now: ContinuousClock.Instant) -> Bool {
        guard waiting.count < waitingMax else { return false }
        if waiting.isEmpty { lastHeard = max(lastHeard, now) }
        waiting[id] = Waiting(request: request, deadline: now + Self.requestTimeout)
        order.append(id)
        if isOpen { outgoing.append(request) }
        return true
    }

    mutating func watch(_ tenant: TenantSlug) {
        guard watched.insert(tenant).inserted, isOpen else { return }
        outgoing.append(.watch(tenant))
    }

    mutating func unwatch(_ tenant: TenantSlug) {
        guard watched.remove(tenant) != nil, isOpen else { return }
        outgoing.append(.unwatch(tenant))
    }

    /// What is told without wanting an answer, and is told again as it is by then once a link is opened.
    mutating func tell(_ request: Request) {
        if isOpen { outgoing.append(request) }
    }

    /// The end of a turn: everything that was asked since the last one goes out.
    mutating func flush(now: ContinuousClock.Instant) -> [Action] {
        guard isOpen, !outgoing.isEmpty else { return [] }
        return batches(now: now)
    }

    mutating func ticked(now: ContinuousClock.Instant) -> [Action] {
        var actions = expire(now: now)
        if isOpen, !waiting.isEmpty, lastHeard + Self.silenceMax <= now { reopen(now: now) }
        switch state {
        case .opening(let sent):
            if let sent, now < sent + Self.beat { break }
            state = .opening(lastSent: now)
            actions.append(.send(.open(link: link, gateway: gateway, watched: watched.sorted { $0.text < $1.text })))
        case .open:
            if !outgoing.isEmpty || lastSent + Self.beat <= now { actions += batches(now: now) }
        }
        return actions
    }

    /// A message did not leave; what follows would not fit. The next tick tries again.
    mutating func failed(now: ContinuousClock.Instant) {
        if isOpen { reopen(now: now) } else { state = .opening(lastSent: nil) }
    }

    mutating func received(_ message: ToGateway, now: ContinuousClock.Instant) -> [Action] {
        switch message {
        case .opened(let link, _):
            guard link == self.link, case .opening = state else { return [] }
            return opened(now: now)
        case .batch(let link, let number, let answers):
            guard link == self.link, case .open = state, number >= expected else { return [] }
            lastHeard = now
            guard number == expected else {
                reopen(now: now)
                return []
            }
            expected += 1
            return answers.compactMap { take($0) ? .answer($0) : nil }
        case .reset(let link):
            if link == self.link, case .open = state { reopen(now: now) }
            return []
        }
    }

    private mutating func opened(now: ContinuousClock.Instant) -> [Action] {
        state = .open
        unreachableSince = nil
        lastHeard = now
        next = 0
        expected = 0
        outgoing = order.compactMap { waiting[$0]?.request }
        return [.opened] + batches(now: now)
    }

    private mutating func reopen(now: ContinuousClock.Instant) {
        link &+= 1
        state = .opening(lastSent: nil)
        unreachableSince = now
        outgoing = []
        reopened += 1
    }

    /// Whether somebody still waits for it, or it is news.
    private mutating func take(_ answer: Answer) -> Bool {
        switch answer {
        case .reply(let id, _, _), .page(let id, _), .refusedPage(let id, _), .lookedUp(let id), .file(let id, _):
            guard waiting.removeValue(forKey: id) != nil else { return false }
            while let first = order.first, waiting[first] == nil { order.removeFirst() }
            return true
        case .tenant, .tenantGone, .directoryComplete, .presence: return true
        }
    }

    private mutating func expire(now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        while let first = order.first {
            if let entry = waiting[first] {
                guard entry.deadline <= now else { break }
                waiting[first] = nil
                actions.append(.expired(first))
            }
            order.removeFirst()
        }
        return actions
    }

    /// Everything that goes out, or one empty batch as a sign of life.
    private mutating func batches(now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        var start = 0
        repeat {
            var end = start
            var bytes = 0
            while end < outgoing.count, end - start < Self.requestsPerBatch {
                bytes += outgoing[end].approximateBytes
                if end > start, bytes > Self.bytesPerBatch { break }
                end += 1
            }
            actions.append(.send(.batch(link: link, number: next, requests: Array(outgoing[start..<end]))))
            next += 1
            start = end
        } while start < outgoing.count
        outgoing.removeAll(keepingCapacity: true)
        lastSent = now
        return actions
    }
}

extension Request {
    fileprivate var approximateBytes: Int {
        switch self {
        case .command(_, _, let json): json.count + 256
        case .present(_, let attending, _): 64 + attending.count * 128
        case .interest(_, let interest): 64 + interest.users.count * 64
        case .file: 768
        case .catchUp, .gone, .lookUp, .watch, .unwatch: 256
        }
    }
}
