import Bus
import Seeded
import Testing
import Wire

@testable import Fanout

@Suite struct TapStreamsTests {
    static let key = Keys.numbered(1)
    static let peer = Keys.peer(1, serial: 5)
    static let grant = TapAccess.Grant(
        tenant: Acme.slug, tap: TapRecord(name: "crm", key: Keys.numbered(1), scope: .whole))

    var streams = TapStreams(TapStreams.Bounds(flowsPerTap: 2))
    var relay = Relay(routers: 1, bounds: Acme.bounds)
    let now = Acme.start

    /// Into the ring, and past the streams.
    mutating func publish(_ offsets: ClosedRange<UInt64>, states: Int = 0) {
        let envelopes = offsets.map { Acme.event($0) } + (0..<states).map { _ in Acme.event(0, .state) }
        let pack = EventPack(tenant: Acme.slug, epoch: "e1", envelopes: envelopes)
        _ = relay.published(Acme.topic, pack.bytes, by: 0, now: now)
        streams.passed(envelopes, of: Acme.slug, newest: relay.position(of: Acme.slug)?.newest ?? 0)
    }

    mutating func ask(
        _ request: TapRequest, by peer: Peer = Self.peer, _ grant: TapAccess.Grant? = Self.grant
    ) -> [TapStreams.Action] {
        streams.asked(request.frames, by: peer, grant, now: now)
    }

    mutating func askRaw(_ frames: [[UInt8]]) -> [TapStreams.Action] {
        streams.asked(frames, by: Self.peer, Self.grant, now: now)
    }

    mutating func answer(_ answer: ReplayAnswer) -> [TapStreams.Action] { streams.answered(answer, now: now) }

    mutating func end(_ keys: Set<CurveKey>) -> [TapStreams.Action] { streams.ended(keys) }

    mutating func next() -> (id: TapStreams.FlowID, actions: [TapStreams.Action])? {
        streams.next(from: relay, now: now)
    }

    mutating func sent(_ id: TapStreams.FlowID, _ outcome: SendOutcome) -> Bool {
        streams.sent(id, outcome, now: now)
    }

    /// Everything that can be sent is taken: offsets of events, and what else was done.
    mutating func drain() -> (offsets: [UInt64], actions: [TapStreams.Action]) {
        var offsets: [UInt64] = []
        var actions: [TapStreams.Action] = []
        while let (id, wanted) = streams.next(from: relay, now: now) {
            actions += wanted
            while let (message, _) = streams.front(of: id) {
                if case .event(_, let offset, _) = message { offsets.append(offset) }
                _ = streams.sent(id, .sent, now: now)
                streams.wake(id)
            }
        }
        return (offsets, actions)
    }

    @Test mutating func aStreamIsServedFromTheRingAsFarAsCreditGoes() {
        publish(1...10)
        #expect(ask(.stream(from: 4, credit: 3)).isEmpty)
        #expect(drain().offsets == [4, 5, 6])
        publish(11...12)
        #expect(drain().offsets.isEmpty)
        #expect(ask(.credit(100)).isEmpty)
        #expect(drain().offsets == [7, 8, 9, 10, 11, 12])
    }

    @Test mutating func stateEventsComeBetweenTheOthersAndCostCredit() {
        publish(1...2)
        _ = ask(.stream(from: 1, credit: 4))
        publish(3...3, states: 1)
        publish(4...4)
        #expect(drain().offsets == [1, 2, 3, 0])
        _ = ask(.credit(9))
        #expect(drain().offsets == [4])
    }

    @Test mutating func ofAStreamThatIsBehindTheLatestStateEventsAreKept() {
        publish(1...1)
        _ = ask(.stream(from: 1, credit: 0))
        for _ in 0..<3 { publish(1...1, states: 100) }
        #expect(streams.counts.statesDropped == 300 - UInt64(TapFlow.statesMax))
        _ = ask(.credit(1_000))
        #expect(drain().offsets.count == 1 + TapFlow.statesMax)
    }

