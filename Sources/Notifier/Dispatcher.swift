internal import Crypto
internal import GRDB
internal import Registry
internal import Wire

/// Turns what comes into what is sent, by way of the queue on disk: events into deliveries, ended attempts into the next,
/// the router's answers into pushes. One transaction a turn.
struct Dispatcher {
    struct Configuration: Equatable, Sendable {
        var bounds = NotifierStore.Bounds()
        var webhookRules = RetryRules()
        var pushRules = RetryRules(patience: .seconds(6 * 3_600))
        var departures = Departures.Bounds()
        /// How long a push service keeps what it can't deliver, and the age from which a message wakes nobody.
        var pushLifetime: Duration = .seconds(86_400)
        var allowsPrivate = false
        var version = ""
    }

    /// An event that a stream brought.
    struct Arrival: Equatable, Sendable {
        let tenant: TenantSlug
        let epoch: String
        let offset: UInt64
        let json: [UInt8]
    }

    /// The router's answer to a question.
    struct Answer: Equatable, Sendable {
        let question: StoredQuestion
        let audience: PushAudience?
        let next: UserID?
    }

    /// All that a turn brought.
    struct Turn: Sendable {
        var arrivals: [Arrival] = []
        var places: [TenantSlug: Place] = [:]
        var ended: [(delivery: Delivery, outcome: Outcome)] = []
        var answers: [Answer] = []

        var isEmpty: Bool { arrivals.isEmpty && places.isEmpty && ended.isEmpty && answers.isEmpty }
    }

    /// What has become of a turn, once it is on disk.
    struct Settled: Equatable, Sendable {
        var wakes: [String: Timestamp] = [:]
        var hasQuestions = false
        /// Browsers that are no more.
        var pushEnds: [PushEnd] = []
        /// Webhooks whose receiver is no more.
        var disabled: Set<String> = []
        var counts = NotifierCounts()
    }

    let configuration: Configuration
    private let store: NotifierStore
    private var needs: [TenantSlug: NotifierNeed] = [:]
    private var webhooks: [String: WebhookRecord] = [:]
    private var departures: Departures
    private var vapid: Vapid?

    init(_ configuration: Configuration, store: NotifierStore, vapid: Vapid?) throws {
        self.configuration = configuration
        self.store = store
        self.vapid = vapid
        departures = Departures(configuration.departures)
        try wakeAll()
    }

    var underWay: Int { departures.count }

    /// Looks at every target: the queue may have been changed by others.
    mutating func wakeAll() throws {
        for (target, due) in try store.read({ try DeliveryRows.targets(in: $0) }) { departures.wake(target, at: due) }
    }

    /// What waits for webhooks that are no more goes with them, and so does everything of tenants that are no more.
    ///
    /// - Parameter known: all that there are, disabled webhooks and idle tenants too.
    mutating func set(needs: [NotifierNeed], known: RegistryNames) throws {
        self.needs = Dictionary(needs.map { ($0.tenant, $0) }) { $1 }
        webhooks = Dictionary(needs.flatMap(\.webhooks).map { ($0.id, $0) }) { $1 }
        try store.write { database in
            try Forgetting.apply(known, in: database)
            // Nobody of a suspended tenant is woken, and afterwards it is too late.
            for need in needs where !need.isActive { try DeliveryRows.forget(pushesOf: need.tenant, in: database) }
        }
        try wakeAll()
    }

    // MARK: A turn

    mutating func settle(
        _ turn: Turn, at now: Timestamp, using random: inout some RandomNumberGenerator
    ) throws -> Settled {
        var settled = Settled()
        defer {
            for (delivery, _) in turn.ended {
                departures.end(delivery.line, of: delivery.target, for: delivery.tenant, now: now)
            }
        }
        guard !turn.isEmpty else { return settled }
        var drawn = random
        try store.write { database in
            settled = Settled()
            for arrival in turn.arrivals { try take(arrival, at: now, &settled, in: database) }
            for (tenant, place) in turn.places { try PlaceRows.set(place, of: tenant, in: database) }
            for answer in turn.answers { try take(answer, at: now, &settled, in: database) }
            for (delivery, outcome) in turn.ended {
                try end(delivery, outcome, at: now, &settled, using: &drawn, in: database)
            }
        }
        random = drawn
        for (target, at) in settled.wakes { departures.wake(target, at: at) }
        return settled
    }

