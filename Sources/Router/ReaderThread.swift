internal import Logging
internal import Operations
internal import Wire

/// One of the threads that answer what only reads, all from one queue.
enum ReaderThread {
    /// Catch-ups that share a snapshot when many people come back at once: half of what a lone one costs is the
    /// snapshot's beginning and end. More would wait too long for each other.
    private static let batchMax = 16

    static func start(
        number: Int, _ queue: WorkQueue<ReadItem>, _ snapshots: Snapshots, lanes: [WorkQueue<LaneItem>],
        handover: Handover, logger: Logger
    ) -> WorkerThread {
        WorkerThread(name: "reader-\(number)") {
            while let items = queue.take(max: batchMax, until: nil, joins: { $1.joins($0) }) {
                let start = ContinuousClock.now
                for (item, outcome) in zip(items, snapshots.answer(items, at: .now())) {
                    switch outcome {
                    case .success(.finished(let finished)): handover.deliver(finished)
                    case .success(.lane(let item)): offer(item, lanes, snapshots.metrics, handover)
                    case .success(.nothing): break
                    case .failure(let error):
                        logger.error("read failed", metadata: ["error": "\(error)"])
                        var finished = Finished()
                        finished.refuse(item, Lane.refusal(for: error), snapshots.metrics)
                        handover.deliver(finished)
                    }
                }
                if case .query = items.first { snapshots.metrics.queries.observe(ContinuousClock.now - start) }
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
