internal import Logging
internal import Operations
internal import Wire

/// One of the threads that answer what only reads, all from one queue.
enum ReaderThread {
    /// Catch-ups that share a snapshot when many people come back at once: half of what a lone one costs is the
    /// snapshot's beginning and end. More would wait too long for each other.
    static let batchMax = 16

    static func start(
        number: Int, _ queue: WorkQueue<ReadItem>, _ snapshots: Snapshots, _ exits: ReaderExits
    ) -> WorkerThread {
        WorkerThread(name: "reader-\(number)") {
            while let items = queue.take(max: batchMax, until: nil, joins: { $1.joins($0) }) {
                let start = ContinuousClock.now
                for (item, outcome) in zip(items, snapshots.answer(items, at: .now())) {
                    exits.deliver(outcome, of: item)
                }
                if case .query = items.first { exits.metrics.queries.observe(ContinuousClock.now - start) }
            }
        }
    }
}

/// The ways out of a reader.
struct ReaderExits: Sendable {
    let lanes: [WorkQueue<LaneItem>]
    let metrics: RouterMetrics
    let handover: Handover
    let logger: Logger

    func deliver(_ outcome: Result<Snapshots.Outcome, any Error>, of item: ReadItem) {
        switch outcome {
        case .success(.finished(let finished)): handover.deliver(finished)
        case .success(.lane(let item)): offer(item)
        case .success(.nothing): break
        case .failure(let error):
            logger.error("read failed", metadata: ["error": "\(error)"])
            var finished = Finished()
            finished.refuse(item, Lane.refusal(for: error), metrics)
            handover.deliver(finished)
        }
    }

    private func offer(_ item: LaneItem) {
        guard !lanes[item.tenant.lane(of: lanes.count)].offer(item) else { return }
        var finished = Finished()
        finished.shed(item, metrics)
        handover.deliver(finished)
    }
}
