internal import Foundation
internal import Glibc
internal import Synchronization

/// Threads that each transfer files, one after the other, on a connection of their own.
final class FileCrew: Sendable {
    struct Outcome: Sendable {
        var bytes = 0
        var transfers = 0
        /// From the common beginning to the end of the last.
        var nanoseconds: UInt64 = 0

        var mebibytesPerSecond: Double {
            Double(bytes) / 1_048_576 / (Double(max(1, nanoseconds)) / 1e9)
        }
    }

    /// One transfer on a connection, by the thread of this number, which may ask whether it is to come to an end; the bytes of it.
    typealias Transfer =
        @Sendable (FileClient, _ number: Int, _ isEnding: @escaping @Sendable () -> Bool) throws -> Int

    private struct State {
        var outcome = Outcome()
        var failure: (any Error)?
        var isEnding = false
    }

    private let state = Mutex(State())
    private let finished = DispatchSemaphore(value: 0)
    private let count: Int
    private let start = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - repeats: how many transfers each makes; nil: until `end`.
    ///   - niceness: of the threads.
    init(
        _ count: Int, at endpoint: Endpoint, repeats: Int?, niceness: Int32 = 0,
        _ transfer: @escaping Transfer
    ) {
        self.count = count
        for number in 0..<count {
            let thread = Thread { [self] in
                if niceness != 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
                do {
                    let client = FileClient(endpoint)
                    var done = 0
                    while done < repeats ?? .max, !isEnding {
                        let bytes = try transfer(client, number) { self.isEnding }
                        done += 1
                        state.withLock { state in
                            state.outcome.bytes += bytes
                            state.outcome.transfers += 1
                            state.outcome.nanoseconds = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) - start
                        }
                    }
                } catch {
                    // Those that are told to end may be in the middle of something.
                    state.withLock { state in if !state.isEnding { state.failure = state.failure ?? error } }
                }
                finished.signal()
            }
            thread.name = "files"
            thread.start()
        }
    }

    private var isEnding: Bool { state.withLock { $0.isEnding || $0.failure != nil } }

    /// What has been done so far.
    var outcome: Outcome { state.withLock { $0.outcome } }

    /// Has the threads end after what they are at.
    func end() { state.withLock { $0.isEnding = true } }

    /// - Throws: what stopped the first that failed.
    func wait() throws -> Outcome {
        for _ in 0..<count { finished.wait() }
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.outcome
        }
    }
}
