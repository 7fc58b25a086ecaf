internal import Dispatch
internal import Foundation

/// Standard input on a thread of its own: reading it blocks.
enum Keyboard {
    /// Chunks in their order; `taken` is to be called after each one has been dealt with, so that a fast pipe waits
    /// instead of filling memory.
    static func chunks() -> (stream: AsyncStream<[UInt8]>, taken: @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        // From zero: a semaphore that is let go of below its first value ends the process.
        let room = DispatchSemaphore(value: 0)
        for _ in 0..<aheadMax { room.signal() }
        let thread = Thread {
            while true {
                room.wait()
                let chunk = Screen.read()
                guard !chunk.isEmpty else { break }
                continuation.yield(chunk)
            }
            continuation.finish()
        }
        thread.name = "keyboard"
        thread.start()
        return (stream, { room.signal() })
    }

    private static let aheadMax = 4
}
