import Domain
import Testing
import Wire

@Suite struct PushTests {
    private let safe = PushSubscription(
        endpoint: "https://push.example/a", publicKey: [4] + Array(repeating: 1, count: 64),
        secret: Array(repeating: 2, count: 16))

    @Test func aSubscriptionIsStoredAndNobodyHearsOfIt() throws {
        let decision = try Acme().decide(.pushSubscribe(PushSubscribe(safe)), as: Acme.bob)
        #expect(decision == Decision(.done, changes: [.subscribed(Acme.bob, safe)]))
        let ended = try Acme().decide(.pushUnsubscribe(PushUnsubscribe(endpoint: safe.endpoint)), as: Acme.bob)
        #expect(ended == Decision(.done, changes: [.unsubscribed(Acme.bob, endpoint: safe.endpoint)]))
    }

    @Test func aPlainEndpointIsTakenOnlyWhereAnOperatorAllowsIt() throws {
        let plain = PushSubscription(
            endpoint: "http://10.0.0.1/a", publicKey: safe.publicKey, secret: safe.secret)
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("endpoint")) {
            try acme.decide(.pushSubscribe(PushSubscribe(plain)), as: Acme.bob)
        }
        var turn = acme.turn(.user(Acme.bob))
        turn.allowsPlainPush = true
        #expect(try Write.pushSubscribe(PushSubscribe(plain)).decide(turn).changes == [.subscribed(Acme.bob, plain)])
    }

    @Test func whoIsUnknownHasNone() throws {
        #expect(throws: Refusal.notFound) {
            try Acme().decide(.pushSubscribe(PushSubscribe(safe)), as: Acme.ghost)
        }
    }
}
