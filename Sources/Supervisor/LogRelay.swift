internal import Dispatch
internal import Foundation
internal import Operations
internal import Synchronization

/// Takes everybody's log lines and writes them one after another on a thread of its own, so that a reader of our stderr
/// who stops reading stops neither the supervisor nor, through full pipes, its children.
final class LogRelay: Sendable {
    private struct State {
        var lines: [String] = []
        var dropped = 0
        var isClosed = false
    }

    /// Lines that wait at most: some seconds of a busy system, a few megabytes.
    private let linesMax: Int
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    /// - Parameter write: may block; gets lines with their newline.
    init(linesMax: Int = 16_384, write: @escaping @Sendable (String) -> Void = LogLines.write) {
        self.linesMax = linesMax
        self.write = write
        Thread.detachNewThread { [self] in
            while writeWaiting() { wake.wait() }
            done.signal()
        }
    }

    /// - Parameter line: with its newline. Dropped, and counted in a line of its own later, where too many wait.
    func add(_ line: String) {
        state.withLock { state in
            if state.lines.count < linesMax { state.lines.append(line) } else { state.dropped += 1 }
        }
        wake.signal()
    }

    /// Waits until everything is written, for at most a second.
    func close() {
        state.withLock { $0.isClosed = true }
        wake.signal()
        _ = done.wait(timeout: .now() + .seconds(1))
    }

    /// False where nothing will come any more.
    private func writeWaiting() -> Bool {
        let taken = state.withLock { state in
            defer {
                state.lines.removeAll()
                state.dropped = 0
            }
            return state
        }
        for line in taken.lines { write(line) }
        if taken.dropped > 0 { write("parley: \(taken.dropped) log lines were dropped: nobody read them in time\n") }
        return !taken.isClosed || !taken.lines.isEmpty
    }
}
