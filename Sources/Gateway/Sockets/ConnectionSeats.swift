internal import Synchronization

/// How many connections there are and may be, over all event loops.
final class ConnectionSeats: Sendable {
    private let max: Int
    private let taken = Atomic(0)
    private let waiting = Mutex<[@Sendable () -> Void]>([])

    init(max: Int) { self.max = max }

    func take() { taken.wrappingAdd(1, ordering: .sequentiallyConsistent) }

    func give() {
        taken.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        wake()
    }

    var areLeft: Bool { taken.load(ordering: .sequentiallyConsistent) < max }

    /// Calls once there is room, on any thread.
    func wait(_ resume: @escaping @Sendable () -> Void) {
        waiting.withLock { $0.append(resume) }
        // What was given back before that saw nobody to wake.
        wake()
    }

    private func wake() {
        guard areLeft else { return }
        let woken = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for resume in woken { resume() }
    }
}
