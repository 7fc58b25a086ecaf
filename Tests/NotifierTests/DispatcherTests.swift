import Foundation
import Registry
import Testing
import Wire

@testable import Notifier

/// A queue in a folder of its own, and a tenant with a webhook.
final class Queue {
    let folder = FileManager.default.temporaryDirectory.appending(path: "notifier-tests-\(UUID().uuidString)")
    let store: NotifierStore
    var dispatcher: Dispatcher
    var now = Timestamp(milliseconds: 1_767_225_600_000)
    var random = SystemRandomNumberGenerator()
    let tenant: TenantSlug
    let hook: WebhookRecord

    init(_ bounds: NotifierStore.Bounds = NotifierStore.Bounds(), perTarget: Int = 8) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try NotifierStore.open(data: folder.path())
        tenant = try #require(TenantSlug("acme"))
        hook = WebhookRecord(
            id: "wh_1", tenant: tenant, url: "https://example.org/", secret: Array(repeating: 1, count: 32),
            createdAt: now)
        var configuration = Dispatcher.Configuration()
        configuration.bounds = bounds
        configuration.departures.perTarget = perTarget
        dispatcher = try Dispatcher(configuration, store: store, vapid: nil)
        try dispatcher.set(
            needs: [NotifierNeed(tenant: tenant, isActive: true, webhooks: [hook], isPushing: false)],
            known: Queue.known)
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    func event(_ offset: UInt64, in conversation: UInt64) -> Dispatcher.Arrival {
        let id = ConversationID(bits: UUIDBits(high: 0, low: conversation))
        let json = #"{"event":"message.created","offset":\#(offset),"conversation":"\#(id.text)"}"#
        return Dispatcher.Arrival(tenant: tenant, epoch: "e", offset: offset, json: Array(json.utf8))
    }

    @discardableResult
    func settle(
        _ arrivals: [Dispatcher.Arrival] = [], ended: [(delivery: Delivery, outcome: Outcome)] = []
    ) throws -> Dispatcher.Settled {
        try dispatcher.settle(Dispatcher.Turn(arrivals: arrivals, ended: ended), at: now, using: &random)
    }

    func depart() throws -> [Delivery] { try dispatcher.depart(at: now).map(\.delivery) }

    static let known = RegistryNames(tenants: ["acme"], webhooks: ["wh_1"])
    static let good = Outcome.answered(status: 204, retryAfter: nil)
    static let bad = Outcome.answered(status: 500, retryAfter: nil)
}

@Suite struct DispatcherTests {
    @Test func aConversationsEventsLeaveOneAfterTheOtherAndOthersGoOn() throws {
        let queue = try Queue()
        try queue.settle([queue.event(1, in: 1), queue.event(2, in: 1), queue.event(3, in: 2)])
        let first = try queue.depart()
        #expect(first.map(\.event) == ["e:1", "e:3"])
        #expect(try queue.depart().isEmpty)
        try queue.settle(ended: [(first[0], Queue.bad), (first[1], Queue.good)])
        #expect(try queue.depart().isEmpty, "the second of a conversation waits for the first")
        queue.now = queue.now.advanced(bySeconds: 5)
        let again = try queue.depart()
        #expect(again.map(\.event) == ["e:1"] && again[0].attempts == 1)
        try queue.settle(ended: [(again[0], Queue.good)])
        #expect(try queue.depart().map(\.event) == ["e:2"])
    }

    @Test func whatIsWrittenDownIsThereForTheNextRun() throws {
        let queue = try Queue()
        try queue.settle([queue.event(1, in: 1)])
        _ = try queue.depart()
        let next = try Dispatcher(Dispatcher.Configuration(), store: queue.store, vapid: nil)
        queue.dispatcher = next
        try queue.dispatcher.set(
            needs: [NotifierNeed(tenant: queue.tenant, isActive: true, webhooks: [queue.hook], isPushing: false)],
            known: Queue.known)
        #expect(try queue.depart().map(\.event) == ["e:1"], "it was under way, and comes again")
    }

    @Test func aFullQueuePassesWhatComesToItsDeadLetters() throws {
        let queue = try Queue(NotifierStore.Bounds(waitingPerWebhook: 2, deadPerWebhook: 2))
        let settled = try queue.settle((1...6).map { queue.event($0, in: 1) })
        #expect(settled.counts.dead == 4 && settled.counts.deadDropped == 2)
        let letters = try queue.store.deadLetters(of: queue.tenant)
        #expect(letters.map(\.event) == ["e:5", "e:6"])
        #expect(letters.allSatisfy { $0.reason == "too many events wait" })
        let counts = try queue.store.counts(ofWebhook: "wh_1")
        #expect(counts == (waiting: 2, dead: 2))
        #expect(try queue.store.replay(nil, of: queue.tenant, webhooks: [], at: queue.now) == 0)
        #expect(try queue.store.replay(letters[0].id, of: queue.tenant, webhooks: ["wh_1"], at: queue.now) == 1)
        #expect(try queue.store.deadLetters(of: queue.tenant).map(\.event) == ["e:6"])
    }

