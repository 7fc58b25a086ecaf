import Testing
import Wire

@testable import Fanout

@Suite struct AsksTests {
    let now = ContinuousClock.now
    let span = Asks.Span(tenant: Acme.slug, from: 1, to: 5)
    func waiter(_ request: UInt64) -> Asks.Waiter { Asks.Waiter(gateway: [1], request: request) }

    @Test func equalRequestsAreAskedOnceAndAllAnswered() {
        var asks = Asks(max: 10, timeout: .seconds(1))
        #expect(asks.ask(span, of: 0, for: waiter(7), now: now) == .asked(id: 1))
        #expect(asks.ask(span, of: 0, for: waiter(8), now: now) == .joined)
        #expect(asks.ask(span, of: 0, for: nil, now: now) == .joined)
        #expect(asks.count == 3)
        let ask = asks.end(1, of: 0)
        #expect(ask?.waiters == [waiter(7), waiter(8)])
        #expect(ask?.isFill == true)
        #expect(asks.count == 0)
        #expect(asks.end(1, of: 0) == nil)
        #expect(asks.ask(span, of: 0, for: nil, now: now) == .asked(id: 2))
    }

    @Test func theyAreBounded() {
        var asks = Asks(max: 3, timeout: .seconds(1))
        #expect(asks.ask(span, of: 0, for: waiter(1), now: now) == .asked(id: 1))
        #expect(asks.ask(Asks.Span(tenant: Acme.slug, from: 2, to: 2), of: 0, for: waiter(2), now: now) == .full)
        #expect(asks.ask(span, of: 0, for: waiter(3), now: now) == .joined)
        #expect(asks.ask(span, of: 0, for: waiter(4), now: now) == .full)
        #expect(asks.count == 3)
    }

    @Test func anotherRoutersAnswerEndsNothing() {
        var asks = Asks(max: 3, timeout: .seconds(1))
        _ = asks.ask(span, of: 0, for: nil, now: now)
        #expect(asks.end(1, of: 1) == nil)
        #expect(asks.count == 1)
    }

    @Test func theyAreGivenUpInOrderWhenTheirTimeIsUp() {
        var asks = Asks(max: 10, timeout: .seconds(1))
        let other = Asks.Span(tenant: Acme.slug, from: 9, to: 9)
        _ = asks.ask(span, of: 0, for: waiter(1), now: now)
        _ = asks.ask(other, of: 1, for: nil, now: now + .milliseconds(1))
        #expect(asks.expired(now: now + .milliseconds(999)) == [])
        #expect(asks.expired(now: now + .seconds(1)).map(\.span) == [span])
        #expect(asks.expired(now: now + .seconds(2)).map(\.span) == [other])
        #expect(asks.count == 0)
    }
}
