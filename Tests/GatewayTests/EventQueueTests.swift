import NIOCore
import Synchronization
import Testing

@testable import Gateway

@Suite struct EventQueueTests {
    @Test func whatIsOfferedComesOutInOrderAndOnce() async {
        let queue = EventQueue(bytesMax: 1_000) {}
        for text in ["a", "b"] { #expect(queue.offer(ByteBuffer(string: text))) }
        let first = await queue.next()
        #expect(first?.map { String(buffer: $0) } == ["a", "b"])
        #expect(queue.offer(ByteBuffer(string: "c")))
        queue.finish()
        let second = await queue.next()
        #expect(second?.map { String(buffer: $0) } == ["c"])
        let end = await queue.next()
        #expect(end == nil)
    }

    @Test func aReaderThatWaitsGetsWhatComes() async {
        let queue = EventQueue(bytesMax: 1_000) {}
        async let next = queue.next()
        #expect(queue.offer(ByteBuffer(string: "x")))
        let chunks = await next
        #expect(chunks?.count == 1)
        async let end = queue.next()
        queue.finish()
        let last = await end
        #expect(last == nil)
    }

    @Test func whatIsBeingWrittenCountsUntilItIs() async {
        let queue = EventQueue(bytesMax: 10) {}
        #expect(queue.offer(ByteBuffer(string: "12345678")))
        _ = await queue.next()
        #expect(!queue.offer(ByteBuffer(string: "345")))
    }

    @Test func itTellsOnceItIsDrained() async {
        let count = Mutex(0)
        let queue = EventQueue(bytesMax: 10) { count.withLock { $0 += 1 } }
        queue.tellWhenDrained()
        #expect(count.withLock { $0 } == 1)
        #expect(queue.offer(ByteBuffer(string: "1")))
        queue.tellWhenDrained()
        _ = await queue.next()
        #expect(count.withLock { $0 } == 1)
        // The next request for chunks says that the last ones are written.
        async let end = queue.next()
        while count.withLock({ $0 }) < 2 { await Task.yield() }
        queue.finish()
        let last = await end
        #expect(last == nil)
    }

    @Test func whatItTellsIsLetGoAtTheEnd() {
        final class Told: Sendable {}
        weak var known: Told?
        let queue: EventQueue
        do {
            let told = Told()
            known = told
            queue = EventQueue(bytesMax: 10) { _ = told }
        }
        #expect(known != nil)
        queue.finish()
        #expect(known == nil)
    }
}
