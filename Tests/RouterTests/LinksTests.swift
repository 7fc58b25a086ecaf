import Testing
import Wire

@testable import Router

@Suite struct LinksTests {
    static let gateway: [UInt8] = [1, 2, 3]
    static let acme = TenantSlug.acme
    let start = ContinuousClock.now

    /// Links with one that gateway has opened as number 7, and its own number here.
    func opened(watched: [TenantSlug] = []) throws -> (Links, LinkID) {
        var links = Links(run: 9)
        let actions = links.received(
            .open(link: 7, gateway: "gateway-1", watched: watched), from: Self.gateway, now: start)
        #expect(actions.first == .send(.opened(link: 7, run: 9), to: Self.gateway))
        let link = try #require(links.all.first)
        #expect(actions.dropFirst().first == .opened(link))
        return (links, link)
    }

    @Test func openingAnswersAndAsksForTheDirectory() throws {
        let (links, _) = try opened(watched: [Self.acme])
        #expect(links.count == 1)
        #expect(links.watches(Self.acme))
    }

    @Test func batchesInOrderAreCarriedOut() throws {
        var (links, link) = try opened()
        for number in 0..<3 as Range<UInt64> {
            let request = Request.lookUp(id: number, tenant: Self.acme)
            let actions = links.received(
                .batch(link: 7, number: number, requests: [request]), from: Self.gateway, now: start)
            #expect(actions == [.perform([request], for: link)])
        }
    }

    @Test func aRepeatedBatchIsDropped() throws {
        var (links, _) = try opened()
        let batch = ToRouter.batch(link: 7, number: 0, requests: [.lookUp(id: 1, tenant: Self.acme)])
        #expect(links.received(batch, from: Self.gateway, now: start).count == 1)
        #expect(links.received(batch, from: Self.gateway, now: start).isEmpty)
        #expect(links.count == 1)
    }

    @Test func aMissedBatchEndsTheLink() throws {
        var (links, _) = try opened(watched: [Self.acme])
        let actions = links.received(.batch(link: 7, number: 1, requests: []), from: Self.gateway, now: start)
        #expect(actions == [.send(.reset(link: 7), to: Self.gateway)])
        #expect(links.count == 0)
        #expect(links.resets == 1)
        #expect(!links.watches(Self.acme))
    }

    @Test func anUnknownLinkIsToldToOpenAnew() throws {
        var (links, _) = try opened()
        let actions = links.received(.batch(link: 8, number: 0, requests: []), from: Self.gateway, now: start)
        #expect(actions == [.send(.reset(link: 8), to: Self.gateway)])
        #expect(links.count == 1)
    }

    @Test func aNewLinkReplacesTheFormerOfItsGatewayOnly() throws {
        var (links, first) = try opened()
        _ = links.received(.open(link: 1, gateway: "gateway-2", watched: []), from: [9], now: start)
        _ = links.received(.open(link: 8, gateway: "gateway-1", watched: []), from: Self.gateway, now: start)
        #expect(links.count == 2)
        links.answer(.lookedUp(id: 1), on: first)
        #expect(links.flush().isEmpty)
    }