    private func take(_ arrival: Arrival, at now: Timestamp, _ settled: inout Settled, in database: Database) throws {
        settled.counts.events += 1
        guard let need = needs[arrival.tenant], let peek = EventPeek(arrival.json) else { return }
        if let emptied = peek.emptied, let conversation = peek.conversation {
            try Emptying.apply(emptied, in: conversation, epoch: arrival.epoch, database)
        }
        let event = "\(arrival.epoch):\(arrival.offset)"
        for webhook in need.webhooks where webhook.wants(peek.event, in: peek.conversation) {
            let draft = DeliveryRows.Draft(
                kind: .webhook, target: webhook.id, line: peek.conversation?.text ?? "", tenant: arrival.tenant,
                event: event, body: arrival.json)
            guard try DeliveryRows.waiting(webhook.id, in: database) < configuration.bounds.waitingPerWebhook else {
                settled.counts.dead += 1
                settled.counts.deadDropped += try DeadLetters.add(
                    draft, queuedAt: now, attempts: 0, reason: "too many events wait", at: now,
                    keep: configuration.bounds.deadPerWebhook, in: database)
                continue
            }
            try DeliveryRows.add(draft, at: now, in: database)
            settled.wakes[webhook.id] = now
        }
        guard need.isPushing, vapid != nil, peek.event == Event.Kind.messageCreated.rawValue, let message = peek.message
        else { return }
        try QuestionRows.add(message, of: arrival.tenant, event: event, at: now, in: database)
        settled.hasQuestions = true
    }

    private func take(_ answer: Answer, at now: Timestamp, _ settled: inout Settled, in database: Database) throws {
        let question = answer.question
        if let next = answer.next {
            try QuestionRows.goOn(question.id, after: next, in: database)
            settled.hasQuestions = true
        } else {
            try QuestionRows.finish(question.id, in: database)
        }
        guard let audience = answer.audience, !audience.recipients.isEmpty else { return }
        let oldest = now.milliseconds - RetryRules.milliseconds(configuration.pushLifetime)
        guard audience.at.milliseconds >= oldest else {
            settled.counts.pushesTooOld += audience.recipients.count
            return
        }
        var left = try pushesLeft(for: question.tenant, in: database)
        for recipient in audience.recipients {
            let body = PushMessage.body(
                tenant: question.tenant, message: question.message, audience: audience, recipient: recipient)
            for subscription in recipient.subscriptions {
                guard let target = WebTarget(subscription.endpoint) else { continue }
                guard left > 0 else {
                    settled.counts.pushesUnqueued += 1
                    continue
                }
                left -= 1
                try DeliveryRows.add(
                    DeliveryRows.Draft(
                        kind: .push, target: target.origin,
                        line: "\(subscription.endpoint) \(question.tenant) \(audience.conversation.text)",
                        tenant: question.tenant,
                        event: question.event, body: body,
                        browser: Browser(user: recipient.user, subscription: subscription)), at: now, in: database)
                settled.wakes[target.origin] = now
            }
        }
    }

    /// How many more may wait. From half of the queue on, a tenant that has that half gets no more of it: receivers that
    /// answer nobody would keep other tenants' out.
    private func pushesLeft(for tenant: TenantSlug, in database: Database) throws -> Int {
        let all = configuration.bounds.pushesWaiting
        let left = all - (try DeliveryRows.waiting(DeliveryRows.pushes, in: database))
        guard left <= all - all / 2 else { return left }
        return min(left, max(all / 2, 1) - (try DeliveryRows.pushes(of: tenant, in: database)))
    }

