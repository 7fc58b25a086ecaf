internal import Bus
internal import Foundation
internal import GRDB
internal import Logging
internal import Operations
internal import Registry
internal import Wire

/// The notifier's thread: follows each tenant that needs it, asks the router whom to wake, and has the dispatcher write
/// down what comes and say what is to be sent. It alone touches the queue, and waits for the disk.
struct NotifierDriver: BusDriver {
    enum Input: Sendable {
        case ended(Delivery, Outcome, after: Duration)
    }

    struct Endpoints: Equatable, Sendable {
        /// Where the router answers whom to wake; empty: nobody is woken.
        var router: String
        /// Where fan-out workers serve streams.
        var streams: [String]
        /// The key that taps know workers by.
        var server: CurveKey?
        var keys: LinkKeys?
    }

    /// Hands a request to the network; the outcome comes back as an input.
    typealias Send = @Sendable (Delivery, OutgoingRequest) -> Void

    static let tick: Duration = .milliseconds(100)
    /// Between two looks at the registry, and at what the command line has changed in the queue.
    private static let pollInterval: Duration = .milliseconds(500)
    /// Between two tries to do what the disk refused.
    private static let restAfterFailure: Duration = .seconds(1)

    private let endpoints: Endpoints
    private let registry: TenantRegistry
    private let store: NotifierStore
    private let send: Send
    private let metrics: NotifierMetrics
    private let logger: Logger
    private let wallClock: @Sendable () -> Timestamp
    private var dispatcher: Dispatcher
    private var followers = Followers()
    private var questions = Questions()
    private var router: SocketID?
    private var turn = Dispatcher.Turn()
    private var random = SystemRandomNumberGenerator()
    private var counter: Int64?
    private var dataVersion: Int64?
    private var nextPoll: ContinuousClock.Instant?
    private var restsUntil: ContinuousClock.Instant?

    init(
        _ endpoints: Endpoints, _ dispatcher: Dispatcher, registry: TenantRegistry, store: NotifierStore,
        metrics: NotifierMetrics, logger: Logger, wallClock: @escaping @Sendable () -> Timestamp, send: @escaping Send
    ) {
        self.endpoints = endpoints
        self.dispatcher = dispatcher
        self.registry = registry
        self.store = store
        self.metrics = metrics
        self.logger = logger
        self.wallClock = wallClock
        self.send = send
    }

    mutating func started(_ sockets: BusSockets) throws {
        if !endpoints.router.isEmpty {
            var options = SocketOptions(name: "router")
            options.security = endpoints.keys.client(of: .router, at: endpoints.router)
            options.linger = .zero
            router = try sockets.open(.dealer, options, connect: [endpoints.router])
        }
        questions.mayHaveMore()
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        if socket == router {
            guard message.count == 2, message[0] == PushQuestion.marker, let answer = try? PushAnswer(message[1]),
                let taken = questions.answered(answer, now: sockets.now)
            else { return }
            turn.answers.append(taken)
        } else if let tenant = followers.tenant(of: socket), let message = TapMessage(message) {
            perform(followers[tenant]?.following.received(message, now: sockets.now) ?? [], for: tenant, sockets)
        }
    }

