internal import Wire

/// The events that wait to be handed out on one event loop, and when: at once where the loop was quiet, and otherwise
/// together with what comes in the next moment.
struct Rounds {
    struct Batch {
        let tenant: TenantSlug
        var events: [Envelope]
        /// Of the tenant after them.
        var cursor: UInt64
    }

    private let intervals: ClosedRange<Duration>
    private var batches: [Batch] = []
    private var places: [TenantSlug: Int] = [:]
    private var last: ContinuousClock.Instant
    private var interval: Duration

    init(_ policy: Policy, now: ContinuousClock.Instant) {
        intervals = policy.dispatchInterval...max(policy.dispatchInterval, policy.dispatchIntervalMax)
        interval = policy.dispatchInterval
        last = now - policy.dispatchInterval
    }

    var isEmpty: Bool { batches.isEmpty }

    mutating func add(_ events: [Envelope], of tenant: TenantSlug, cursor: UInt64) {
        if let place = places[tenant] {
            batches[place].events.append(contentsOf: events)
            batches[place].cursor = cursor
        } else {
            places[tenant] = batches.count
            batches.append(Batch(tenant: tenant, events: events, cursor: cursor))
        }
    }

    /// How long to wait before the next round; zero or less: it is due.
    func wait(now: ContinuousClock.Instant) -> Duration { last + interval - now }

    mutating func take() -> [Batch] {
        let taken = batches
        batches.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        return taken
    }

    /// A round that takes long is followed by a longer pause, so that what it costs per event falls.
    mutating func ended(began: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        last = began
        interval = min(max(intervals.lowerBound, now - began), intervals.upperBound)
    }
}
