import Seeded
import Testing
import Wire

@testable import Fanout

@Suite struct RelayTests {
    var relay = Relay(routers: 1, bounds: Acme.bounds)
    let now = Acme.start
    let gateway: [UInt8] = [0, 1, 2, 3, 4]

    mutating func publish(_ offsets: ClosedRange<UInt64>, epoch: String = "e1") -> [Relay.Action] {
        relay.published(Acme.topic, Acme.pack(offsets, epoch: epoch).bytes, by: 0, now: now)
    }

    mutating func heartbeat(_ offset: UInt64, epoch: String = "e1") -> [Relay.Action] {
        relay.published(Array(Heartbeat.topic.utf8), Acme.heartbeat(offset, epoch: epoch), by: 0, now: now)
    }

    mutating func request(_ range: ClosedRange<UInt64>, id: UInt64 = 77, at later: Duration = .zero) -> [Relay.Action] {
        let request = ReplayRequest(id: id, tenant: Acme.slug, from: range.lowerBound, to: range.upperBound)
        return relay.asked(request.bytes, by: gateway, now: now + later)
    }

    func passedOn(_ pack: EventPack) -> Relay.Action { .publish(topic: Acme.topic, pack.bytes) }

    func asks(_ id: UInt64, _ range: ClosedRange<UInt64>) -> Relay.Action {
        .ask(router: 0, ReplayRequest(id: id, tenant: Acme.slug, from: range.lowerBound, to: range.upperBound))
    }

    func answer(_ answer: ReplayAnswer) -> Relay.Action { .answer(gateway: gateway, answer.bytes) }

    // Live.

    @Test mutating func eventsGoOnAsTheyCame() {
        let pack = EventPack(
            tenant: Acme.slug, epoch: "e1",
            envelopes: [Acme.event(1), Acme.event(0, .state), Acme.event(0, .ephemeral)])
        #expect(relay.published(Acme.topic, pack.bytes, by: 0, now: now) == [passedOn(pack)])
        #expect(relay.counts.events == 3)
        #expect(relay.counts.bytes == UInt64(pack.bytes.count))
    }

