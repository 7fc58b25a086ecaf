internal import Foundation
internal import Wire

/// A thread for blocking work.
final class WorkerThread: Sendable {
    private let ended = DispatchGroup()

    /// Starts at once.
    init(name: String, _ body: @escaping @Sendable () -> Void) {
        ended.enter()
        let thread = Thread { [ended] in
            body()
            ended.leave()
        }
        thread.name = name
        thread.start()
    }

    /// Blocks until the body has returned.
    func join() { ended.wait() }

    /// Blocks the thread that calls it.
    static func pause(for duration: Duration) { Thread.sleep(forTimeInterval: duration / .seconds(1)) }
}

extension Timestamp {
    /// The wall clock's reading.
    static func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)))
    }
}
