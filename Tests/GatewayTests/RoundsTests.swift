import Testing
import Wire

@testable import Gateway

@Suite struct RoundsTests {
    private let policy = Policy()

    @Test func aQuietLoopHandsOutAtOnceAndABusyOneAfterAPause() {
        var rounds = Rounds(policy, now: Parts.start)
        #expect(rounds.wait(now: Parts.start) <= .zero)
        rounds.ended(began: Parts.start, now: Parts.start)
        #expect(rounds.wait(now: Parts.start) == policy.dispatchInterval)
        #expect(rounds.wait(now: Parts.start + policy.dispatchInterval) == .zero)
    }

    @Test func aLongRoundIsFollowedByALongerPauseUpToABound() {
        var rounds = Rounds(policy, now: Parts.start)
        let long = policy.dispatchInterval + .microseconds(500)
        rounds.ended(began: Parts.start, now: Parts.start + long)
        #expect(rounds.wait(now: Parts.start) == min(long, policy.dispatchIntervalMax))
        rounds.ended(began: Parts.start, now: Parts.start + .seconds(60))
        #expect(rounds.wait(now: Parts.start) == policy.dispatchIntervalMax)
    }

    @Test func eventsGatherByTenantInOrder() {
        var rounds = Rounds(policy, now: Parts.start)
        rounds.add([Parts.event(1)], of: Parts.acme, cursor: 1)
        rounds.add([Parts.event(7)], of: Parts.other, cursor: 7)
        rounds.add([Parts.event(2)], of: Parts.acme, cursor: 2)
        let batches = rounds.take()
        #expect(batches.map(\.tenant) == [Parts.acme, Parts.other])
        #expect(batches.map { $0.events.map(\.offset) } == [[1, 2], [7]])
        #expect(batches.map(\.cursor) == [2, 7])
        #expect(rounds.isEmpty)
    }
}
