import Seeded
import Testing
import Wire

@testable import Gateway

@Suite struct RouterLinkTests {
    private let start = Parts.start

    private func command(_ id: UInt64) -> Request { .command(id: id, caller: Parts.caller(Parts.ana), json: [1]) }
    private func reply(_ id: UInt64) -> Answer { .reply(id: id, code: nil, json: [2]) }

    private func link(waitingMax: Int = 100) -> RouterLink {
        RouterLink(gateway: "g", firstLink: 7, waitingMax: waitingMax, now: start)
    }

    private func opened(_ link: RouterLink) -> RouterLink {
        var link = link
        _ = link.ticked(now: start)
        _ = link.received(.opened(link: 7, run: 1), now: start)
        return link
    }

    @Test func openIsRepeatedEverySecondUntilItIsAnswered() {
        var link = link()
        let open = RouterLink.Action.send(.open(link: 7, gateway: "g", watched: []))
        #expect(link.ticked(now: start) == [open])
        #expect(link.ticked(now: start + .milliseconds(900)) == [])
        #expect(link.ticked(now: start + .seconds(1)) == [open])
        #expect(!link.isOpen)
        let actions = link.received(.opened(link: 7, run: 1), now: start + .seconds(1))
        #expect(actions == [.opened, .send(.batch(link: 7, number: 0, requests: []))])
        #expect(link.isOpen)
        #expect(link.received(.opened(link: 7, run: 1), now: start + .seconds(1)) == [])
    }

    @Test func anOpenThatDidNotLeaveIsTriedAgainAtOnce() {
        var link = link()
        _ = link.ticked(now: start)
        link.failed(now: start)
        #expect(link.ticked(now: start + .milliseconds(100)).count == 1)
    }

    @Test func requestsOfATurnGoInOneBatchInOrder() {
        var link = opened(link())
        #expect(link.ask(1, command(1), now: start) == true)
        link.watch(Parts.acme)
        link.tell(.gone(tenant: Parts.acme, user: Parts.ben))
        let requests: [Request] = [command(1), .watch(Parts.acme), .gone(tenant: Parts.acme, user: Parts.ben)]
        #expect(link.flush(now: start) == [.send(.batch(link: 7, number: 1, requests: requests))])
        #expect(link.flush(now: start) == [])
    }

    @Test func aLargeTurnIsSeveralBatches() {
        var link = opened(link(waitingMax: 1_000))
        for id in 1...600 { _ = link.ask(UInt64(id), command(UInt64(id)), now: start) }
        let counts = link.flush(now: start).map { action -> Int in
            if case .send(.batch(_, _, let requests)) = action { requests.count } else { 0 }
        }
        #expect(counts == [256, 256, 88])
    }

    @Test func aSilentLinkSaysEverySecondThatItLives() {
        var link = opened(link())
        #expect(link.ticked(now: start + .milliseconds(999)) == [])
        #expect(link.ticked(now: start + .seconds(1)) == [.send(.batch(link: 7, number: 1, requests: []))])
        #expect(link.ticked(now: start + .milliseconds(1_100)) == [])
    }

    @Test func whatHasNoAnswerIsSentAgainOnTheNextLinkInItsFirstOrder() {
        var link = opened(link())
        for id in 1...3 { _ = link.ask(UInt64(id), command(UInt64(id)), now: start) }
        _ = link.flush(now: start)
        #expect(link.received(.batch(link: 7, number: 0, answers: [reply(2)]), now: start) == [.answer(reply(2))])
        #expect(link.received(.reset(link: 7), now: start) == [])
        #expect(!link.isOpen)
        _ = link.ask(4, command(4), now: start)
        #expect(link.flush(now: start) == [])
        link.watch(Parts.acme)
        #expect(link.ticked(now: start) == [.send(.open(link: 8, gateway: "g", watched: [Parts.acme]))])
        let again = link.received(.opened(link: 8, run: 2), now: start)
        #expect(again == [.opened, .send(.batch(link: 8, number: 0, requests: [command(1), command(3), command(4)]))])
        // What the former link still says counts no longer.
        #expect(link.received(.batch(link: 7, number: 1, answers: [reply(1)]), now: start) == [])
    }

    @Test func aMissedBatchEndsTheLinkAndARepeatedOneDoesNot() {
        var link = opened(link())
        _ = link.ask(1, command(1), now: start)
        _ = link.received(.batch(link: 7, number: 0, answers: []), now: start)
        #expect(link.received(.batch(link: 7, number: 0, answers: [reply(1)]), now: start) == [])
        #expect(link.isOpen)
        #expect(link.received(.batch(link: 7, number: 2, answers: [reply(1)]), now: start) == [])
        #expect(!link.isOpen)
        #expect(link.waitingCount == 1)
    }

