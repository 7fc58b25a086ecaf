internal import Foundation

/// Jobs that wait for one of a few threads; bounded, and each sender's in turn.
final class WorkLine<Context>: Sendable {
    typealias Job = @Sendable (inout Context) -> Void

    // Touched only between the condition's `lock` and `unlock`.
    private final class State: @unchecked Sendable {
        var jobs = FairLine<Job>()
        var isClosed = false
        var threads = 0
    }

    private let state = State()
    private let condition = NSCondition()
    private let waitingMax: Int

    /// - Parameters:
    ///   - make: called on each thread at its start: what the jobs there share.
    ///   - end: called on each thread at its end.
    init(
        threads: Int, waitingMax: Int, make: @escaping @Sendable () -> Context,
        end: @escaping @Sendable (inout Context) -> Void
    ) {
        self.waitingMax = waitingMax
        state.threads = threads
        for _ in 0..<threads {
            Thread.detachNewThread { [self] in
                var context = make()
                while let job = take() { job(&context) }
                end(&context)
                condition.lock()
                state.threads -= 1
                condition.broadcast()
                condition.unlock()
            }
        }
    }

    /// False where too many wait, or it is closed: then the job is not run.
    func add(of sender: Sender = .nobody, _ job: @escaping Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !state.isClosed, state.jobs.count < waitingMax else { return false }
        state.jobs.append(job, of: sender)
        condition.signal()
        return true
    }

    var waiting: Int {
        condition.lock()
        defer { condition.unlock() }
        return state.jobs.count
    }

    /// What waits is still done. Returns when all threads have ended; blocks.
    func close() {
        condition.lock()
        state.isClosed = true
        condition.broadcast()
        while state.threads > 0 { condition.wait() }
        condition.unlock()
    }

    private func take() -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while state.jobs.count == 0, !state.isClosed { condition.wait() }
        return state.jobs.next()
    }
}
