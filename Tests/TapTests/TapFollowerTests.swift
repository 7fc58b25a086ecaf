import Testing
import Wire

@testable import Tap

@Suite struct TapFollowerTests {
    private let start = ContinuousClock.now

    private func event(_ offset: UInt64) -> TapMessage {
        .event(topic: Array("t".utf8), offset: offset, json: Array("{}".utf8))
    }

    private func delivered(_ offset: UInt64) -> TapFollower.Action {
        .deliver(topic: Array("t".utf8), offset: offset, json: Array("{}".utf8))
    }

    @Test func eventsAreHandedOnInOrderAndOnce() {
        var follower = TapFollower(.offset(5), now: start)
        #expect(follower.opened(now: start) == [.send(.stream(from: 5, credit: TapFollower.window))])
        #expect(follower.received(event(5), now: start) == [delivered(5)])
        #expect(follower.received(event(5), now: start).isEmpty)
        #expect(follower.received(event(6), now: start) == [delivered(6)])
        #expect(follower.next == 7)
    }

    @Test func aGapIsAskedForAgain() {
        var follower = TapFollower(.offset(1), now: start)
        _ = follower.opened(now: start)
        #expect(follower.received(event(3), now: start) == [.send(.stream(from: 1, credit: TapFollower.window))])
    }

    @Test func aNarrowTapSeesGapsThatAreNone() {
        var follower = TapFollower(.offset(1), isWhole: false, now: start)
        _ = follower.opened(now: start)
        #expect(follower.received(event(3), now: start) == [delivered(3)])
    }

    @Test func creditIsGrantedHalfAWindowAtATime() {
        var follower = TapFollower(.offset(1), now: start)
        _ = follower.opened(now: start)
        var granted: [TapFollower.Action] = []
        for offset in 1...UInt64(TapFollower.window) {
            granted += follower.received(event(offset), now: start).filter {
                if case .send = $0 { true } else { false }
            }
        }
        #expect(granted == [.send(.credit(500)), .send(.credit(500))])
    }

    @Test func fromNowOnAsksWhereTheLogEnds() {
        var follower = TapFollower(.newest, now: start)
        #expect(follower.opened(now: start) == [.send(.replay(from: .max, to: 0))])
        #expect(
            follower.received(.end(41), now: start) == [.send(.stream(from: 42, credit: TapFollower.window))])
    }

    @Test func theOldestIsWhereTheLogBegins() {
        var follower = TapFollower(.oldest, now: start)
        _ = follower.opened(now: start)
        #expect(
            follower.received(.gone(oldest: 9), now: start) == [.send(.stream(from: 9, credit: TapFollower.window))])
        var strict = TapFollower(.offset(3), now: start)
        _ = strict.opened(now: start)
        #expect(strict.received(.gone(oldest: 9), now: start) == [.fail(.gone(oldest: 9))])
    }

    @Test func silenceLeadsToAnotherConnection() {
        var follower = TapFollower(.offset(1), now: start)
        _ = follower.opened(now: start)
        _ = follower.received(event(1), now: start)
        #expect(follower.ticked(now: start + .seconds(2)).isEmpty)
        #expect(follower.ticked(now: start + TapFollower.silence) == [.reconnect])
        #expect(
            follower.opened(now: start + .seconds(4)) == [.send(.stream(from: 2, credit: TapFollower.window))])
    }

    @Test func refusalsThatMayPassAreWaitedOutAndOthersAreNot() {
        var follower = TapFollower(.offset(1), now: start)
        _ = follower.opened(now: start)
        #expect(follower.received(.refused(.overloaded), now: start).isEmpty)
        #expect(
            follower.ticked(now: start + .seconds(1)) == [.send(.stream(from: 1, credit: TapFollower.window))])
        let late = start + TapFollower.patience
        #expect(follower.received(.refused(.unauthenticated), now: late) == [.fail(.refused(.unauthenticated))])
        #expect(follower.received(.refused(.conflict), now: start) == [.fail(.refused(.conflict))])
    }
}
