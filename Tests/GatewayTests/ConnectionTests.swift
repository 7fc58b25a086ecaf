import Testing
import Wire

@testable import Gateway

@Suite struct ConnectionTests {
    private static let start = Parts.start
    private static let wall = Timestamp(milliseconds: 1_720_000_000_000)
    private static let hello = #"{"op":"hello","ref":"1","protocol":"1","token":"t"}"#

    private struct Bench {
        var connection = Connection(Policy(), now: ConnectionTests.start)
        /// What the user's rate says to the next command.
        var wait: Duration?

        mutating func take(_ json: String, at now: ContinuousClock.Instant = ConnectionTests.start) -> Connection.Action
        {
            take(.text(Array(json.utf8)), at: now)
        }

        mutating func take(
            _ input: WebSocketParser.Input, at now: ContinuousClock.Instant = ConnectionTests.start
        ) -> Connection.Action {
            let wait = wait
            return connection.received(input, inFlightMax: 2, now: now) { _ in wait }
        }

        /// Let in at the start, with a token for so long.
        static func live(tokenLasts: Duration = .seconds(3_600)) -> Bench {
            var bench = Bench()
            _ = bench.take(ConnectionTests.hello)
            let expires = ConnectionTests.wall.advanced(bySeconds: tokenLasts.components.seconds)
            bench.connection.admitted(expires: expires, at: ConnectionTests.wall, now: ConnectionTests.start)
            bench.connection.greeted()
            bench.connection.wentLive()
            return bench
        }
    }

    private let start = start

    @Test func helloComesFirstAndNothingIsReadUntilItIsJudged() {
        var bench = Bench()
        let hello = Hello(protocolVersion: "1", token: "t")
        #expect(bench.take(Self.hello) == .greet(ref: "1", hello))
        #expect(!bench.connection.takesFrames)
        bench.connection.greeted()
        #expect(bench.connection.takesFrames && bench.connection.phase == .catchingUp)
    }

    @Test(arguments: ["1", "1.0", "1.7"]) func everyMinorVersionIsTaken(version: String) {
        var bench = Bench()
        let hello = Hello(protocolVersion: version, token: "t")
        let frame = #"{"op":"hello","ref":"1","protocol":"\#(version)","token":"t"}"#
        #expect(bench.take(frame) == .greet(ref: "1", hello))
    }