    @Test mutating func whatTheRingLacksIsReadFromTheLog() {
        publish(50...60)
        _ = ask(.stream(from: 48, credit: 100))
        let asked = drain()
        guard case .read(let request)? = asked.actions.first else {
            Issue.record("nothing was read")
            return
        }
        #expect(asked.offsets.isEmpty && request.from == 48 && request.to == 60)
        #expect(answer(.events(id: request.id, Acme.pack(48...49))).isEmpty)
        #expect(drain().offsets == Array(48...60))
    }

    @Test mutating func aLogThatNoLongerReachesBackEndsIt() {
        publish(50...60)
        _ = ask(.stream(from: 1, credit: 100))
        guard case .read(let request)? = drain().actions.first else { return }
        #expect(
            answer(.gone(id: request.id, oldest: 40)) == [.send(.gone(oldest: 40), to: Self.peer)])
        #expect(streams.count == 0)
    }

    @Test mutating func aReplayEndsWhereItWasToEnd() {
        publish(1...10)
        _ = ask(.replay(from: 3, to: 5))
        let replayed = drain()
        #expect(replayed.offsets == [3, 4, 5] && replayed.actions == [.send(.end(5), to: Self.peer)])
        _ = ask(.replay(from: 9, to: 0))
        #expect(drain().actions == [.send(.end(10), to: Self.peer)])
        _ = ask(.replay(from: 500, to: 0))
        #expect(drain().actions == [.send(.end(10), to: Self.peer)])
        _ = ask(.replay(from: 0, to: 99))
        let all = drain()
        #expect(all.offsets == Array(1...10) && all.actions == [.send(.end(10), to: Self.peer)])
        #expect(ask(.replay(from: 5, to: 3)) == [.send(.refused(.badRequest), to: Self.peer)])
    }

    @Test mutating func whoMayNotReadIsRefused() {
        publish(1...3)
        #expect(
            ask(.stream(from: 1, credit: 9), by: Self.peer, nil) == [.send(.refused(.unauthenticated), to: Self.peer)])
        #expect(ask(.credit(9)) == [.send(.refused(.notFound), to: Self.peer)])
        #expect(
            askRaw([Array("HELLO".utf8)])
                == [.send(.refused(.badRequest), to: Self.peer)])
        #expect(drain().offsets.isEmpty)
    }

    @Test mutating func aKeyThatEndsTakesItsStreamsAlong() {
        publish(1...3)
        let other = Keys.peer(2, serial: 6)
        let otherGrant = TapAccess.Grant(
            tenant: Acme.slug, tap: TapRecord(name: "other", key: other.key, scope: .whole))
        _ = ask(.stream(from: 1, credit: 9))
        _ = ask(.stream(from: 1, credit: 9), by: other, otherGrant)
        #expect(end([Self.key]) == [.send(.refused(.unauthenticated), to: Self.peer)])
        #expect(streams.count == 1)
        #expect(drain().offsets == [1, 2, 3])
    }

    @Test mutating func aSecondStreamTakesTheFirstOnesPlace() {
        publish(1...3)
        _ = ask(.stream(from: 1, credit: 1))
        _ = ask(.stream(from: 3, credit: 9))
        #expect(streams.count == 1)
        #expect(drain().offsets == [3])
    }

    @Test mutating func oneTapHasSoManyStreamsAndNoMore() {
        publish(1...1)
        for serial in UInt64(1)...2 {
            #expect(ask(.stream(from: 9, credit: 1), by: Keys.peer(1, serial: serial)).isEmpty)
        }
        let third = Keys.peer(1, serial: 3)
        #expect(ask(.stream(from: 9, credit: 1), by: third) == [.send(.refused(.overloaded), to: third)])
        streams.gone(Keys.peer(1, serial: 1))
        #expect(ask(.stream(from: 9, credit: 1), by: third).isEmpty)
    }

    @Test mutating func requestsHaveARate() {
        publish(1...1)
        var refused = 0
        for _ in 0..<200 {
            if ask(.stream(from: 1, credit: 1)) == [.send(.refused(.rateLimited), to: Self.peer)] { refused += 1 }
        }
        #expect(refused == 200 - TapAllowance.Bounds().requestsAtOnce)
    }

    @Test mutating func aPeerThatTakesNothingIsTriedLaterAndEndsAfterAMinute() throws {
        publish(1...3)
        _ = ask(.stream(from: 1, credit: 9))
        _ = streams.next(from: relay, now: now)
        // The first go fills its queue from the ring.
        let (id, _) = try #require(next())
        #expect(streams.front(of: id) != nil)
        #expect(!sent(id, .full))
        #expect(streams.front(of: id) == nil)
        let retry = try #require(streams.wakesAt)
        #expect(retry == now + TapFlow.retryFirst)
        streams.wakeSleepers(now: retry)
        #expect(streams.front(of: id) != nil)
        streams.ticked(now: now + .seconds(59)) { _ in true }
        #expect(streams.count == 1)
        streams.ticked(now: now + .seconds(60)) { _ in true }
        #expect(streams.count == 0 && streams.counts.stalled == 1)
    }

    @Test mutating func aQuietStreamThatIsFullOnceHasItsMinute() throws {
        publish(1...1)
        _ = ask(.stream(from: 2, credit: 9))
        _ = drain()
        let later = now + .seconds(600)
        streams.ticked(now: later) { _ in true }
        publish(2...2)
        _ = streams.next(from: relay, now: later)
        let (id, _) = try #require(next())
        _ = streams.sent(id, .full, now: later)
        streams.ticked(now: later + .seconds(59)) { _ in true }
        #expect(streams.count == 1)
    }

    @Test mutating func aConnectionThatIsGoneTakesItsStreamAlong() throws {
        publish(1...3)
        _ = ask(.stream(from: 1, credit: 9))
        let (id, _) = try #require(next())
        #expect(!sent(id, .unroutable))
        #expect(streams.count == 0)
    }

    @Test mutating func anotherEpochEndsIt() {
        publish(1...3)
        _ = ask(.stream(from: 1, credit: 9))
        #expect(drain().offsets == [1, 2, 3])
        _ = relay.published(Acme.topic, Acme.pack(1...1, epoch: "e2").bytes, by: 0, now: now)
        streams.passed([Acme.event(1)], of: Acme.slug, newest: 1)
        #expect(drain().actions == [.send(.refused(.conflict), to: Self.peer)])
    }

    @Test mutating func aNarrowTapGetsWhatItsScopeAdmits() {
        let scope = TapScope(events: ["message.created"])
        let grant = TapAccess.Grant(tenant: Acme.slug, tap: TapRecord(name: "n", key: Self.key, scope: scope))
        publish(1...3)
        _ = ask(.stream(from: 1, credit: 9), by: Self.peer, grant)
        #expect(drain().offsets.isEmpty)
    }

    /// Whatever is asked, in whatever order: offsets come in order and once, and never beyond the credit.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    mutating func streamsAreGapless(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var newest: UInt64 = 0
        publish(1...1)
        newest = 1
        var credit = 0
        var expected: UInt64 = 1
        _ = ask(.stream(from: 1, credit: 0))
        for _ in 0..<500 {
            switch UInt64.random(in: 0...3, using: &random) {
            case 0:
                let more = UInt64.random(in: 1...9, using: &random)
                publish(newest + 1...newest + more)
                newest += more
            case 1:
                let more = UInt32.random(in: 0...9, using: &random)
                if ask(.credit(more)).isEmpty { credit += Int(more) }
            default:
                let (offsets, actions) = drain()
                for offset in offsets {
                    #expect(offset == expected)
                    expected += 1
                }
                credit -= offsets.count
                #expect(credit >= 0)
                for case .read(let request) in actions {
                    _ = streams.answered(
                        .events(id: request.id, Acme.pack(request.from...min(request.to, request.from + 20))), now: now)
                }
            }
        }
    }
}

/// Keys and connections by number.
enum Keys {
    static func numbered(_ number: UInt8) -> CurveKey {
        guard let key = CurveKey(bytes: [UInt8](repeating: number, count: CurveKey.byteCount)) else {
            preconditionFailure("32 bytes are a key")
        }
        return key
    }

    static func peer(_ number: UInt8, serial: UInt64) -> Peer {
        Peer(routingID: [number], key: numbered(number), serial: serial, descriptor: 7)
    }
}
