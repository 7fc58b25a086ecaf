import Tap
import Testing
import Wire

@testable import Notifier

@Suite struct FollowingTests {
    private let now = ContinuousClock.now
    private let topic = Array("tenant_acme_system".utf8)

    private func heartbeat(_ epoch: String) -> TapMessage {
        .event(topic: topic, offset: 0, json: Array(#"{"event":"heartbeat","offset":9,"epoch":"\#(epoch)"}"#.utf8))
    }

    private func event(_ offset: UInt64) -> TapMessage { .event(topic: topic, offset: offset, json: [UInt8(offset)]) }

    private func receive(_ following: inout Following, _ message: TapMessage) -> [Following.Action] {
        following.received(message, now: now)
    }

    @Test func eventsAreHeldUntilAHeartbeatSaysOfWhichEpochTheyAre() {
        var following = Following(next: 5, epoch: "e", now: now)
        guard case .send(.stream(from: 5, _))? = following.opened(now: now).first else {
            Issue.record("no stream from where it was left")
            return
        }
        #expect(receive(&following, event(5)).isEmpty)
        #expect(receive(&following, event(6)).isEmpty)
        #expect(following.next == 5)
        #expect(
            receive(&following, heartbeat("e")) == [.take(offset: 5, json: [5]), .take(offset: 6, json: [6])])
        #expect(receive(&following, event(7)) == [.take(offset: 7, json: [7])])
        #expect(receive(&following, event(7)).isEmpty, "nothing twice")
        #expect(following.next == 8)
    }

    @Test func aRestoredTenantIsFollowedFromItsNewestEvent() {
        var following = Following(next: 5, epoch: "e", now: now)
        _ = following.opened(now: now)
        _ = following.received(event(5), now: now)
        #expect(
            receive(&following, heartbeat("f")) == [.restored, .send(.replay(from: .max, to: 0))])
        #expect(following.epoch == "f" && following.next == 0)
        guard case .send(.stream(from: 4, _))? = receive(&following, .end(3)).first else {
            Issue.record("no stream from the newest")
            return
        }
        #expect(receive(&following, event(4)) == [.take(offset: 4, json: [4])])
    }

    @Test func aNewTenantBeginsWhereItsLogEnds() {
        var following = Following(next: 0, epoch: nil, now: now)
        let opened = following.opened(now: now)
        #expect(opened == [.send(.replay(from: .max, to: 0))])
        #expect(following.next == 0)
        _ = following.received(.end(41), now: now)
        _ = following.received(heartbeat("e"), now: now)
        #expect(following.next == 42 && following.epoch == "e")
    }

    @Test func whatTheLogNoLongerHoldsIsToldAndTheRestRead() {
        var following = Following(next: 5, epoch: "e", now: now)
        _ = following.opened(now: now)
        let actions = following.received(.gone(oldest: 9), now: now)
        #expect(actions.first == .missed(from: 5, oldest: 9))
        #expect(following.next == 9)
    }
}

@Suite struct EventPeekTests {
    @Test func itFindsWhatTheNotifierNeeds() throws {
        let conversation = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a"
        let message = "0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6b"
        let peek = try #require(
            EventPeek(
                Array(
                    #"{"event":"message.created","offset":1,"conversation":"\#(conversation)","message":{"id":"\#(message)","text":"\"event\":1"}}"#
                        .utf8)))
        #expect(peek.event == "message.created" && peek.epoch == nil)
        #expect(peek.conversation?.text == conversation && peek.message?.text == message)
        let gone = #"{"event":"message.created","message":{"id":"\#(message)","deleted":true}}"#
        #expect(EventPeek(Array(gone.utf8))?.message == nil)
        for broken in ["", "[]", "{", "{}", #"{"event":1}"#, #"{"event":"a""#] {
            #expect(EventPeek(Array(broken.utf8)) == nil, "\(broken)")
        }
    }
}
