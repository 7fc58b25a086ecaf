internal import Logging
internal import Operations
internal import Wire

/// One of the threads that answer what only reads, all from one queue.
enum ReaderThread {
    static func start(
        number: Int, _ queue: WorkQueue<ReadItem>, _ snapshots: Snapshots, lanes: [WorkQueue<LaneItem>],
        handover: Handover, logger: Logger
    ) -> WorkerThread {
        WorkerThread(name: "reader-\(number)") {
            // One at a time: what is taken along with a long one would wait for it.
            while let items = queue.take(max: 1, until: nil) {
                for item in items {
                    let start = ContinuousClock.now
                    do {
                        switch try snapshots.answer(item, at: .now()) {
                        case .finished(let finished): handover.deliver(finished)
                        case .lane(let item): offer(item, lanes, snapshots.metrics, handover)
                        case .nothing: break
                        }
                    } catch {
                        logger.error("read failed", metadata: ["error": "\(error)"])
                        var finished = Finished()
                        finished.refuse(item, Lane.refusal(for: error), snapshots.metrics)
                        handover.deliver(finished)
                    }
                    if case .query = item { snapshots.metrics.queries.observe(ContinuousClock.now - start) }
                }
            }
        }
    }

    private static func offer(
        _ item: LaneItem, _ lanes: [WorkQueue<LaneItem>], _ metrics: RouterMetrics, _ handover: Handover
    ) {
        guard !lanes[item.tenant.lane(of: lanes.count)].offer(item) else { return }
        var finished = Finished()
        finished.refuse(item, Intake.overloaded, metrics)
        handover.deliver(finished)
    }
}
