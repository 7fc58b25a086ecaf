internal import Foundation
internal import Synchronization

/// The most memory that some processes have had together since it was made.
final class MemoryWatch: Sendable {
    /// A reading of `smaps_rollup` takes the kernel some ms of a process of this size.
    private static let interval: UInt64 = 20_000_000

    private struct State {
        var peak: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let finished = DispatchSemaphore(value: 0)

    init(_ processes: [MeasuredProcess]) {
        let thread = Thread { [self] in
            while !state.withLock({ $0.isOver }) {
                let bytes = Self.bytes(of: processes)
                state.withLock { $0.peak = max($0.peak, bytes) }
                SystemCalls.sleep(nanoseconds: Self.interval)
            }
            finished.signal()
        }
        thread.name = "memory"
        thread.start()
    }

    static func bytes(of processes: [MeasuredProcess]) -> UInt64 {
        processes.reduce(0) { $0 + ProcessUsage.proportionalBytes(of: $1.pid) }
    }

    /// Ends it.
    func peak() -> UInt64 {
        state.withLock { $0.isOver = true }
        finished.wait()
        return state.withLock { $0.peak }
    }
}
