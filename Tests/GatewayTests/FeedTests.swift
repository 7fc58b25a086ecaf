import Seeded
import Testing
import Wire

@testable import Gateway

@Suite struct FeedTests {
    private let start = Parts.start

    private func feed(at cursor: UInt64 = 10) -> Feed {
        var feed = Feed()
        _ = feed.opened(epoch: "e1", newest: cursor, now: start)
        return feed
    }

    private func deliver(_ offsets: ClosedRange<UInt64>) -> Feed.Action { .deliver(offsets.map { Parts.event($0) }) }

    @Test func whatComesNextGoesOn() {
        var feed = self.feed()
        #expect(feed.received(Parts.pack(11...13), now: start) == [deliver(11...13)])
        #expect(feed.cursor == 13 && feed.lag == 0)
    }

    @Test func whatCameAlreadyIsDroppedAndCounted() {
        var feed = self.feed()
        #expect(feed.received(Parts.pack(9...11), now: start) == [deliver(11...11)])
        #expect(feed.takeCounts().dropped == 2 && feed.takeCounts().dropped == 0)
    }

    @Test func aGapIsAskedForAndWhatWaitsBehindItFollowsInOrder() {
        var feed = self.feed()
        #expect(feed.received(Parts.pack(13...14), now: start) == [.replay(from: 11, to: 12)])
        feed.asked(1, now: start)
        #expect(feed.received(Parts.pack(15...15), now: start) == [])
        #expect(feed.heldCount == 3 && feed.lag == 5)
        let answer = ReplayAnswer.events(id: 1, Parts.pack(11...12))
        #expect(feed.replayed(answer, now: start) == [deliver(11...15)])
        #expect(feed.cursor == 15 && feed.heldCount == 0)
    }

    @Test func aPartialReplayIsContinued() {
        var feed = self.feed()
        #expect(feed.received(Parts.pack(1_500...1_500), now: start) == [.replay(from: 11, to: 510)])
        feed.asked(1, now: start)
        let actions = feed.replayed(.events(id: 1, Parts.pack(11...300)), now: start)
        #expect(actions == [deliver(11...300), .replay(from: 301, to: 800)])
    }

    @Test func whatHasNoOffsetGoesOnAtOnceWhereAllBeforeItIsThere() {
        var feed = self.feed()
        _ = feed.received(Parts.pack(13...13), now: start)
        feed.asked(1, now: start)
        let typing = Parts.event(0, after: 10)
        #expect(feed.received(Parts.pack(typing), now: start) == [.deliver([typing])])
        #expect(feed.received(Parts.pack(typing, Parts.event(14)), now: start) == [.deliver([typing])])
    }

    @Test func whatHasNoOffsetWaitsForWhoWasRemovedBeforeIt() {
        var feed = self.feed()
        let removal = Parts.event(12, .leaves([Parts.ben]))
        let (earlier, later) = (Parts.event(0, after: 11), Parts.event(0, after: 12))
        // The removal itself is lost, and nothing but what came after it tells.
        #expect(feed.received(Parts.pack(later), now: start) == [.replay(from: 11, to: 12)])
        feed.asked(1, now: start)
        #expect(feed.received(Parts.pack(earlier, Parts.event(13)), now: start) == [])
        #expect(feed.heldCount == 3)
        let actions = feed.replayed(.events(id: 1, Parts.pack(Parts.event(11), removal)), now: start)
        #expect(actions == [.deliver([Parts.event(11), earlier, removal, later, Parts.event(13)])])
        #expect(feed.heldCount == 0)
    }

