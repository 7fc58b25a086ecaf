import Testing

@testable import Router

@Suite struct WorkQueueTests {
    @Test func itemsComeOutInOrderAndInPortions() {
        let queue = WorkQueue<Int>(capacity: 10)
        #expect(queue.offer([1, 2, 3]).isEmpty)
        #expect(queue.take(max: 2, until: nil) == [1, 2])
        #expect(queue.take(max: 2, until: nil) == [3])
    }

    @Test func onlyWhatJoinsIsTakenAlong() {
        let queue = WorkQueue<Int>(capacity: 10)
        #expect(queue.offer([1, 1, 2, 2, 2]).isEmpty)
        #expect(queue.take(max: 9, until: nil, joins: ==) == [1, 1])
        #expect(queue.take(max: 2, until: nil, joins: ==) == [2, 2])
        #expect(queue.take(max: 2, until: nil, joins: ==) == [2])
    }

    @Test func aFullQueueTakesTheFirst() {
        let queue = WorkQueue<Int>(capacity: 2)
        #expect(queue.offer([1, 2, 3]) == [3])
        #expect(!queue.offer(4))
        #expect(queue.take(max: 9, until: nil) == [1, 2])
    }

    @Test func anEmptyQueueWaitsUntilTheDeadlineOnly() {
        let queue = WorkQueue<Int>(capacity: 2)
        #expect(queue.take(max: 1, until: .now + .milliseconds(5)) == [])
        #expect(queue.take(max: 1, until: .now - .seconds(1)) == [])
    }

    @Test func aClosedQueueGivesOutWhatItHasAndEnds() {
        let queue = WorkQueue<Int>(capacity: 2)
        #expect(queue.offer(1))
        queue.close()
        #expect(queue.offer([2, 3, 4]).isEmpty)
        #expect(queue.take(max: 9, until: nil) == [1])
        #expect(queue.take(max: 9, until: nil) == nil)
    }

    @Test func severalThreadsTakeEachItemOnce() {
        let queue = WorkQueue<Int>(capacity: 1_000)
        let taken = WorkQueue<Int>(capacity: 100_000)
        let threads = (0..<4).map { number in
            WorkerThread(name: "taker-\(number)") {
                while let items = queue.take(max: 7, until: nil) { _ = taken.offer(items) }
            }
        }
        for first in stride(from: 0, to: 20_000, by: 50) {
            var left = Array(first..<first + 50)
            while !left.isEmpty { left = queue.offer(left) }
        }
        queue.close()
        for thread in threads { thread.join() }
        #expect((taken.take(max: 100_000, until: .now) ?? []).sorted() == Array(0..<20_000))
    }
}