    @Test func anotherMajorVersionIsAnsweredAndClosedWith4002() {
        for version in ["2", "2.0", "10"] {
            var bench = Bench()
            let action = bench.take(#"{"op":"hello","ref":"1","protocol":"\#(version)","token":"t"}"#)
            guard case .close(let code, "1", let refusal?) = action else {
                Issue.record("\(version): \(action)")
                continue
            }
            #expect(refusal.code == .badRequest && refusal.field == "protocol")
            #expect(code == .protocolVersion)
        }
    }

    @Test func whatIsNotAGoodHelloIsAnsweredWhereItCanBe() {
        var bench = Bench()
        #expect(bench.take(#"{"op":"ping","ref":"9"}"#) == .close(.broken, ref: "9", .badRequest("op")))
        bench = Bench()
        #expect(bench.take(#"{"op":"hello","ref":"9"}"#) == .close(.broken, ref: "9", .badRequest("protocol")))
        bench = Bench()
        #expect(bench.take("[]") == .close(.broken, ref: nil, nil))
        bench = Bench()
        #expect(bench.take(.binary) == .close(.broken, ref: nil, nil))
        bench = Bench()
        #expect(bench.take(.violation(.tooLarge)) == .close(.tooLarge, ref: nil, nil))
    }

    @Test func withoutHelloItClosesAfterTenSeconds() {
        var bench = Bench()
        #expect(bench.connection.nextDeadline == start + .seconds(10))
        #expect(bench.connection.due(now: start + .milliseconds(9_999), at: Self.wall) == [])
        #expect(bench.connection.due(now: start + .seconds(10), at: Self.wall) == [.close(.noHello)])
    }

    @Test func aSecondHelloIsABadRequest() {
        var bench = Bench.live()
        #expect(bench.take(Self.hello) == .refuse(ref: "1", .badRequest("op"), .hello))
    }

    @Test func pingIsAnsweredHereAndWithoutARefNotAtAll() {
        var bench = Bench.live()
        #expect(bench.take(#"{"op":"ping","ref":"9"}"#) == .carriedOut(.ping, Array(#"{"ref":"9","ok":true}"#.utf8)))
        #expect(bench.take(#"{"op":"ping"}"#) == .carriedOut(.ping, nil))
    }

    @Test func presenceGoesToWhoeverKnowsWhoseItIs() throws {
        var bench = Bench.live()
        let set = bench.take(#"{"op":"presence.set","ref":"7","status":"away","text":"Lunch"}"#)
        #expect(set == .presence(.set(PresenceSet(status: .away, text: "Lunch")), as: nil, ref: "7"))
        let watch = bench.take(#"{"op":"presence.watch","as":"ben","users":["ana"]}"#)
        #expect(watch == .presence(.watch(PresenceWatch(users: [Parts.ana])), as: Parts.ben, ref: nil))
    }

    @Test func brokenJSONClosesAndBrokenUTF8HasItsOwnCode() {
        var bench = Bench.live()
        #expect(bench.take("{") == .close(.broken, ref: nil, nil))
        #expect(bench.take(.text([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])) == .close(.notUTF8, ref: nil, nil))
    }

    @Test func aWrongCommandIsRefusedAndTheConnectionGoesOn() {
        var bench = Bench.live()
        #expect(bench.take(#"{"op":"nonsense","ref":"2"}"#) == .refuse(ref: "2", .badRequest("op"), nil))
        #expect(bench.take(#"{"op":"block.list","ref":"3"}"#) == .submit(.blockList, ref: "3"))
        #expect(bench.take(#"{"op":"token.refresh","ref":"4","token":"x"}"#) == .refresh(ref: "4", token: "x"))
    }

    @Test func overTheWindowACommandIsOverloadedAndARepliedOneMakesRoom() {
        var bench = Bench.live()
        for _ in 0..<2 {
            #expect(bench.take(#"{"op":"block.list"}"#) == .submit(.blockList, ref: nil))
            bench.connection.submitted()
        }
        let refusal = Refusal.overloaded(retryAfterMs: Connection.overloadedRetryMs)
        #expect(bench.take(#"{"op":"block.list","ref":"5"}"#) == .refuse(ref: "5", refusal, .blockList))
        #expect(bench.take(#"{"op":"ping"}"#) == .carriedOut(.ping, nil))
        bench.connection.replied()
        #expect(bench.take(#"{"op":"block.list","ref":"6"}"#) == .submit(.blockList, ref: "6"))
    }

    @Test func aHundredRefusalsByRateInTenSecondsCloseWith4101() {
        var bench = Bench.live()
        bench.wait = .milliseconds(40)
        let refusal = Refusal.rateLimited(retryAfterMs: 40)
        for _ in 0..<99 {
            #expect(bench.take(#"{"op":"ping","ref":"1"}"#) == .refuse(ref: "1", refusal, .ping))
        }
        #expect(bench.take(#"{"op":"ping","ref":"1"}"#, at: start + .seconds(11)) == .refuse(ref: "1", refusal, .ping))
        for _ in 0..<98 { _ = bench.take(#"{"op":"ping"}"#, at: start + .seconds(21)) }
        #expect(bench.take(#"{"op":"ping"}"#, at: start + .seconds(21)) == .close(.rateLimited, ref: nil, refusal))
    }

    @Test func controlFramesAreAnsweredWithinReason() {
        var bench = Bench.live()
        #expect(bench.take(.ping([1, 2])) == .pong([1, 2]))
        for _ in 0..<99 { #expect(bench.take(.pong) == .none) }
        #expect(bench.take(.ping([])) == .close(.rateLimited, ref: nil, nil))
    }

    @Test func theClientsCloseIsEchoedAndTheAnswerToOursCuts() {
        var bench = Bench.live()
        #expect(bench.take(.close(1000)) == .echoClose(1000))
        bench = Bench.live()
        bench.connection.beganClosing(until: start + .seconds(2))
        #expect(bench.take(#"{"op":"ping","ref":"1"}"#) == .none)
        #expect(bench.take(.close(4200)) == .cut)
        #expect(bench.connection.due(now: start + .milliseconds(1_999), at: Self.wall) == [])
        #expect(bench.connection.due(now: start + .seconds(2), at: Self.wall) == [.cut])
    }

    @Test func aQuietConnectionGetsAMarkWithinTheHeartbeat() {
        var bench = Bench.live()
        let before = start + .milliseconds(24_400)
        #expect(bench.connection.due(now: before, at: Self.wall) == [])
        #expect(bench.connection.nextDeadline <= start + .milliseconds(24_500))
        #expect(bench.connection.due(now: start + .milliseconds(24_500), at: Self.wall) == [.mark])
        bench.connection.sent(now: start + .milliseconds(24_500))
        #expect(bench.connection.due(now: start + .milliseconds(24_600), at: Self.wall) == [])
    }

    @Test func twoUnansweredPingsCloseWith4201AndAnySignOfLifeCounts() {
        var bench = Bench.live()
        var now = start
        func step() -> [Connection.Timed] {
            now += .seconds(25)
            bench.connection.sent(now: now)
            return bench.connection.due(now: now, at: Self.wall)
        }
        #expect(step() == [.ping])
        #expect(step() == [.ping])
        _ = bench.take(.pong, at: now)
        #expect(step() == [.ping])
        #expect(step() == [.ping])
        #expect(step() == [.close(.lost)])
    }

    @Test func aWallClockThatIsSetForwardEndsTokens() {
        var bench = Bench.live(tokenLasts: .seconds(70))
        let expires = Self.wall.advanced(bySeconds: 70)
        #expect(bench.connection.due(now: start + .seconds(1), at: expires.advanced(bySeconds: -1)) == [])
        #expect(bench.connection.due(now: start + .seconds(1), at: expires) == [.close(.tokenExpired)])
    }

    @Test func theEndOfATokenIsToldAMinuteBeforeAndThenItIsTheEnd() {
        var bench = Bench.live(tokenLasts: .seconds(70))
        let at = Self.wall.advanced(bySeconds: 70)
        #expect(bench.connection.due(now: start + .milliseconds(9_999), at: Self.wall) == [])
        #expect(bench.connection.nextDeadline == start + .seconds(10))
        #expect(bench.connection.due(now: start + .seconds(10), at: Self.wall) == [.tokenExpiring(at)])
        #expect(bench.connection.due(now: start + .seconds(11), at: Self.wall) == [])
        #expect(bench.connection.due(now: start + .seconds(70), at: Self.wall) == [.close(.tokenExpired)])
    }

    @Test func aShortTokenIsToldOfAtOnceAndARefreshBeginsAnew() {
        var bench = Bench.live(tokenLasts: .seconds(5))
        #expect(bench.connection.due(now: start, at: Self.wall) == [.tokenExpiring(Self.wall.advanced(bySeconds: 5))])
        let expires = Self.wall.advanced(bySeconds: 3_600)
        bench.connection.renewed(expires: expires, at: Self.wall.advanced(bySeconds: 4), now: start + .seconds(4))
        #expect(bench.connection.due(now: start + .seconds(6), at: Self.wall) == [])
        bench.connection.sent(now: start + .seconds(3_540))
        _ = bench.take(.pong, at: start + .seconds(3_540))
        #expect(bench.connection.due(now: start + .seconds(3_540), at: Self.wall).contains(.tokenExpiring(expires)))
    }

    @Test func aDrainClosesAtItsMoment() {
        var bench = Bench.live()
        bench.connection.drain(at: start + .seconds(3))
        #expect(bench.connection.nextDeadline == start + .seconds(3))
        #expect(bench.connection.due(now: start + .milliseconds(2_999), at: Self.wall) == [])
        #expect(bench.take(#"{"op":"block.list"}"#) == .submit(.blockList, ref: nil))
        #expect(bench.connection.due(now: start + .seconds(3), at: Self.wall) == [.close(.draining)])
    }
}
