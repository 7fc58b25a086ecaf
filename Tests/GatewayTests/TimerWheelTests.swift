import Testing

@testable import Gateway

@Suite struct TimerWheelTests {
    private let start = Parts.start

    @Test func aSlotComesUpAtTheFirstTickThatIsNotBeforeItsDeadline() {
        var wheel = TimerWheel(now: start)
        let tick = wheel.schedule(7, at: start + .milliseconds(600))
        #expect(tick == 3)
        #expect(wheel.advance(to: start + .milliseconds(599)).isEmpty)
        #expect(wheel.advance(to: start + .milliseconds(750)).map(\.slot) == [7])
        #expect(wheel.advance(to: start + .seconds(100)).isEmpty)
    }

    @Test func whatIsPastComesUpNext() {
        var wheel = TimerWheel(now: start)
        _ = wheel.advance(to: start + .seconds(10))
        _ = wheel.schedule(1, at: start)
        #expect(wheel.advance(to: start + .seconds(10) + TimerWheel.tick).map(\.slot) == [1])
    }

    @Test func whatIsFarAheadComesRoundWithinOneRound() {
        var wheel = TimerWheel(now: start)
        let tick = wheel.schedule(1, at: start + .seconds(3_600))
        #expect(tick == TimerWheel.size - 1)
        #expect(wheel.advance(to: start + TimerWheel.tick * TimerWheel.size).map(\.slot) == [1])
    }

    @Test func aLongSleepLosesNothing() {
        var wheel = TimerWheel(now: start)
        for slot in 0..<100 { _ = wheel.schedule(slot, at: start + .milliseconds(500 * slot)) }
        let due = wheel.advance(to: start + .seconds(86_400))
        #expect(Set(due.map(\.slot)) == Set(0..<100))
        _ = wheel.schedule(5, at: start + .seconds(86_401))
        #expect(wheel.advance(to: start + .seconds(86_402)).map(\.slot) == [5])
    }
}
