internal import Wire

/// One lane's thread: takes what has gathered while the last batch was synced, carries it out, and hands on what it
/// led to. That is all there is to group commit.
enum LaneThread {
    /// Larger batches gain little (ARCHITECTURE.md) and keep their first command waiting.
    static let batchMax = 256

    static func start(number: Int, _ queue: WorkQueue<LaneItem>, _ lane: Lane, _ exits: LaneExits) -> WorkerThread {
        WorkerThread(name: "lane-\(number)") {
            var lane = lane
            while let items = queue.take(max: batchMax, until: lane.nextTick) {
                exits.health.began(lane: number, now: .now)
                if !items.isEmpty { exits.deliver(lane.execute(items, now: .now, at: .now())) }
                if let tick = lane.nextTick, tick <= .now { exits.deliver(lane.ticked(now: .now, at: .now())) }
                exits.health.ended(lane: number)
            }
        }
    }
}

/// The ways out of a lane.
struct LaneExits: Sendable {
    let readers: WorkQueue<ReadItem>
    let metrics: RouterMetrics
    let health: StorageHealth
    let handover: Handover
    /// Nobody refers to these contents any longer.
    let remove: @Sendable (TenantSlug, [String]) -> Void
    let nearlyFull: @Sendable (TenantSlug) -> Void
    /// The tenant's files are gone.
    let erased: @Sendable (TenantSlug) -> Void
    /// Somebody in the tenant wants to be woken: the notifier is to hear of it before they are told that it will.
    let pushing: @Sendable (TenantSlug) -> Void

    /// - Parameter outcome: of a batch that has come to its end.
    func deliver(_ outcome: Lane.Outcome) {
        var finished = outcome.finished
        for failure in outcome.failures { health.failed(failure.error, tenant: failure.tenant) }
        if outcome.hasCommitted { health.succeeded() }
        for item in readers.offer(outcome.reads) { finished.shed(item, metrics) }
        for tenant in outcome.pushing { pushing(tenant) }
        handover.deliver(finished)
        for (tenant, contents) in outcome.removals { remove(tenant, contents) }
        for tenant in outcome.nearlyFull { nearlyFull(tenant) }
        for tenant in outcome.erased { erased(tenant) }
    }
}