    @Test mutating func eventsWithoutAnOffsetAlwaysGoOn() {
        let pack = EventPack(tenant: Acme.slug, epoch: "e1", envelopes: [Acme.event(0, .ephemeral)])
        for _ in 0..<2 { #expect(relay.published(Acme.topic, pack.bytes, by: 0, now: now) == [passedOn(pack)]) }
    }

    @Test mutating func whatWentOutBeforeDoesNotGoAgain() {
        _ = publish(1...3)
        #expect(publish(1...3) == [])
        #expect(relay.counts.repeats == 3)
        #expect(publish(3...4) == [passedOn(Acme.pack(3...4))])
    }

    @Test mutating func heartbeatsGoOnAsTheyCameAndNoneIsInvented() {
        #expect(heartbeat(5) == [.publish(topic: Array(Heartbeat.topic.utf8), Acme.heartbeat(5))])
        for second in 1...10 { #expect(relay.ticked(now: now + .seconds(second)) == []) }
    }

    @Test mutating func anEmptyHeartbeatIsASignOfLife() {
        #expect(relay.silentRouters(now: now) == [0])
        _ = relay.published(Array(Heartbeat.topic.utf8), Heartbeat(positions: []).bytes, by: 0, now: now)
        #expect(relay.silentRouters(now: now) == [])
        #expect(relay.silentRouters(now: now + .milliseconds(2_999)) == [])
        #expect(relay.silentRouters(now: now + .seconds(3)) == [0])
    }

    // Gaps.

    @Test mutating func aGapStopsNothingAndIsFilledAndPublishedLate() {
        _ = publish(1...2)
        #expect(publish(5...6) == [passedOn(Acme.pack(5...6)), asks(1, 3...4)])
        #expect(publish(7...7) == [passedOn(Acme.pack(7...7))])
        #expect(relay.counts.gaps == 1)
        #expect(relay.counts.missing == 2)
        let fill = ReplayAnswer.events(id: 1, Acme.pack(3...4))
        #expect(relay.answered(fill.bytes, by: 0, now: now) == [passedOn(Acme.pack(3...4))])
        #expect(relay.counts.filled == 2)
        #expect(request(1...9) == [answer(.events(id: 77, Acme.pack(1...7)))])
    }

    @Test mutating func aGapThatOneAnswerDoesNotFillIsAskedOn() {
        _ = publish(1...1)
        _ = publish(5...5)
        let part = relay.answered(ReplayAnswer.events(id: 1, Acme.pack(2...3)).bytes, by: 0, now: now)
        #expect(part == [passedOn(Acme.pack(2...3)), asks(2, 4...4)])
    }

    @Test mutating func anAnswerThatHelpsNothingIsNotAskedForAgainAtOnce() {
        _ = publish(1...1)
        _ = publish(4...4)
        _ = relay.answered(ReplayAnswer.unavailable(id: 1).bytes, by: 0, now: now)
        #expect(publish(5...5) == [passedOn(Acme.pack(5...5))])
        #expect(relay.ticked(now: now + .milliseconds(999)) == [])
        #expect(relay.ticked(now: now + .seconds(1)) == [asks(2, 2...3)])
        // The gap came late over the stream itself meanwhile: nothing is left to fill.
        #expect(publish(2...3) == [passedOn(Acme.pack(2...3))])
        #expect(relay.answered(ReplayAnswer.events(id: 2, Acme.pack(2...3)).bytes, by: 0, now: now) == [])
        #expect(relay.ticked(now: now + .seconds(9)) == [])
    }

    @Test mutating func aGapThatTheLogNoLongerHasIsForgotten() {
        _ = publish(1...1)
        _ = publish(5...6)
        #expect(relay.answered(ReplayAnswer.gone(id: 1, oldest: 5).bytes, by: 0, now: now) == [])
        #expect(relay.ticked(now: now + .seconds(5)) == [])
        #expect(request(5...6) == [answer(.events(id: 77, Acme.pack(5...6)))])
    }

    @Test mutating func aRouterThatSaysGoneAndMeansNothingIsNotAskedInALoop() {
        _ = publish(1...1)
        _ = publish(3...3)
        #expect(relay.answered(ReplayAnswer.gone(id: 1, oldest: 1).bytes, by: 0, now: now) == [])
        #expect(relay.ticked(now: now + .seconds(1)) == [asks(2, 2...2)])
    }

    @Test mutating func aLostTailShowsByTheHeartbeatAndIsFilled() {
        _ = publish(1...2)
        _ = heartbeat(4)
        #expect(relay.ticked(now: now + .milliseconds(50)) == [])
        #expect(relay.ticked(now: now + .milliseconds(100)) == [asks(1, 3...4)])
        #expect(
            relay.answered(ReplayAnswer.events(id: 1, Acme.pack(3...4)).bytes, by: 0, now: now)
                == [passedOn(Acme.pack(3...4))])
    }

    @Test mutating func aHeartbeatThatOvertookItsEventsAsksForNothing() {
        _ = publish(1...2)
        _ = heartbeat(4)
        #expect(publish(3...4) == [passedOn(Acme.pack(3...4))])
        #expect(relay.ticked(now: now + .seconds(1)) == [])
    }

    @Test mutating func aWorkerThatStartsLateBeginsWhereTheHeartbeatSays() {
        _ = heartbeat(100)
        #expect(publish(103...103) == [passedOn(Acme.pack(103...103)), asks(1, 101...102)])
    }

    @Test mutating func anotherEpochBeginsAnew() {
        _ = publish(1...5)
        #expect(publish(3...3, epoch: "e2") == [passedOn(Acme.pack(3...3, epoch: "e2"))])
        #expect(relay.counts.epochChanges == 1)
        #expect(request(3...5) == [answer(.events(id: 77, Acme.pack(3...3, epoch: "e2")))])
        _ = heartbeat(7, epoch: "e3")
        #expect(relay.counts.epochChanges == 2)
        #expect(request(3...3) == [asks(1, 3...3)])
    }

    @Test mutating func anAnswerOfAFormerEpochFillsNothing() {
        _ = publish(1...1)
        _ = publish(3...3)
        _ = publish(1...1, epoch: "e2")
        _ = publish(3...3, epoch: "e2")
        let late = relay.answered(ReplayAnswer.events(id: 1, Acme.pack(2...2)).bytes, by: 0, now: now)
        #expect(!late.contains(passedOn(Acme.pack(2...2))))
        #expect(relay.counts.filled == 0)
    }

    // Replay.

    @Test mutating func whatTheRingHasIsAnsweredFromIt() {
        _ = publish(1...5)
        #expect(request(2...4) == [answer(.events(id: 77, Acme.pack(2...4)))])
        #expect(relay.counts.replaysFromRing == 1)
    }

    @Test mutating func whatTheRingLacksIsAskedOfTheRouterOnceForAll() {
        _ = publish(50...50)
        #expect(request(2...4, id: 7) == [asks(1, 2...4)])
        #expect(request(2...4, id: 8) == [])
        let answers = relay.answered(ReplayAnswer.events(id: 1, Acme.pack(2...3)).bytes, by: 0, now: now)
        #expect(
            answers == [answer(.events(id: 7, Acme.pack(2...3))), answer(.events(id: 8, Acme.pack(2...3)))])
        #expect(relay.counts.replaysFromRouter == 2)
    }