    @Test func whoIsGoneTakesAllThatWaitsAlong() throws {
        let queue = try Queue()
        try queue.settle((1...3).map { queue.event($0, in: $0) })
        let leaving = try queue.depart()
        let gone = Outcome.answered(status: 410, retryAfter: nil)
        let settled = try queue.settle(ended: [(leaving[0], gone)])
        #expect(settled.disabled == ["wh_1"])
        #expect(try queue.store.deadLetters(of: queue.tenant).count == 3)
        #expect(try queue.store.counts(ofWebhook: "wh_1").waiting == 0)
        // Those that were under way come to an end that changes nothing.
        try queue.settle(ended: [(leaving[1], Queue.good), (leaving[2], Queue.bad)])
        #expect(try queue.store.deadLetters(of: queue.tenant).count == 3)
        #expect(queue.dispatcher.underWay == 0)
    }

    @Test func aSuspendedTenantsEventsWaitForItsReturn() throws {
        let queue = try Queue()
        try queue.settle([queue.event(1, in: 1)])
        func set(isActive: Bool) throws {
            try queue.dispatcher.set(
                needs: [
                    NotifierNeed(tenant: queue.tenant, isActive: isActive, webhooks: [queue.hook], isPushing: false)
                ], known: Queue.known)
        }
        try set(isActive: false)
        #expect(try queue.depart().isEmpty)
        try set(isActive: true)
        #expect(try queue.depart().map(\.event) == ["e:1"])
    }

    @Test func whatWaitsForAWebhookThatIsRemovedGoesWithIt() throws {
        let queue = try Queue()
        try queue.settle([queue.event(1, in: 1)])
        try queue.dispatcher.set(needs: [], known: RegistryNames(tenants: ["acme"], webhooks: []))
        #expect(try queue.store.counts(ofWebhook: "wh_1").waiting == 0)
        #expect(try queue.depart().isEmpty)
    }

