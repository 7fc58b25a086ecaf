import Seeded
import Testing
import Wire

@testable import Workload

@Suite struct ClientSessionTests {
    /// A session with its clock and random numbers, and what it did last.
    struct Talk {
        var session = ClientSession(client: "test")
        var now = ContinuousClock().now
        var random = SeededGenerator(seed: 3)

        mutating func receive(_ json: String) -> [ClientSession.Action] {
            session.received(Array(json.utf8), now: now)
        }

        mutating func close(_ code: UInt16?, _ reason: String = "") -> [ClientSession.Action] {
            session.closed(code: code, reason: reason, now: now, using: &random)
        }

        mutating func submit(_ ref: String) -> [ClientSession.Action] {
            session.submit(.messageGet, ref: ref, now: now) { $0.field("id", ref) }
        }

        mutating func goLive(resumed: Bool = false) {
            _ = session.opened(token: "token", now: now)
            _ = receive(
                #"{"ref":"hello","ok":true,"resumed":\#(resumed),"epoch":"e1","offset":5,"heartbeat_ms":1000,"#
                    + #""retry_window_ms":100}"#)
        }

        /// Lets the wait of the last loss pass.
        mutating func reconnect() {
            now += .seconds(60)
            #expect(session.woke(now: now) == [.connect])
        }

        static func live() -> Talk {
            var talk = Talk()
            _ = talk.session.start()
            talk.goLive()
            return talk
        }
    }

