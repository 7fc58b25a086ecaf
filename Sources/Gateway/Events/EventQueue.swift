internal import NIOCore
internal import Synchronization

/// What an event loop has for a stream that the stream's connection has not taken yet; bounded in bytes.
final class EventQueue: Sendable {
    private struct State {
        var chunks: [ByteBuffer] = []
        /// Waiting here, and handed to the writer that is still at it.
        var bytes = 0
        var handedOut = 0
        var isFinished = false
        var wantsDrained = false
        /// Given up at the end: whoever is told may hold the queue.
        var drained: (@Sendable () -> Void)?
        var reader: CheckedContinuation<[ByteBuffer]?, Never>?
    }

    private let state: Mutex<State>
    private let bytesMax: Int

    /// - Parameter drained: called once after each `tellWhenDrained`, on any thread.
    init(bytesMax: Int, drained: @escaping @Sendable () -> Void) {
        self.bytesMax = bytesMax
        state = Mutex(State(drained: drained))
    }

    /// - Returns: false where more waits than may; nothing more is taken then.
    func offer(_ chunk: ByteBuffer) -> Bool {
        let (isTaken, reader): (Bool, CheckedContinuation<[ByteBuffer]?, Never>?) = state.withLock { state in
            guard !state.isFinished else { return (true, nil) }
            state.bytes += chunk.readableBytes
            guard state.bytes <= bytesMax else { return (false, nil) }
            defer { state.reader = nil }
            if state.reader == nil { state.chunks.append(chunk) } else { state.handedOut = chunk.readableBytes }
            return (true, state.reader)
        }
        reader?.resume(returning: [chunk])
        return isTaken
    }

    /// What was offered before still goes out.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            state.drained = nil
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    /// Calls `drained` once everything is written; at once where it is already.
    func tellWhenDrained() {
        let drained = state.withLock { state in
            state.wantsDrained = state.bytes > 0
            return state.bytes == 0 ? state.drained : nil
        }
        drained?()
    }

    /// For one reader: everything that waits, once it has written what it got the last time; nil at the end.
    func next() async -> [ByteBuffer]? {
        let drained: (@Sendable () -> Void)? = state.withLock { state in
            state.bytes -= state.handedOut
            state.handedOut = 0
            guard state.wantsDrained, state.bytes == 0 else { return nil }
            state.wantsDrained = false
            return state.drained
        }
        drained?()
        return await withCheckedContinuation { continuation in
            let chunks: [ByteBuffer]?? = state.withLock { state in
                guard state.chunks.isEmpty else {
                    defer { state.chunks = [] }
                    state.handedOut = state.bytes
                    return .some(state.chunks)
                }
                guard !state.isFinished else { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let chunks { continuation.resume(returning: chunks) }
        }
    }
}
