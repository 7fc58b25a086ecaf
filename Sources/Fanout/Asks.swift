internal import Wire

/// The replay requests that a fan-out worker has put to routers, and who waits for each. Equal requests are put once.
struct Asks: Equatable {
    /// A gateway that waits, by its routing id and the id of its own request.
    struct Waiter: Hashable {
        let gateway: [UInt8]
        let request: UInt64
    }

    struct Span: Hashable {
        let tenant: TenantSlug
        let from: UInt64
        let to: UInt64
    }

    struct Ask: Equatable {
        let span: Span
        let router: Int
        let deadline: ContinuousClock.Instant
        /// The worker's own ring lacks it.
        var isFill: Bool
        var waiters: [Waiter]
    }

    private let max: Int
    private let timeout: Duration
    private var asks: [UInt64: Ask] = [:]
    private var ids: [Span: UInt64] = [:]
    private var waiting = 0
    private var nextID: UInt64 = 1

    /// - Parameters:
    ///   - max: asks and waiters together, at most.
    ///   - timeout: from an ask to giving it up.
    init(max: Int, timeout: Duration) {
        self.max = max
        self.timeout = timeout
    }

    /// Asks and waiters together.
    var count: Int { asks.count + waiting }

    enum Joined: Equatable {
        /// To be put to the router under this id.
        case asked(id: UInt64)
        /// The same is asked already.
        case joined
        case full
    }

    /// - Parameter waiter: nil where the worker asks for itself.
    mutating func ask(
        _ span: Span, of router: Int, for waiter: Waiter?, now: ContinuousClock.Instant
    ) -> Joined {
        if let id = ids[span], var ask = asks[id] {
            if let waiter {
                guard count < max else { return .full }
                ask.waiters.append(waiter)
                waiting += 1
            } else {
                ask.isFill = true
            }
            asks[id] = ask
            return .joined
        }
        guard count + (waiter == nil ? 1 : 2) <= max else { return .full }
        let id = nextID
        nextID += 1
        asks[id] = Ask(
            span: span, router: router, deadline: now + timeout, isFill: waiter == nil,
            waiters: waiter.map { [$0] } ?? [])
        ids[span] = id
        waiting += waiter == nil ? 0 : 1
        return .asked(id: id)
    }

    /// Ends an ask, answered or given up; nil where there is none such, or it went to another router.
    mutating func end(_ id: UInt64, of router: Int) -> Ask? {
        guard let ask = asks[id], ask.router == router else { return nil }
        asks[id] = nil
        ids[ask.span] = nil
        waiting -= ask.waiters.count
        return ask
    }

    /// Those whose time is up, ended.
    mutating func expired(now: ContinuousClock.Instant) -> [Ask] {
        let late = asks.filter { $0.value.deadline <= now }.sorted { $0.key < $1.key }
        return late.compactMap { end($0.key, of: $0.value.router) }
    }
}