    @Test mutating func whatTheLogNoLongerHasIsSaidWithTheOldest() {
        #expect(request(2...4) == [asks(1, 2...4)])
        let gone = relay.answered(ReplayAnswer.gone(id: 1, oldest: 9).bytes, by: 0, now: now)
        #expect(gone == [answer(.gone(id: 77, oldest: 9))])
    }

    @Test mutating func aRouterThatDoesNotAnswerIsGivenUp() {
        #expect(request(2...4) == [asks(1, 2...4)])
        #expect(relay.ticked(now: now + .milliseconds(1_999)) == [])
        #expect(relay.ticked(now: now + .seconds(2)) == [answer(.unavailable(id: 77))])
        #expect(relay.answered(ReplayAnswer.events(id: 1, Acme.pack(2...4)).bytes, by: 0, now: now) == [])
        #expect(relay.counts.asksTimedOut == 1)
        #expect(relay.counts.lateAnswers == 1)
    }

    @Test mutating func aRouterThatTakesNoRequestsIsGivenUpAtOnce() {
        #expect(request(2...4) == [asks(1, 2...4)])
        #expect(relay.unsent(1, to: 0, now: now) == [answer(.unavailable(id: 77))])
        #expect(relay.counts.asksUnsent == 1)
    }

    @Test mutating func tooManyRequestsAreTurnedAway() {
        // An ask and its waiter count for two: eight hold four.
        for offset in 1...4 as ClosedRange<UInt64> {
            #expect(request(offset...offset) == [asks(offset, offset...offset)])
        }
        #expect(request(9...9, id: 5) == [answer(.unavailable(id: 5))])
        #expect(relay.counts.replaysUnavailable == 1)
    }

    @Test mutating func withSeveralRoutersTheOneThatPublishesATenantIsAsked() {
        relay = Relay(routers: 2, bounds: Acme.bounds)
        #expect(request(1...2) == [answer(.unavailable(id: 77))])
        _ = relay.published(Acme.topic, Acme.pack(5...5).bytes, by: 1, now: now)
        let expected = ReplayRequest(id: 1, tenant: Acme.slug, from: 1, to: 2)
        #expect(request(1...2) == [.ask(router: 1, expected)])
        #expect(relay.answered(ReplayAnswer.gone(id: 1, oldest: 3).bytes, by: 0, now: now) == [])
        #expect(relay.silentRouters(now: now) == [0])
    }

    @Test(arguments: [0...0, 0...5, 0...UInt64.max] as [ClosedRange<UInt64>])
    mutating func aRangeThatCannotBeIsUnavailable(range: ClosedRange<UInt64>) {
        #expect(request(range) == [answer(.unavailable(id: 77))])
        #expect(relay.counts.malformed == 1)
    }