    mutating func handle(_ input: Input, _ sockets: BusSockets) {
        switch input {
        case .ended(let delivery, let outcome, let time):
            metrics.seconds.observe(time)
            if case .failed(let failure) = outcome { metrics.failures[failure]?.add() }
            turn.ended.append((delivery, outcome))
        }
    }

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        if nextPoll.map({ $0 <= now }) ?? true {
            nextPoll = now + Self.pollInterval
            attempt("registry") { try $0.poll(sockets) }
        }
        for tenant in followers.tenants {
            perform(followers[tenant]?.following.ticked(now: now) ?? [], for: tenant, sockets)
        }
    }

    mutating func turnEnded(_ sockets: BusSockets) {
        guard restsUntil.map({ $0 <= sockets.now }) ?? true else { return }
        restsUntil = nil
        do {
            try settle(sockets)
            try ask(sockets)
            try depart(sockets)
        } catch {
            metrics.storeFailures.add()
            logger.error("the queue can't be written", metadata: ["error": "\(error)"])
            restsUntil = sockets.now + Self.restAfterFailure
            // What was not written down is read again: from the stream, and by repeating requests.
            turn = Dispatcher.Turn()
            questions.forget()
            for tenant in followers.tenants { reopen(tenant, sockets) }
        }
    }

    mutating func stopping(_ sockets: BusSockets) { turnEnded(sockets) }

    // MARK: A turn

    private mutating func settle(_ sockets: BusSockets) throws {
        for tenant in followers.tenants {
            if let place = followers[tenant]?.movedPlace { turn.places[tenant] = place }
        }
        guard !turn.isEmpty else { return }
        let settled = try dispatcher.settle(turn, at: wallClock(), using: &random)
        for (tenant, place) in turn.places { followers.saved(place, of: tenant) }
        for answer in turn.answers { questions.settled(answer.question.id) }
        turn = Dispatcher.Turn()
        metrics.add(settled.counts)
        if settled.hasQuestions { questions.mayHaveMore() }
        for end in settled.pushEnds {
            if let router { sockets.send([PushEnd.marker, end.bytes], on: router) }
        }
        for webhook in settled.disabled {
            logger.warning("webhook disabled: its receiver says that it is gone", metadata: ["webhook": "\(webhook)"])
            try registry.disableWebhook(webhook, at: wallClock())
        }
    }

    private mutating func ask(_ sockets: BusSockets) throws {
        guard let router, questions.wantsMore(now: sockets.now) else { return }
        let stored = try store.read { try QuestionRows.first(Questions.underWayMax, in: $0) }
        for question in questions.due(from: stored, now: sockets.now) {
            sockets.send([PushQuestion.marker, question.bytes], on: router)
        }
    }

    private mutating func depart(_ sockets: BusSockets) throws {
        for (delivery, request) in try dispatcher.depart(at: wallClock()) {
            if let request {
                send(delivery, request)
            } else {
                turn.ended.append((delivery, .failed(.unusable)))
            }
        }
        if !turn.ended.isEmpty { sockets.askForTurn(at: sockets.now) }
        metrics.underWay.set(dispatcher.underWay)
    }

    // MARK: The registry

    private mutating func poll(_ sockets: BusSockets) throws {
        let counter = try registry.changeCounter()
        if counter != self.counter {
            let needs = try registry.notifierNeeds()
            try dispatcher.set(needs: needs, known: registry.names())
            let idle = needs.filter { !$0.isActive }.map(\.tenant)
            // What could not be opened is tried with the next poll.
            self.counter = try follow(needs.filter(\.isActive), idle: idle, sockets) ? counter : nil
        }
        let version = try store.dataVersion()
        if version != dataVersion {
            dataVersion = version
            try dispatcher.wakeAll()
        }
        let (hooks, pushes, asked) = try store.read { database in
            (
                try Int.fetchOne(database, sql: "SELECT SUM(count) FROM waiting WHERE target <> ''") ?? 0,
                try DeliveryRows.waiting(DeliveryRows.pushes, in: database),
                try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM question") ?? 0
            )
        }
        metrics.webhookWaiting.set(hooks)
        metrics.pushWaiting.set(pushes)
        metrics.questions.set(asked)
    }

    /// Opens and closes streams, so that there is one for each tenant that needs it, and none for any other.
    ///
    /// - Returns: false where some could not be opened.
    private mutating func follow(
        _ needs: [NotifierNeed], idle: [TenantSlug], _ sockets: BusSockets
    ) throws -> Bool {
        guard !endpoints.streams.isEmpty, endpoints.server != nil else { return true }
        let wanted = Set(needs.map(\.tenant))
        for tenant in followers.tenants where !wanted.contains(tenant) {
            if let follower = followers.remove(tenant) { sockets.close(follower.socket) }
        }
        let places = try store.read { try PlaceRows.all(in: $0) }
        for tenant in places.keys where !wanted.contains(tenant) && !idle.contains(tenant) {
            try store.write { try PlaceRows.forget(tenant, in: $0) }
            try registry.closeNotifierTap(of: tenant)
        }
        for tenant in wanted where followers[tenant] == nil {
            attempt("stream") { try $0.begin(tenant, places[tenant], sockets) }
        }
        metrics.tenants.set(followers.count)
        return wanted.allSatisfy { followers[$0] != nil }
    }

    private mutating func begin(_ tenant: TenantSlug, _ known: Place?, _ sockets: BusSockets) throws {
        let place = try known ?? Place(secret: CurveKeyPair.generate().secret, epoch: nil, next: 0)
        let keys = try CurveKeyPair(secret: place.secret)
        // The secret first: a key that nobody remembers opens nothing.
        if known == nil { try store.write { try PlaceRows.set(place, of: tenant, in: $0) } }
        let deed = Deed(operator: "parley notifier", at: wallClock())
        try registry.openNotifierTap(of: tenant, key: keys.publicKey, by: deed)
        try open(tenant, place, keys, sockets)
    }

    // MARK: Streams

    private mutating func open(
        _ tenant: TenantSlug, _ place: Place, _ keys: CurveKeyPair, _ sockets: BusSockets, attempt: Int = 0
    ) throws {
        guard let server = endpoints.server else { return }
        var options = SocketOptions(name: "stream")
        options.security = .client(keys, server: server)
        options.linger = .zero
        let endpoint = endpoints.streams[attempt % endpoints.streams.count]
        let socket = try sockets.open(.dealer, options, connect: [endpoint])
        let following = Following(next: place.next, epoch: place.epoch, now: sockets.now)
        followers.add(
            Follower(keys: keys, socket: socket, attempt: attempt, following: following, saved: place), of: tenant)
        perform(followers[tenant]?.following.opened(now: sockets.now) ?? [], for: tenant, sockets)
    }

    /// From what is written down, at the next worker.
    private mutating func reopen(_ tenant: TenantSlug, _ sockets: BusSockets) {
        guard let former = followers.remove(tenant) else { return }
        sockets.close(former.socket)
        attempt("stream") { try $0.open(tenant, former.saved, former.keys, sockets, attempt: former.attempt + 1) }
        // One that could not be opened is opened with the registry's next reading.
        if followers[tenant] == nil { counter = nil }
    }

    private mutating func perform(_ actions: [Following.Action], for tenant: TenantSlug, _ sockets: BusSockets) {
        for action in actions {
            guard let follower = followers[tenant] else { return }
            switch action {
            case .send(let request): sockets.send(request.frames, on: follower.socket)
            case .take(let offset, let json):
                guard let epoch = follower.following.epoch else { continue }
                turn.arrivals.append(
                    Dispatcher.Arrival(tenant: tenant, epoch: epoch, offset: offset, json: json))
            case .reconnect: return reconnect(tenant, sockets)
            case .missed(let from, let oldest):
                metrics.missed.add(Int(clamping: oldest - min(from, oldest)))
                logger.warning(
                    "events are missed: the log no longer holds them",
                    metadata: ["tenant": "\(tenant)", "from": "\(from)", "oldest": "\(oldest)"])
            case .restored:
                metrics.missed.add()
                logger.notice(
                    "the tenant was restored: following from its newest event", metadata: ["tenant": "\(tenant)"])
            case .refused(let code):
                logger.warning("stream refused", metadata: ["tenant": "\(tenant)", "code": "\(code.rawValue)"])
                followers.remove(tenant)
                sockets.close(follower.socket)
                // The next reading of the registry makes the tap anew where somebody has taken it away.
                counter = nil
                return
            }
        }
    }

    /// Another connection for the same place: what is gathered in this turn stays.
    private mutating func reconnect(_ tenant: TenantSlug, _ sockets: BusSockets) {
        guard let follower = followers[tenant] else { return }
        var place = follower.saved
        place.epoch = follower.following.epoch
        place.next = follower.following.next
        followers.remove(tenant)
        sockets.close(follower.socket)
        attempt("stream") { try $0.open(tenant, place, follower.keys, sockets, attempt: follower.attempt + 1) }
        if followers[tenant] == nil { counter = nil } else { followers.keepSaved(follower.saved, of: tenant) }
    }

    private mutating func attempt(_ what: String, _ body: (inout Self) throws -> Void) {
        do { try body(&self) } catch {
            logger.error("\(what) failed", metadata: ["error": "\(error)"])
        }
    }
}