    static func text(_ action: ClientSession.Action?) -> String {
        guard case .send(let bytes) = action else { return "\(String(describing: action))" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func theFirstHelloHasNoPositionAndTheNextOneHas() {
        var talk = Talk()
        #expect(talk.session.start() == [.connect])
        let first = talk.session.opened(token: "abc", now: talk.now)
        #expect(
            Self.text(first.first).hasPrefix(#"{"op":"hello","ref":"hello","protocol":"1","token":"abc","client":"#))
        talk.goLive()
        _ = talk.receive(#"{"event":"mark","offset":9,"live":true}"#)
        _ = talk.receive(#"{"event":"message.created","offset":10}"#)
        _ = talk.close(1_006)
        talk.reconnect()
        let again = talk.session.opened(token: "abc", now: talk.now)
        #expect(Self.text(again.first).contains(#""since":10,"epoch":"e1""#))
    }

    @Test func commandsGoOutOneAfterTheOther() {
        var talk = Talk.live()
        #expect(Self.text(talk.submit("a").first) == #"{"op":"message.get","ref":"a","id":"a"}"#)
        #expect(talk.submit("b") == [])
        let actions = talk.receive(#"{"ref":"a","ok":true}"#)
        #expect(actions.count == 2)
        #expect(Self.text(actions.last) == #"{"op":"message.get","ref":"b","id":"b"}"#)
        #expect(talk.session.unacknowledged == 1)
    }

    @Test func whatHasNoReplyIsSentAgainInItsOrderAfterComingBack() {
        var talk = Talk.live()
        _ = talk.submit("a")
        _ = talk.submit("b")
        _ = talk.close(4_200)
        talk.reconnect()
        _ = talk.session.opened(token: "t", now: talk.now)
        let actions = talk.receive(#"{"ref":"hello","ok":true,"resumed":true,"epoch":"e1"}"#)
        #expect(actions.contains { Self.text($0) == #"{"op":"message.get","ref":"a","id":"a"}"# })
        #expect(!actions.contains { Self.text($0).contains(#""ref":"b""#) })
        #expect(talk.session.unacknowledged == 2)
    }

    @Test func aRefusalWithATimeIsWaitedForAndAnyOtherIsForGood() {
        var talk = Talk.live()
        _ = talk.submit("a")
        _ = talk.submit("b")
        let wait = talk.receive(#"{"ref":"a","ok":false,"error":{"code":"rate_limited","retry_after_ms":500}}"#)
        #expect(wait == [.wake(after: .milliseconds(500))])
        talk.now += .milliseconds(200)
        #expect(!talk.session.woke(now: talk.now).contains { if case .send = $0 { true } else { false } })
        talk.now += .milliseconds(300)
        #expect(Self.text(talk.session.woke(now: talk.now).first).contains(#""ref":"a""#))
        let refused = talk.receive(#"{"ref":"a","ok":false,"error":{"code":"not_found"}}"#)
        guard case .notify(.answered(ref: "a", _)) = refused.first else {
            Issue.record("\(refused)")
            return
        }
        #expect(Self.text(refused.last).contains(#""ref":"b""#))
    }

    @Test func anEventThatCameBeforeIsNotToldAgain() {
        var talk = Talk.live()
        #expect(talk.receive(#"{"event":"message.created","offset":7}"#).count == 1)
        #expect(talk.receive(#"{"event":"message.created","offset":7}"#) == [])
        #expect(talk.receive(#"{"event":"typing","user":"ana"}"#).count == 1)
    }

    @Test func aFinalCloseEndsWithTheReasonThatTheReplyGave() {
        var talk = Talk()
        _ = talk.session.start()
        _ = talk.session.opened(token: "t", now: talk.now)
        let reply = #"{"ref":"hello","ok":false,"error":{"code":"unauthenticated","message":"The token is no good."}}"#
        #expect(talk.receive(reply) == [])
        #expect(talk.close(4_001) == [.notify(.ended(reason: "The token is no good."))])
        talk.now += .seconds(100)
        #expect(talk.session.woke(now: talk.now) == [])
    }

    @Test func theWaitNeverGoesBelowTheServersHint() {
        var talk = Talk.live()
        let actions = talk.close(4_103, "retry=70000")
        #expect(actions.last == .wake(after: .seconds(70)))
    }

    @Test func afterAStableConnectionTheFirstTryComesWithinTheWindow() {
        var talk = Talk.live()
        for _ in 0..<5 {
            _ = talk.close(nil)
            talk.reconnect()
        }
        talk.goLive()
        talk.now += .seconds(31)
        guard case .wake(let delay)? = talk.close(1_006).last else {
            Issue.record("no wait")
            return
        }
        #expect(delay <= .milliseconds(100))
    }

    @Test func silencePastTheHeartbeatEndsTheConnection() {
        var talk = Talk.live()
        talk.now += .milliseconds(10_999)
        #expect(talk.session.woke(now: talk.now) == [.wake(after: .milliseconds(1))])
        talk.now += .milliseconds(1)
        #expect(talk.session.woke(now: talk.now) == [.disconnect])
    }

    @Test func aTokenAboutToExpireIsRenewed() {
        var talk = Talk.live()
        #expect(talk.receive(#"{"event":"token.expiring","at":"2026-01-01T00:00:00.000Z"}"#) == [.renewToken])
        #expect(Self.text(talk.session.renewed(token: "new").first) == #"{"op":"token.refresh","token":"new"}"#)
    }

    @Test func whatIsWorthSomethingOnlyNowIsForgottenWithoutAConnection() {
        var talk = Talk.live()
        #expect(talk.session.signal(.typing) { $0.field("active", true) }.count == 1)
        _ = talk.close(1_006)
        #expect(talk.session.signal(.typing) { $0.field("active", true) } == [])
    }

    @Test func garbageFromTheServerIsIgnored() {
        var talk = Talk.live()
        for json in ["", "nonsense", "[]", "{}", #"{"event":7}"#, #"{"ref":"unknown","ok":true}"#] {
            #expect(talk.receive(json) == [])
        }
    }

    /// Whatever happens in whatever order, commands are answered in the order in which they were given.
    @Test(arguments: 0..<20)
    func commandsAreAnsweredInOrderThroughAnyLosses(seed: UInt64) {
        var talk = Talk.live()
        var random = SeededGenerator(seed: seed)
        var wire: [String] = []
        var answered: [String] = []
        var given = 0
        func note(_ actions: [ClientSession.Action]) {
            for action in actions {
                switch action {
                case .send(let bytes):
                    if let ref = JSONTree(bytes)?["ref"]?.text, ref != "hello" { wire.append(ref) }
                case .notify(.answered(let ref, _)): answered.append(ref)
                default: break
                }
            }
        }
        for _ in 0..<500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                note(talk.submit("\(given)"))
                given += 1
            case 4..<7:
                if let ref = wire.last { note(talk.receive(#"{"ref":"\#(ref)","ok":true}"#)) }
            case 7:
                if let ref = wire.last {
                    note(talk.receive(#"{"ref":"\#(ref)","ok":false,"error":{"retry_after_ms":10}}"#))
                }
                talk.now += .milliseconds(10)
                note(talk.session.woke(now: talk.now))
            default:
                _ = talk.close(1_006)
                wire = []
                talk.reconnect()
                note(talk.session.opened(token: "t", now: talk.now))
                note(talk.receive(#"{"ref":"hello","ok":true,"resumed":true,"epoch":"e1"}"#))
            }
        }
        #expect(answered == (0..<answered.count).map { "\($0)" })
        #expect(answered.count > 50)
        #expect(talk.session.unacknowledged == given - answered.count)
    }
}
