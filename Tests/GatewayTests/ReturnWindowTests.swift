import Seeded
import Testing

@testable import Gateway

@Suite struct ReturnWindowTests {
    /// A gateway that has let so many in, as fast as given.
    private func window(connections: Int, perSecond: Int, waiting: Int = 0, seconds: Int = 60) -> ReturnWindow {
        var window = ReturnWindow()
        for _ in 0..<seconds {
            window.secondEnded(greeted: perSecond, waiting: waiting, connections: connections)
        }
        return window
    }

    @Test func fewComeBackOverTheContractsDefault() {
        #expect(ReturnWindow().milliseconds == 2_000)
        #expect(window(connections: 1_000, perSecond: 5).milliseconds == 2_000)
    }

    @Test func manyComeBackOverAsLongAsLettingThemInTakes() {
        #expect(window(connections: 5_000, perSecond: 1_250).milliseconds == 5_000)
        #expect(window(connections: 5_000, perSecond: 2_500).milliseconds == 2_500)
        #expect(window(connections: 100_000, perSecond: 1_000).milliseconds == 8_000)
    }

    @Test func aQuietSecondSaysNothingOfWhatCouldBe() {
        #expect(window(connections: 100, perSecond: 3).perSecond == ReturnWindow.initialPerSecond)
    }

    @Test func aQueueThatDoesNotShrinkShowsWhatCanBeDone() {
        let slow = window(connections: 2_000, perSecond: 400, waiting: 900)
        #expect(abs(slow.perSecond - 400) < 1)
        #expect(slow.milliseconds == UInt64(2_000 / (slow.perSecond * 0.8) * 1_000))
        // One disturbed second is not believed at once.
        let disturbed = window(connections: 2_000, perSecond: 0, waiting: 900, seconds: 1)
        #expect(disturbed.perSecond > ReturnWindow.initialPerSecond / 2)
        #expect(window(connections: 10, perSecond: 0, waiting: 900).perSecond >= 49)
    }

    @Test func theWindowIsForAllWhoWereHereNotForThoseWhoAreBackAlready() {
        var window = window(connections: 4_000, perSecond: 1_000)
        window.secondEnded(greeted: 0, waiting: 0, connections: 3)
        #expect(window.milliseconds == 5_000)
    }

    @Test func aThousandASecondHave5000BackWithin10SecondsAndNobodyWaitsLong() {
        // Everyone draws a moment in the window; a thousand a second are let in, the others wait.
        var random = SeededGenerator(seed: 7)
        let window = window(connections: 5_000, perSecond: 1_000).milliseconds
        let moments = (0..<5_000).map { _ in Double(UInt64.random(in: 0...window, using: &random)) }.sorted()
        var free = 0.0
        var longest = 0.0
        for moment in moments {
            free = max(free, moment) + 1
            longest = max(longest, free - moment)
        }
        #expect(free < 10_000)
        // So many are never open at once that an address is refused: a gateway takes 1,024 of one.
        #expect(longest < 1_024)
    }

    @Test func secondsAreCountedByTheClock() {
        let returns = Returns()
        let start = ContinuousClock.now
        returns.ticked(now: start, waiting: { 0 }, connections: { 0 })
        for _ in 0..<4_000 { returns.countGreeted() }
        returns.ticked(now: start + .milliseconds(999), waiting: { 0 }, connections: { 8_000 })
        #expect(returns.windowMs == 2_000)
        // 4,000 in two seconds are 2,000 a second.
        returns.ticked(now: start + .seconds(2), waiting: { 0 }, connections: { 8_000 })
        #expect(returns.windowMs == 5_000)
    }
}
