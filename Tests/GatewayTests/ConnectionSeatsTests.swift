import Synchronization
import Testing

@testable import Gateway

@Suite struct ConnectionSeatsTests {
    @Test func thereAreSoManyAndNoMore() {
        let seats = ConnectionSeats(max: 2)
        seats.take()
        #expect(seats.areLeft)
        seats.take()
        #expect(!seats.areLeft)
        seats.give()
        #expect(seats.areLeft)
    }

    @Test func whoeverWaitsIsCalledOnceWhenThereIsRoom() {
        let seats = ConnectionSeats(max: 1)
        let calls = Mutex(0)
        seats.take()
        seats.wait { calls.withLock { $0 += 1 } }
        seats.wait { calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 0)
        seats.give()
        #expect(calls.withLock { $0 } == 2)
        seats.take()
        seats.give()
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func whoeverComesWhenThereIsRoomAgainIsCalledAtOnce() {
        let seats = ConnectionSeats(max: 1)
        let calls = Mutex(0)
        seats.wait { calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 1)
    }
}
