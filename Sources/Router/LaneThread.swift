internal import Wire

/// One lane's thread: takes what has gathered while the last batch was synced, carries it out, and hands on what it
/// led to. That is all there is to group commit.
enum LaneThread {
    /// Larger batches gain little (ARCHITECTURE.md) and keep their first command waiting.
    static let batchMax = 256

    /// - Parameter erased: the tenant's files are gone.
    static func start(
        number: Int, _ queue: WorkQueue<LaneItem>, _ lane: Lane, readers: WorkQueue<ReadItem>, metrics: RouterMetrics,
        health: StorageHealth, handover: Handover, erased: @escaping @Sendable (TenantSlug) -> Void
    ) -> WorkerThread {
        WorkerThread(name: "lane-\(number)") {
            var lane = lane
            func deliver(_ outcome: Lane.Outcome) {
                var finished = outcome.finished
                for failure in outcome.failures { health.failed(failure.error, tenant: failure.tenant) }
                if outcome.hasCommitted { health.succeeded() }
                for item in readers.offer(outcome.reads) { finished.refuse(item, Intake.overloaded, metrics) }
                handover.deliver(finished)
                for tenant in outcome.erased { erased(tenant) }
            }
            while let items = queue.take(max: batchMax, until: lane.nextTick) {
                if !items.isEmpty { deliver(lane.execute(items, now: .now, at: .now())) }
                if let tick = lane.nextTick, tick <= .now { deliver(lane.ticked(now: .now, at: .now())) }
            }
        }
    }
}