    @Test func whatHasNoOffsetWaitsForAFirstConnectionToo() {
        var feed = Feed()
        let (typing, later) = (Parts.event(0, after: 6), Parts.event(0, after: 8))
        #expect(feed.received(Parts.pack(typing, later), now: start) == [])
        #expect(feed.opened(epoch: "e1", newest: 6, now: start) == [.deliver([typing]), .replay(from: 7, to: 8)])
        feed.asked(1, now: start)
        #expect(
            feed.replayed(.events(id: 1, Parts.pack(7...8)), now: start) == [
                .deliver([Parts.event(7), Parts.event(8), later])
            ])
    }

    @Test func tooManyWithoutAnOffsetAreDroppedAndCounted() {
        var feed = self.feed()
        let typing = Parts.event(0, after: 11)
        for _ in 0...Feed.heldMax { _ = feed.received(Parts.pack(typing), now: start) }
        #expect(feed.heldCount == Feed.heldMax && feed.takeCounts().dropped == 1)
    }

    @Test func beforeAnyoneStandsAnywhereEventsWait() {
        var feed = Feed()
        #expect(feed.received(Parts.pack(5...8), now: start) == [])
        #expect(feed.opened(epoch: "e1", newest: 6, now: start) == [deliver(7...8)])
        #expect(feed.opened(epoch: "e1", newest: 20, now: start) == [])
        #expect(feed.cursor == 8)
    }

    @Test func aHeartbeatShowsALostTailAfterAMoment() {
        var feed = self.feed()
        let beat = Heartbeat.Position(tenant: Parts.acme, epoch: "e1", offset: 12)
        #expect(feed.heard(beat, now: start) == [])
        #expect(feed.ticked(now: start + .milliseconds(99)) == [])
        #expect(feed.ticked(now: start + .milliseconds(100)) == [.replay(from: 11, to: 12)])
    }

    @Test func aHeartbeatThatOvertookItsEventsAsksForNothing() {
        var feed = self.feed()
        _ = feed.heard(Heartbeat.Position(tenant: Parts.acme, epoch: "e1", offset: 12), now: start)
        #expect(feed.received(Parts.pack(11...12), now: start + .milliseconds(5)) == [deliver(11...12)])
        #expect(feed.ticked(now: start + .seconds(1)) == [])
        // The next time the moment begins anew.
        let later = start + .seconds(2)
        #expect(feed.heard(Heartbeat.Position(tenant: Parts.acme, epoch: "e1", offset: 13), now: later) == [])
    }

    @Test func anUnansweredReplayIsAskedForAgain() {
        var feed = self.feed()
        _ = feed.received(Parts.pack(13...13), now: start)
        feed.asked(1, now: start)
        #expect(feed.ticked(now: start + .milliseconds(999)) == [])
        #expect(feed.ticked(now: start + .seconds(1)) == [.replay(from: 11, to: 12)])
        feed.asked(2, now: start + .seconds(1))
        #expect(feed.replayed(.unavailable(id: 1), now: start + .seconds(1)) == [])
        #expect(feed.replayed(.unavailable(id: 2), now: start + .seconds(1)) == [])
        #expect(feed.ticked(now: start + .milliseconds(1_249)) == [])
        #expect(feed.ticked(now: start + .milliseconds(1_250)) == [.replay(from: 11, to: 12)])
        feed.failed(now: start + .milliseconds(1_250))
        #expect(feed.ticked(now: start + .milliseconds(1_500)) == [.replay(from: 11, to: 12)])
        #expect(feed.takeCounts().gaps == 4)
    }

    @Test func anotherEpochOrALogThatNoLongerReachesBackStartsAnew() {
        var feed = self.feed()
        #expect(feed.received(Parts.pack(11...11, epoch: "e2"), now: start) == [.restart])
        #expect(feed.cursor == nil && feed.epoch == "e2")
        #expect(feed.opened(epoch: "e2", newest: 11, now: start) == [])
        #expect(feed.heard(Heartbeat.Position(tenant: Parts.acme, epoch: "e3", offset: 1), now: start) == [.restart])
        _ = feed.opened(epoch: "e3", newest: 1, now: start)
        #expect(feed.opened(epoch: "e4", newest: 1, now: start) == [.restart])
        _ = feed.opened(epoch: "e4", newest: 1, now: start)
        _ = feed.received(Parts.pack(3...3, epoch: "e4"), now: start)
        feed.asked(9, now: start)
        #expect(feed.replayed(.gone(id: 9, oldest: 3), now: start) == [.restart])
    }

    @Test func whatWaitsIsBoundedAndAskedForInItsTurn() {
        var feed = feed(at: 0)
        let last = UInt64(Feed.heldMax) + 1_000
        _ = feed.received(Parts.pack(2...last), now: start)
        #expect(feed.heldCount == Feed.heldMax)
        feed.asked(1, now: start)
        let actions = feed.replayed(.events(id: 1, Parts.pack(1...1)), now: start + .seconds(1))
        let reached = UInt64(Feed.heldMax) + 1
        #expect(actions.first == deliver(1...reached))
        #expect(feed.ticked(now: start + .seconds(2)) == [.replay(from: reached + 1, to: reached + 500)])
    }

    /// Packs lost, doubled and out of order, over a worker that replays: everything arrives once, in order.
    @Test(arguments: 0..<60) func everyEventGoesOnOnceInOrderWhateverIsLost(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var feed = Feed()
        var now = start
        var delivered: [UInt64] = []
        var nextID: UInt64 = 0
        var asked: [(id: UInt64, from: UInt64, to: UInt64)] = []
        func perform(_ actions: [Feed.Action]) {
            for action in actions {
                switch action {
                case .deliver(let events): delivered += events.map(\.offset)
                case .replay(let from, let to):
                    nextID += 1
                    feed.asked(nextID, now: now)
                    asked.append((nextID, from, to))
                case .restart: Issue.record("nothing changed")
                }
            }
        }
        let last: UInt64 = 400
        var offset: UInt64 = 1
        var late: [EventPack] = []
        perform(feed.opened(epoch: "e1", newest: 0, now: now))
        while offset <= last {
            let end = min(offset + UInt64.random(in: 0..<5, using: &random), last)
            late.append(Parts.pack(offset...end))
            offset = end + 1
            if late.count > 3 { late.swapAt(0, Int.random(in: 0..<late.count, using: &random)) }
            if Int.random(in: 0..<3, using: &random) > 0 {
                let pack = late.removeFirst()
                if Int.random(in: 0..<4, using: &random) > 0 { perform(feed.received(pack, now: now)) }
                if Int.random(in: 0..<4, using: &random) == 0 { perform(feed.received(pack, now: now)) }
            }
            if let (id, from, to) = asked.popLast(), Int.random(in: 0..<3, using: &random) > 0 {
                let reached = UInt64.random(in: from...to, using: &random)
                perform(feed.replayed(.events(id: id, Parts.pack(from...reached)), now: now))
            }
            now += .milliseconds(20)
            perform(feed.ticked(now: now))
        }
        for _ in 0..<2_000 where feed.cursor != last {
            perform(feed.heard(Heartbeat.Position(tenant: Parts.acme, epoch: "e1", offset: last), now: now))
            if let (id, from, to) = asked.popLast() {
                perform(feed.replayed(.events(id: id, Parts.pack(from...to)), now: now))
            }
            now += .milliseconds(100)
            perform(feed.ticked(now: now))
        }
        #expect(delivered == Array(1...last))
        #expect(feed.heldCount == 0)
    }

    @Test func aWorkerThatIsBehindBringsNoFormerStates() {
        var feed = self.feed()
        feed.switched(now: start)
        let old = Parts.event(0, durability: .state, after: 9, text: "old")
        let new = Parts.event(0, durability: .state, after: 10, text: "new")
        #expect(feed.received(Parts.pack(old, new), now: start) == [.deliver([new])])
        #expect(feed.takeCounts().dropped == 1)
    }
}

@Suite struct FanoutChoiceTests {
    private let start = Parts.start

    @Test func aSilentWorkerIsGivenUpForTheNext() {
        var choice = FanoutChoice(count: 2, now: start)
        #expect(choice.current == 0 && !choice.isHeard(at: start))
        choice.heard(now: start + .seconds(1))
        #expect(choice.isHeard(at: start + .seconds(2)))
        #expect(choice.ticked(now: start + .milliseconds(3_999)) == false)
        #expect(!choice.isHeard(at: start + .seconds(4)))
        #expect(choice.ticked(now: start + .seconds(4)) == true)
        #expect(choice.current == 1)
        #expect(choice.ticked(now: start + .milliseconds(6_999)) == false)
        #expect(choice.ticked(now: start + .seconds(7)) == true)
        #expect(choice.current == 0)
    }

    @Test func aSingleWorkerIsTriedAnew() {
        var choice = FanoutChoice(count: 1, now: start)
        #expect(choice.ticked(now: start + .seconds(3)) == true)
        #expect(choice.current == 0)
    }
}