    @Test func aRepeatedOpenGetsTheSameOnceMoreUntilTheFirstBatchComes() throws {
        var (links, link) = try opened()
        links.answer(.directoryComplete, on: link)
        let first = links.flush()
        let open = ToRouter.open(link: 7, gateway: "gateway-1", watched: [])
        #expect(
            links.received(open, from: Self.gateway, now: start)
                == [.send(.opened(link: 7, run: 9), to: Self.gateway)] + first)
        _ = links.received(.batch(link: 7, number: 0, requests: []), from: Self.gateway, now: start)
        #expect(links.received(open, from: Self.gateway, now: start).isEmpty)
    }

    @Test func answersOfATurnGoInOneBatch() throws {
        var (links, link) = try opened()
        links.answer(.lookedUp(id: 1), on: link)
        links.answer(.lookedUp(id: 2), on: link)
        let batch = ToGateway.batch(link: 7, number: 0, answers: [.lookedUp(id: 1), .lookedUp(id: 2)])
        #expect(links.flush() == [.send(batch, to: Self.gateway)])
        #expect(links.flush().isEmpty)
    }

    @Test func largeAnswersAreSpreadOverBatchesInOrder() throws {
        var (links, link) = try opened()
        let large = [UInt8](repeating: 0x20, count: Links.bytesPerBatch / 2)
        for id in 1...3 as ClosedRange<UInt64> { links.answer(.reply(id: id, code: nil, json: large), on: link) }
        let numbers = links.flush().map { action -> UInt64? in
            guard case .send(.batch(_, let number, let answers), _) = action, answers.count == 1 else { return nil }
            return number
        }
        #expect(numbers == [0, 1, 2])
    }

    @Test func aFailedSendEndsTheLink() throws {
        var (links, _) = try opened()
        links.failed(Self.gateway)
        #expect(links.count == 0)
        let actions = links.received(.batch(link: 7, number: 0, requests: []), from: Self.gateway, now: start)
        #expect(actions == [.send(.reset(link: 7), to: Self.gateway)])
    }

    @Test func aSilentGatewayIsForgotten() throws {
        var (links, _) = try opened(watched: [Self.acme])
        links.ticked(now: start + Links.silence - .milliseconds(1))
        #expect(links.count == 1)
        links.ticked(now: start + Links.silence)
        #expect(links.count == 0)
        #expect(!links.watches(Self.acme))
    }

    @Test func whichLinksEndedAndWhenTheyWereLastHeardIsToldOnce() throws {
        var (links, first) = try opened()
        let later = start + .seconds(3)
        _ = links.received(.batch(link: 7, number: 0, requests: []), from: Self.gateway, now: later)
        #expect(links.takeEnded().isEmpty)
        _ = links.received(.open(link: 8, gateway: "gateway-1", watched: []), from: Self.gateway, now: later)
        let ended = links.takeEnded()
        #expect(ended.map(\.link) == [first] && ended.map(\.heard) == [later])
        #expect(links.takeEnded().isEmpty)
        links.ticked(now: later + Links.silence)
        #expect(links.takeEnded().count == 1)
    }

    @Test func aTenantIsWatchedUntilItsLastWatcherEnds() throws {
        var (links, _) = try opened(watched: [Self.acme])
        let second = links.received(.open(link: 1, gateway: "g2", watched: [Self.acme]), from: [9], now: start)
        #expect(!second.contains(.watched(Self.acme)))
        _ = links.received(.batch(link: 7, number: 0, requests: [.unwatch(Self.acme)]), from: Self.gateway, now: start)
        #expect(links.watches(Self.acme))
        _ = links.received(.batch(link: 1, number: 0, requests: [.unwatch(Self.acme)]), from: [9], now: start)
        #expect(!links.watches(Self.acme))
        let again = links.received(
            .batch(link: 1, number: 1, requests: [.watch(Self.acme)]), from: [9], now: start)
        #expect(again == [.watched(Self.acme)])
    }

    /// The transport may lose, repeat and swap what it likes: all commands are carried out, for the first time in their
    /// order, and each is answered once.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func everyCommandIsCarriedOutInOrderAndAnswered(seed: UInt64) throws {
        var network = LossyNetwork(seed: seed)
        var now = start
        for step in 0..<4_000 {
            if network.gateway.submitted < 60, step % 5 == 0 { network.gateway.submit() }
            // The last part runs on a good network, so that what hangs shows.
            network.isFaulty = step < 2_500
            network.step(now: now)
            now += .milliseconds(50)
        }
        #expect(network.firstExecutions == Array(0..<60))
        #expect(network.gateway.answered == Set(0..<60))
        #expect(network.gateway.isDirectoryComplete)
    }
}
