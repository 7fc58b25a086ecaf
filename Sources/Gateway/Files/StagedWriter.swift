internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Wire

/// Adds what comes in to a staged file, on the threads for the disk, while more comes: who adds waits only where the disk
/// falls behind. One after the other may add.
final class StagedWriter: Sendable {
    /// What waits to be written of one upload: some reads of a socket, so that neither side waits for the other's wake-ups.
    static let waitingBytesMax = 262_144
    /// Then a thread turns to other uploads.
    private static let bytesPerTurn = 4_194_304

    private struct State {
        var waiting: [ByteBuffer] = []
        /// With what is being written.
        var waitingBytes = 0
        /// A thread is at it, or will be.
        var isBusy = false
        var received: Int64
        var failure: (any Error)?
        /// Who waits until there is room.
        var adder: CheckedContinuation<Void, Never>?
        /// Who waits until nothing is left.
        var ender: CheckedContinuation<Void, Never>?
    }

    let file: StagedFile
    private let bytesMax: UInt64
    private let threads: NIOThreadPool
    private let state: Mutex<State>

    /// - Parameter bytesMax: of the whole file.
    init(_ file: StagedFile, bytesMax: UInt64, threads: NIOThreadPool) {
        self.file = file
        self.bytesMax = bytesMax
        self.threads = threads
        state = Mutex(State(received: file.size))
    }

    /// - Throws: `Refusal` where the file gets too long; what failed with something that was added before.
    func add(_ bytes: ByteBuffer) async throws {
        let (begins, waits) = try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.received += Int64(bytes.readableBytes)
            guard UInt64(state.received) <= bytesMax else { throw Refusal(.tooLarge, field: "size") }
            state.waiting.append(bytes)
            state.waitingBytes += bytes.readableBytes
            let begins = !state.isBusy
            state.isBusy = true
            return (begins, state.waitingBytes > Self.waitingBytesMax)
        }
        if begins { submit() }
        guard waits else { return }
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                guard Self.isFull(state) else { return true }
                state.adder = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// Returns when all is written.
    ///
    /// - Throws: what failed with something that was added.
    func finish() async throws {
        await settle()
        try state.withLock { state in if let failure = state.failure { throw failure } }
    }

    /// Returns when nothing is being written any longer.
    func settle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                guard state.isBusy else { return true }
                state.ender = continuation
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    private static func isFull(_ state: State) -> Bool {
        state.failure == nil && state.waitingBytes > waitingBytesMax / 2
    }

    private func submit() {
        threads.submit { [self] state in
            switch state {
            case .active: write()
            case .cancelled: end(Refusal.unavailable(retryAfterMs: UploadDesk.fullRetryMs))
            }
        }
    }

    private func write() {
        ThreadPriority.lower()
        var turn = 0
        while turn < Self.bytesPerTurn {
            let batch = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            guard !batch.isEmpty else { break }
            do throws(StagedFile.Failure) {
                for bytes in batch { try file.append(bytes) }
            } catch {
                return end(error)
            }
            let written = batch.reduce(0) { $0 + $1.readableBytes }
            turn += written
            let adder = state.withLock { state in
                state.waitingBytes -= written
                return Self.isFull(state) ? nil : Self.take(&state.adder)
            }
            adder?.resume()
        }
        let (goesOn, ender) = state.withLock { state in
            guard state.waiting.isEmpty else { return (true, nil as CheckedContinuation<Void, Never>?) }
            state.isBusy = false
            return (false, Self.take(&state.ender))
        }
        if goesOn { submit() }
        ender?.resume()
    }

    private func end(_ failure: any Error) {
        let waiters = state.withLock { state in
            state.failure = state.failure ?? failure
            state.waiting = []
            state.waitingBytes = 0
            state.isBusy = false
            return [Self.take(&state.adder), Self.take(&state.ender)]
        }
        for waiter in waiters { waiter?.resume() }
    }

    private static func take(_ waiter: inout CheckedContinuation<Void, Never>?) -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }
}