    @Test func nothingIsKeptOfAWebhookOrTenantThatIsNoMore() throws {
        let queue = try Queue(NotifierStore.Bounds(waitingPerWebhook: 1))
        try queue.settle([queue.event(1, in: 1), queue.event(2, in: 1)])
        let subscription = PushSubscription(endpoint: "https://p.example/a", publicKey: [4], secret: [1])
        let push = DeliveryRows.Draft(
            kind: .push, target: "https://p.example", line: "https://p.example/a c", tenant: queue.tenant, event: "e:1",
            body: [1], browser: Browser(user: try #require(UserID("bob")), subscription: subscription))
        try queue.store.write { try DeliveryRows.add(push, at: queue.now, in: $0) }
        try queue.dispatcher.set(needs: [], known: Queue.known)
        #expect(try queue.store.counts(ofWebhook: "wh_1") == (waiting: 1, dead: 1), "a disabled one's are kept")
        #expect(try queue.store.read { try DeliveryRows.waiting(DeliveryRows.pushes, in: $0) } == 1)
        try queue.dispatcher.set(needs: [], known: RegistryNames(tenants: [], webhooks: []))
        #expect(try queue.store.counts(ofWebhook: "wh_1") == (waiting: 0, dead: 0))
        #expect(try queue.store.read { try DeliveryRows.waiting(DeliveryRows.pushes, in: $0) } == 0)
    }

    @Test func aDeletedMessagesTextIsKeptNeitherInTheQueueNorAmongDeadLetters() throws {
        let queue = try Queue(NotifierStore.Bounds(waitingPerWebhook: 1))
        let conversation = ConversationID(bits: UUIDBits(high: 0, low: 1))
        let id = MessageID(bits: UUIDBits(high: 0, low: 9))
        func created(_ offset: UInt64) -> Dispatcher.Arrival {
            let json =
                #"{"event":"message.created","offset":\#(offset),"conversation":"\#(conversation.text)","seq":3,"#
                + #""at":"2026-01-01T00:00:00.000Z","message":{"id":"\#(id.text)","text":"secret"}}"#
            return Dispatcher.Arrival(tenant: queue.tenant, epoch: "e", offset: offset, json: Array(json.utf8))
        }
        try queue.settle([created(1), created(2)])
        for empties in 1...2 {
            let json =
                #"{"event":"message.deleted","offset":\#(empties + 2),"conversation":"\#(conversation.text)","#
                + #""seq":3,"at":"2026-01-02T00:00:00.000Z","id":"\#(id.text)","by":"ana","empties":\#(empties)}"#
            try queue.settle([
                Dispatcher.Arrival(
                    tenant: queue.tenant, epoch: "e", offset: UInt64(empties + 2), json: Array(json.utf8))
            ])
        }
        let at = Timestamp(milliseconds: 1_767_225_600_000)
        let waiting = try #require(try queue.depart().first)
        #expect(waiting.body == Event.emptied(offset: 1, at: at, conversation: conversation, id: id, seq: 3))
        let dead = try #require(try queue.store.deadLetters(of: queue.tenant).first)
        #expect(dead.body == Event.emptied(offset: 2, at: at, conversation: conversation, id: id, seq: 3))
    }

    @Test func moreLinesThanRoomTakeTurns() throws {
        let queue = try Queue(perTarget: 2)
        try queue.settle((1...5).map { queue.event($0, in: $0) })
        var seen: [String] = []
        while case let leaving = try queue.depart(), !leaving.isEmpty {
            #expect(leaving.count <= 2)
            seen += leaving.map(\.event)
            try queue.settle(ended: leaving.map { ($0, Queue.good) })
        }
        #expect(seen == (1...5).map { "e:\($0)" })
    }

    private func push(_ queue: Queue, _ place: Int, _ tenant: TenantSlug, origin: String = "https://p.example") throws {
        let subscription = PushSubscription(endpoint: "\(origin)/\(place)", publicKey: [4], secret: [1])
        let draft = DeliveryRows.Draft(
            kind: .push, target: origin, line: "\(subscription.endpoint) \(tenant) c", tenant: tenant,
            event: "e:\(place)",
            body: [1], browser: Browser(user: try #require(UserID("bob")), subscription: subscription))
        try queue.store.write { try DeliveryRows.add(draft, at: queue.now, in: $0) }
    }

    private func pushesWaiting(_ queue: Queue) throws -> Int {
        try queue.store.read { try DeliveryRows.waiting(DeliveryRows.pushes, in: $0) }
    }

    @Test func whatWaitsToWakeSomebodyOfASuspendedTenantGoes() throws {
        let queue = try Queue()
        try queue.settle([queue.event(1, in: 1)])
        try push(queue, 1, queue.tenant)
        try queue.dispatcher.set(
            needs: [NotifierNeed(tenant: queue.tenant, isActive: false, webhooks: [queue.hook], isPushing: true)],
            known: Queue.known)
        #expect(try pushesWaiting(queue) == 0)
        #expect(try queue.store.counts(ofWebhook: "wh_1").waiting == 1)
    }

    @Test func aTenantWhosePushesStandStillKeepsNobodyElsesBack() throws {
        let queue = try Queue()
        let globex = try #require(TenantSlug("globex"))
        for place in 1...40 { try push(queue, place, queue.tenant) }
        for place in 1...40 { try push(queue, place, queue.tenant, origin: "https://q.example") }
        for place in 1...40 { try push(queue, place, queue.tenant, origin: "https://r.example") }
        try push(queue, 99, globex, origin: "https://r.example")
        try queue.settle([queue.event(1, in: 1)])
        try queue.dispatcher.wakeAll()
        var begun: [Delivery] = []
        for _ in 0..<4 { begun += try queue.depart() }
        #expect(begun.filter { $0.tenant == queue.tenant && $0.kind == .push }.count == 16)
        #expect(begun.contains { $0.tenant == globex })
        #expect(begun.contains { $0.kind == .webhook })
        let first = try #require(begun.first { $0.tenant == queue.tenant && $0.kind == .push })
        try queue.settle(ended: [(first, Queue.good)])
        #expect(try queue.depart().filter { $0.tenant == queue.tenant }.count == 1)
    }

    @Test func whoHasHalfOfAQueueOfPushesThatIsHalfFullGetsNoMoreOfIt() throws {
        let queue = try Queue(NotifierStore.Bounds(pushesWaiting: 10))
        let globex = try #require(TenantSlug("globex"))
        func answer(_ tenant: TenantSlug, _ number: UInt64) throws -> Dispatcher.Settled {
            let recipients = try (0..<8).map { place in
                PushAudience.Recipient(
                    user: try #require(UserID("u\(place)")), unread: 1,
                    subscriptions: [
                        PushSubscription(endpoint: "https://p.example/\(tenant)/\(place)", publicKey: [4], secret: [1])
                    ])
            }
            let audience = PushAudience(
                conversation: ConversationID(bits: UUIDBits(high: 1, low: number)), seq: 1, sender: "ana", title: nil,
                text: "a", at: queue.now, recipients: recipients)
            let question = StoredQuestion(
                id: Int64(number), tenant: tenant, event: "e:\(number)",
                message: MessageID(bits: UUIDBits(high: 2, low: number)),
                after: nil, queuedAt: queue.now)
            let turn = Dispatcher.Turn(answers: [Dispatcher.Answer(question: question, audience: audience, next: nil)])
            return try queue.dispatcher.settle(turn, at: queue.now, using: &queue.random)
        }
        #expect(try answer(queue.tenant, 1).counts.pushesUnqueued == 0)
        #expect(try answer(queue.tenant, 2).counts.pushesUnqueued == 8)
        #expect(try answer(globex, 3).counts.pushesUnqueued == 6)
        #expect(try pushesWaiting(queue) == 10)
    }
}