    @Test(arguments: [
        Acme.pack(3...4), Acme.pack([2, 4]), Acme.pack([2, 3, 4, 5]), Acme.pack([]),
        Acme.pack(2...4, of: Acme.slug("other")), Acme.pack([UInt64.max]),
    ])
    mutating func anAnswerToAnotherQuestionIsNotPassedOn(pack: EventPack) {
        _ = request(2...4)
        #expect(
            relay.answered(ReplayAnswer.events(id: 1, pack).bytes, by: 0, now: now) == [answer(.unavailable(id: 77))])
        #expect(relay.counts.malformed == 1)
    }

    // Rubbish and bounds.

    @Test mutating func anothersTopicIsRefused() {
        let topic = Array("tenant_other_".utf8)
        #expect(relay.published(topic, Acme.pack(1...1).bytes, by: 0, now: now) == [])
        #expect(relay.counts.malformed == 1)
    }

    @Test mutating func offsetsThatNoRouterHasAreRefused() {
        #expect(publish(UInt64.max...UInt64.max) == [])
        #expect(relay.counts.malformed == 1)
        _ = heartbeat(UInt64.max)
        #expect(request(1...1) == [asks(1, 1...1)])
    }

    @Test mutating func tenantsOverTheBoundLoseTheirRingsAndAreRelayedStill() {
        for number in 0..<50 {
            let slug = Acme.slug("t\(number)")
            let pack = Acme.pack(1...3, of: slug)
            let topic = Array(Scope.prefix(of: slug).utf8)
            #expect(
                relay.published(topic, pack.bytes, by: 0, now: now) == [.publish(topic: topic, pack.bytes)])
        }
        _ = relay.ticked(now: now)
        #expect(relay.counts.tenants == 10)
        #expect(relay.counts.evictedTenants == 40)
        // Heartbeats of idle tenants push nobody out.
        for number in 0..<40 {
            let beat = Acme.heartbeat(3, of: Acme.slug("t\(number)"))
            _ = relay.published(Array(Heartbeat.topic.utf8), beat, by: 0, now: now)
        }
        #expect(relay.counts.evictedTenants == 40)
    }

    @Test mutating func eventsGoWhenTheirTimeIsUp() {
        _ = publish(1...5)
        _ = relay.ticked(now: now)
        #expect(relay.counts.ringEvents == 5)
        _ = relay.ticked(now: now + .seconds(60))
        #expect(relay.counts.ringEvents == 0)
        #expect(relay.counts.ringBytes == 0)
        #expect(relay.counts.evictedByAge == 5)
    }

    /// Real messages with bytes changed, cut off or added, into every entrance.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    mutating func rubbishIsCountedAndNeverACrash(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let seeds: [[UInt8]] = [
            Acme.pack(1...3).bytes, Acme.heartbeat(9), ReplayRequest(id: 1, tenant: Acme.slug, from: 1, to: 9).bytes,
            ReplayAnswer.events(id: 1, Acme.pack(1...3)).bytes, ReplayAnswer.gone(id: 2, oldest: 3).bytes,
            ReplayAnswer.unavailable(id: 3).bytes, [],
        ]
        let topics = [Acme.topic, Array(Heartbeat.topic.utf8), [], [255, 254]]
        for step in 0..<5_000 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: bytes.removeLast(bytes.count - place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            let time = now + .milliseconds(step)
            let topic = topics[Int.random(in: 0..<topics.count, using: &random)]
            _ = relay.published(topic, bytes, by: 0, now: time)
            _ = relay.asked(bytes, by: gateway, now: time)
            _ = relay.answered(bytes, by: 0, now: time)
            if step % 100 == 0 { _ = relay.ticked(now: time) }
        }
        _ = relay.ticked(now: now + .seconds(10))
        #expect(relay.counts.malformed > 1_000)
        #expect(relay.counts.asks <= Acme.bounds.asksMax)
        #expect(relay.counts.tenants <= Acme.bounds.tenants.tenants)
        #expect(relay.counts.ringBytes <= Acme.bounds.tenants.bytes)
    }
}
