internal import CZeroMQ
internal import DequeModule
internal import Glibc
internal import Synchronization

/// Hands inputs to a bus thread from any thread, without blocking.
public struct BusPort<Input: Sendable>: Sendable {
    let inbox: Inbox<Input>

    /// - Returns: false where the queue has no room for all of them, or the thread is stopped; nothing was taken then.
    public func send(_ inputs: [Input]) -> Bool { inbox.put(inputs) }

    public func send(_ input: Input) -> Bool { inbox.put(CollectionOfOne(input)) }
}

/// The bounded queue between a port and its thread, with one wake-up for a burst.
final class Inbox<Input: Sendable>: Sendable {
    private struct Queue {
        var inputs: Deque<Input> = []
        /// A wake-up is written and the thread has not emptied the queue since.
        var isSignalled = false
        var isClosed = false
        var refused: UInt64 = 0
    }

    /// Becomes readable when there is something to take; negative where the system had no descriptor left.
    let descriptor: CInt
    private let inputsMax: Int
    private let queue = Mutex(Queue())

    init(inputsMax: Int) {
        self.inputsMax = inputsMax
        descriptor = parley_wakeup_descriptor()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func put(_ inputs: some Collection<Input>) -> Bool {
        let (isTaken, wakes) = queue.withLock { queue in
            guard !queue.isClosed, queue.inputs.count + inputs.count <= inputsMax else {
                queue.refused += UInt64(inputs.count)
                return (false, false)
            }
            queue.inputs.append(contentsOf: inputs)
            let wakes = !queue.isSignalled && !inputs.isEmpty
            if wakes { queue.isSignalled = true }
            return (true, wakes)
        }
        if wakes { wake() }
        return isTaken
    }

    /// Takes no more inputs from now on, and wakes the thread so that it notices.
    func shut() {
        queue.withLock { $0.isClosed = true }
        wake()
    }

    /// The oldest inputs, at most `max`, into `batch`.
    ///
    /// - Returns: whether inputs are left, and whether the port is shut.
    func take(max: Int, into batch: inout [Input]) -> (hasMore: Bool, isClosed: Bool) {
        // Reset before taking: an input that comes between the two leaves a wake-up too many, never one too few.
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        return queue.withLock { queue in
            let count = min(max, queue.inputs.count)
            batch.append(contentsOf: queue.inputs.prefix(count))
            queue.inputs.removeFirst(count)
            if queue.inputs.isEmpty { queue.isSignalled = false }
            return (!queue.inputs.isEmpty, queue.isClosed)
        }
    }

    var depth: (waiting: Int, refused: UInt64) { queue.withLock { ($0.inputs.count, $0.refused) } }

    private func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }
}
