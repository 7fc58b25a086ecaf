internal import Bus
internal import Logging
internal import Operations
internal import Wire

/// The way back to the bus thread. Its queue is bounded: a thread with results waits for room, so that its own queue
/// fills and intake refuses, instead of memory filling.
struct Handover: Sendable {
    /// The bus thread never waits for others, so that it makes room within milliseconds or has ended.
    private static let patience: Duration = .seconds(10)
    private static let interval: Duration = .milliseconds(1)

    private let send: @Sendable ([RouterInput]) -> Bool
    private let pause: @Sendable (Duration) -> Void
    private let dropped: Counter
    private let logger: Logger

    init(
        dropped: Counter, logger: Logger, pause: @escaping @Sendable (Duration) -> Void = WorkerThread.pause,
        _ send: @escaping @Sendable ([RouterInput]) -> Bool
    ) {
        self.dropped = dropped
        self.logger = logger
        self.pause = pause
        self.send = send
    }

    func deliver(_ finished: Finished) {
        guard !finished.isEmpty else { return }
        deliver([.finished(finished)])
    }

    /// All of it or, where the bus has ended, nothing: what was stored stays so, and clients ask again.
    func deliver(_ inputs: [RouterInput]) {
        var waited: Duration = .zero
        while !send(inputs) {
            guard waited < Self.patience else {
                dropped.add()
                logger.warning("the bus takes no results")
                return
            }
            pause(Self.interval)
            waited += Self.interval
        }
    }
}
