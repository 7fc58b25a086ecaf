import Logging
import Operations
import Synchronization
import Testing
import Wire

@testable import Router

@Suite struct HandoverTests {
    let metrics = Metrics()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static let finished: Finished = {
        var finished = Finished()
        finished.answers.append((.lookedUp(id: 1), LinkID(serial: 1)))
        return finished
    }()

    @Test func aFullBusIsWaitedFor() {
        let refusals = Mutex(3)
        let pauses = Mutex(0)
        let dropped = metrics.counter("dropped", help: "")
        let handover = Handover(dropped: dropped, logger: logger) { _ in
            pauses.withLock { $0 += 1 }
        } _: { _ in
            refusals.withLock { left in
                left -= 1
                return left < 0
            }
        }
        handover.deliver(Self.finished)
        #expect(pauses.withLock { $0 } == 3)
        #expect(dropped.value == 0)
    }

    @Test func aBusThatHasEndedIsGivenUpAndCounted() {
        let dropped = metrics.counter("dropped", help: "")
        let handover = Handover(dropped: dropped, logger: logger) { _ in
        } _: { _ in
            false
        }
        handover.deliver(Self.finished)
        #expect(dropped.value == 1)
    }

    @Test func nothingIsNotHandedOver() {
        let calls = Mutex(0)
        let handover = Handover(dropped: metrics.counter("dropped", help: ""), logger: logger) { _ in
            calls.withLock { $0 += 1 }
            return true
        }
        handover.deliver(Finished())
        #expect(calls.withLock { $0 } == 0)
    }
}