    private func end(
        _ delivery: Delivery, _ outcome: Outcome, at now: Timestamp, _ settled: inout Settled,
        using random: inout some RandomNumberGenerator, in database: Database
    ) throws {
        let rules = delivery.kind == .webhook ? configuration.webhookRules : configuration.pushRules
        let first = delivery.firstTriedAt ?? now
        let verdict = rules.verdict(
            outcome, of: delivery.kind, attempts: delivery.attempts + 1, firstTriedAt: first, now: now, using: &random)
        settled.counts.count(verdict, of: delivery.kind)
        switch verdict {
        case .delivered: try DeliveryRows.finish(delivery, now: now, in: database)
        case .retry(let at):
            try DeliveryRows.retry(delivery, at: at, firstTriedAt: first, in: database)
            settled.wakes[delivery.target] = min(settled.wakes[delivery.target] ?? at, at)
        case .dead(let reason):
            if delivery.kind == .webhook { try bury(delivery, reason, at: now, &settled, in: database) }
            try DeliveryRows.finish(delivery, now: now, in: database)
        case .gone(let reason):
            guard let browser = delivery.browser else {
                try DeliveryRows.bury(
                    webhook: delivery.target, reason: reason, at: now, keep: configuration.bounds.deadPerWebhook,
                    in: database)
                settled.disabled.insert(delivery.target)
                return
            }
            let endpoint = browser.subscription.endpoint
            try DeliveryRows.forget(browser: endpoint, of: delivery.target, in: database)
            settled.pushEnds.append(PushEnd(tenant: delivery.tenant, user: browser.user, endpoint: endpoint))
        }
    }

    private func bury(
        _ delivery: Delivery, _ reason: String, at now: Timestamp, _ settled: inout Settled, in database: Database
    ) throws {
        settled.counts.deadDropped += try DeadLetters.add(
            delivery, attempts: delivery.attempts + 1, reason: reason, at: now,
            keep: configuration.bounds.deadPerWebhook, in: database)
    }

    // MARK: Departures

    /// What is to be sent now. What can't be made into a request has ended already.
    mutating func depart(at now: Timestamp) throws -> [(delivery: Delivery, request: OutgoingRequest?)] {
        let targets = departures.due(at: now)
        guard !targets.isEmpty else { return [] }
        var leaving: [(delivery: Delivery, request: OutgoingRequest?)] = []
        let store = store
        for target in targets {
            let room = departures.room(for: target)
            guard room > 0 else { break }
            // Those of a suspended tenant wait for its return: a change of the needs looks at all targets.
            let isHeld =
                Departures.isWebhook(target) && webhooks[target].map { needs[$0.tenant]?.isActive != true } ?? true
            guard !isHeld else {
                departures.looked(at: target, next: nil)
                continue
            }
            let underWay = departures.lines(of: target)
            let full = Departures.isWebhook(target) ? [] : departures.fullTenants
            let found = try store.write {
                try DeliveryRows.due(of: target, at: now, except: underWay, of: full, limit: room, in: $0)
            }
            departures.looked(at: target, next: found.next)
            for delivery in found.deliveries {
                guard departures.begin(delivery.line, of: target, for: delivery.tenant) else {
                    // Its tenant has become full: others' lines may stand behind it.
                    departures.wake(target, at: now)
                    continue
                }
                leaving.append((delivery, request(for: delivery, at: now)))
            }
        }
        return leaving
    }

    private mutating func request(for delivery: Delivery, at now: Timestamp) -> OutgoingRequest? {
        guard let browser = delivery.browser else {
            guard let webhook = webhooks[delivery.target], let target = WebTarget(webhook.url) else { return nil }
            let headers = WebhookRequest.headers(
                of: delivery, webhook: webhook.id, secret: webhook.secret, version: configuration.version, now: now)
            return OutgoingRequest(target: target, headers: headers, body: delivery.body)
        }
        guard let target = WebTarget(browser.subscription.endpoint),
            target.isSecure || configuration.allowsPrivate, var vapid,
            let authorization = try? vapid.authorization(for: target.origin, now: now)
        else { return nil }
        self.vapid = vapid
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let encrypted = try? PushEncryption.encrypted(
            delivery.body, for: browser.subscription, own: P256.KeyAgreement.PrivateKey(), salt: salt)
        guard let encrypted else { return nil }
        let conversation = EventPeek.conversation(ofPush: delivery.body) ?? ""
        let headers = [
            ("content-type", "application/octet-stream"), ("content-encoding", "aes128gcm"),
            ("authorization", authorization),
            ("ttl", "\(RetryRules.milliseconds(configuration.pushLifetime) / 1_000)"), ("urgency", "high"),
            ("topic", PushMessage.topic(of: conversation, in: delivery.tenant)),
        ]
        return OutgoingRequest(target: target, headers: headers, body: encrypted)
    }
}