    @Test func aSendThatFailsEndsTheLink() {
        var link = opened(link())
        link.failed(now: start)
        #expect(link.unreachableSince == start)
        #expect(link.takeReopened() == 1 && link.takeReopened() == 0)
    }

    @Test func aRequestIsGivenUpAfterTenSeconds() {
        var link = opened(link())
        _ = link.ask(1, command(1), now: start)
        _ = link.ask(2, command(2), now: start + .seconds(1))
        #expect(!link.ticked(now: start + .milliseconds(9_999)).contains(.expired(1)))
        let actions = link.ticked(now: start + .seconds(10))
        #expect(actions.contains(.expired(1)) && !actions.contains(.expired(2)))
        #expect(link.waitingCount == 1)
        #expect(link.received(.batch(link: 8, number: 0, answers: [reply(1)]), now: start) == [])
    }

    @Test func aRouterThatOwesAnswersAndIsSilentHasLostTheLink() {
        var link = opened(link())
        _ = link.ticked(now: start + .seconds(60))
        #expect(link.isOpen)
        _ = link.ask(1, command(1), now: start + .seconds(60))
        _ = link.ticked(now: start + .milliseconds(64_900))
        #expect(link.isOpen)
        _ = link.ticked(now: start + .seconds(65))
        #expect(!link.isOpen)
    }

    @Test func onlySoManyMayWait() {
        var link = link(waitingMax: 2)
        #expect(link.ask(1, command(1), now: start) && link.ask(2, command(2), now: start))
        #expect(link.ask(3, command(3), now: start) == false)
    }

    /// A router that executes what comes in order and answers, over a transport that loses messages both ways.
    @Test(arguments: 0..<40) func nothingIsLostAndOrderHoldsWhateverTheTransportLoses(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var link = RouterLink(gateway: "g", firstLink: 1, waitingMax: 10_000, now: start)
        var now = start
        var router = LossyRouter()
        var asked: UInt64 = 0
        var answered: [UInt64] = []
        func perform(_ actions: [RouterLink.Action]) {
            var actions = actions[...]
            while let action = actions.popFirst() {
                switch action {
                case .send(let message):
                    for back in router.receive(message) where Int.random(in: 0..<10, using: &random) > 0 {
                        actions += link.received(back, now: now)
                    }
                case .answer(.reply(let id, _, _)): answered.append(id)
                case .expired(let id): Issue.record("\(id) was given up")
                default: continue
                }
            }
        }
        for _ in 0..<200 {
            for _ in 0..<Int.random(in: 0...3, using: &random) where asked < 300 {
                asked += 1
                _ = link.ask(asked, command(asked), now: now)
            }
            let actions = link.flush(now: now) + link.ticked(now: now)
            perform(actions.filter { _ in Int.random(in: 0..<10, using: &random) > 0 })
            now += .milliseconds(50)
        }
        for _ in 0..<200 where link.waitingCount > 0 {
            perform(link.flush(now: now) + link.ticked(now: now))
            now += .milliseconds(45)
        }
        #expect(link.waitingCount == 0)
        #expect(Set(answered) == Set(1...asked) && answered.count == Int(asked))
        // Each was carried out at least once, for the first time in the order of asking.
        var seen: Set<UInt64> = []
        #expect(router.executed.filter { seen.insert($0).inserted } == Array(1...asked))
    }
}

/// As much of a router as the protocol of links needs.
private struct LossyRouter {
    var executed: [UInt64] = []
    private var link: UInt64?
    private var expected: UInt64 = 0
    private var next: UInt64 = 0

    mutating func receive(_ message: ToRouter) -> [ToGateway] {
        switch message {
        case .open(let id, _, _):
            (link, expected, next) = (id, 0, 0)
            return [.opened(link: id, run: 1)]
        case .batch(let id, let number, let requests):
            guard id == link, number <= expected else {
                link = nil
                return [.reset(link: id)]
            }
            guard number == expected else { return [] }
            expected += 1
            let ids = requests.compactMap { request -> UInt64? in
                if case .command(let id, _, _) = request { id } else { nil }
            }
            executed += ids
            defer { next += 1 }
            return [.batch(link: id, number: next, answers: ids.map { .reply(id: $0, code: nil, json: []) })]
        }
    }
}
