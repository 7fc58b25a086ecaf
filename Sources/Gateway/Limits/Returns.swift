internal import Synchronization

/// The gateway's one `ReturnWindow`, for all of its threads.
final class Returns: Sendable {
    private struct State {
        var window = ReturnWindow()
        var second: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let greeted = Atomic<Int>(0)
    private let current = Atomic<UInt64>(ReturnWindow().milliseconds)

    /// `retry_window_ms`, as of the last second.
    var windowMs: UInt64 { current.load(ordering: .relaxed) }

    /// A `hello` was answered.
    func countGreeted() { greeted.add(1, ordering: .relaxed) }

    /// Called more often than once a second.
    func ticked(now: ContinuousClock.Instant, waiting: () -> Int, connections: () -> Int) {
        state.withLock { state in
            let second = state.second ?? now
            state.second = second
            guard second + .seconds(1) <= now else { return }
            state.second = now
            // A late tick sees more than a second's: spread evenly over the time that it was.
            let count = greeted.exchange(0, ordering: .relaxed)
            let perSecond = Int(Double(count) / ((now - second) / .seconds(1)))
            state.window.secondEnded(greeted: perSecond, waiting: waiting(), connections: connections())
            current.store(state.window.milliseconds, ordering: .relaxed)
        }
    }
}
