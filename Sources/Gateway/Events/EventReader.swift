internal import NIOCore
internal import Operations
internal import Wire

/// A client that reads events by HTTP, on its event loop: a shell around `EventPoll` or `EventStream`, which decide.
final class EventReader: Subscriber {
    /// Raw values are labels of metrics.
    enum Kind: String, CaseIterable {
        case poll
        case sse
    }

    /// What the request comes to.
    enum Outcome: Sendable {
        case answer(EventPoll.Answer)
        case refused(Refusal)
        case stream(EventQueue)
    }

    /// What is known once the request is let in.
    struct Admitted: Sendable {
        let kind: Kind
        let query: EventsQuery
        let identity: Identity
        let entry: TenantEntry
        let attendee: Attendee
    }

    let loop: GatewayLoop
    private let admitted: Admitted
    private let channel: any Channel
    private let client: ClientWatch
    private let seats: EventSeats
    private let outcome: EventLoopPromise<Outcome>
    private(set) var slot = -1
    private(set) var serial: UInt64 = 0
    var scheduledTick = 0

    private var poll: EventPoll?
    private var stream: EventStream?
    private var queue: EventQueue?
    private var epoch: String?
    /// The page that comes next is asked for once the last one is written.
    private var nextPageSince: UInt64?
    /// When a poll is answered at the latest: at the end of its wait, or of its token.
    private let pollDeadline: ContinuousClock.Instant
    private var isEnded = false

    /// - Parameters:
    ///   - seats: hold one for this reader.
    ///   - outcome: told once.
    init(
        _ admitted: Admitted, _ channel: any Channel, _ client: ClientWatch, seats: EventSeats,
        outcome: EventLoopPromise<Outcome>, loop: GatewayLoop
    ) {
        self.admitted = admitted
        self.channel = channel
        self.client = client
        self.seats = seats
        self.outcome = outcome
        self.loop = loop
        let wall = loop.context.wallClock()
        let expires = admitted.identity.expires
        let wait = Duration.seconds(Int64(admitted.query.waitSeconds))
        pollDeadline = loop.now + min(wait, .milliseconds(expires.milliseconds - wall.milliseconds))
        switch admitted.kind {
        case .poll: poll = EventPoll(waits: admitted.query.waitSeconds > 0)
        case .sse:
            stream = EventStream(
                loop.context.policy, retryWindowMs: loop.context.returns.windowMs, expires: expires, at: wall,
                now: loop.now)
        }
    }

    var gauge: Gauge { loop.context.metrics.fallback(admitted.kind).connections }

    var nextDeadline: ContinuousClock.Instant { stream?.nextDeadline ?? pollDeadline }

    func begin() {
        (slot, serial) = loop.add(self)
        loop.context.metrics.fallback(admitted.kind).requests.add()
        client.reader = self
        guard !client.isGone else { return gone() }
        loop.enter(self, admitted.identity.caller)
        ask(since: admitted.query.since, epoch: admitted.query.epoch)
        loop.schedule(self)
    }

    func received(_ page: CatchUpPage) {
        guard !isEnded else { return }
        epoch = page.epoch
        if let action = poll?.received(page, isNews: { admitted.attendee.account.isNews($0, at: $1) }) {
            perform(action, page)
        } else {
            receivedForStream(page)
        }
    }

    func refusedPage(_ code: Refusal.Code) {
        switch code {
        case .unavailable, .overloaded, .rateLimited: refuse(.unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs))
        case .forbidden: refuse(.forbidden)
        default: refuse(Refusal(.internal))
        }
    }

    func tenantChanged(_ entry: TenantEntry?) {
        guard let entry else { return refuse(Refusal(.unauthenticated)) }
        if entry.isSuspended(admitted.identity.caller.user) { refuse(.forbidden) }
    }

    /// Events of one round, in order.
    func deliver(_ events: [GivenEvent]) {
        guard !isEnded else { return }
        if let answer = poll?.happened(events, mark: loop.mark(self) ?? 0) { return finish(answer) }
        if let bytes = stream?.happened(events, now: loop.now) { write(bytes, events: events.count) }
    }

    func timePassed() {
        guard !isEnded else { return }
        if poll?.isLive == true, pollDeadline <= loop.now { return finish() }
        for timed in stream?.due(now: loop.now) ?? [] {
            switch timed {
            case .write(let bytes): write(bytes)
            case .mark:
                if let offset = loop.mark(self), let bytes = stream?.marked(offset, now: loop.now) { write(bytes) }
            case .end: end()
            }
        }
    }

    func restart() { finish() }

    func drain(after delay: Duration) {
        if queue != nil, let bytes = stream?.draining() { write(bytes) }
        finish()
    }

    func cut() { finish() }

    /// The client is no longer there.
    func gone() {
        guard !isEnded else { return }
        channel.close(promise: nil)
        end()
    }

    private func ask(since: UInt64?, epoch: String?) {
        let policy = loop.context.policy
        let request = CatchUp(
            caller: admitted.identity.caller, since: since, epoch: epoch, statesSince: admitted.query.since,
            eventsMax: UInt32(EventPoll.eventsMax), bytesMax: policy.pageBytesMax)
        loop.catchUp(request, for: self)
    }

    private func perform(_ action: EventPoll.Action, _ page: CatchUpPage) {
        switch action {
        case .wait: return
        case .ask(let since): ask(since: since, epoch: epoch)
        case .answer(let answer): finish(answer)
        case .goLive:
            guard let held = loop.complete(self, page) else { return ask(since: page.reached, epoch: epoch) }
            let mark = loop.mark(self) ?? page.reached
            if let next = poll?.wentLive(held.map { GivenEvent($0) }, mark: mark) { perform(next, page) }
        }
    }

    private func receivedForStream(_ page: CatchUpPage) {
        guard let (bytes, action) = stream?.received(page, since: admitted.query.since, now: loop.now) else { return }
        if queue == nil {
            let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
            let queue = EventQueue(bytesMax: loop.context.policy.outboundBytesMax) {
                bound.eventLoop.execute { bound.value.drained() }
            }
            self.queue = queue
            cutWhenLost()
            outcome.succeed(.stream(queue))
        }
        write(bytes, events: page.events.count)
        switch action {
        case .end: end()
        case .ask(let since): askOnceDrained(since: since)
        case .goLive:
            guard !isEnded else { return }
            guard let held = loop.complete(self, page) else { return askOnceDrained(since: page.reached) }
            let given = held.map { GivenEvent($0) }
            if let bytes = stream?.wentLive(page, given, now: loop.now) {
                write(bytes, events: page.states.count + given.count)
            }
            loop.schedule(self)
        }
    }

    /// A client that vanished without a word acknowledges nothing; the kernel would wait for a quarter of an hour. As long
    /// as two heartbeats, like a WebSocket's unanswered pings.
    private func cutWhenLost() {
        let milliseconds = Int(clamping: loop.context.policy.heartbeatMs * UInt64(Connection.unansweredPingsMax))
        let option = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: Self.tcpUserTimeout))
        // A channel that refuses is closing.
        try? channel.syncOptions?.setOption(option, value: milliseconds)
    }

    /// `TCP_USER_TIMEOUT` of <linux/tcp.h>.
    private static let tcpUserTimeout: CInt = 18

    private func askOnceDrained(since: UInt64) {
        nextPageSince = since
        queue?.tellWhenDrained()
    }

    private func drained() {
        guard !isEnded, let since = nextPageSince else { return }
        nextPageSince = nil
        ask(since: since, epoch: epoch)
    }

    private func write(_ bytes: ByteBuffer, events: Int = 0) {
        guard !isEnded, let queue, bytes.readableBytes > 0 else { return }
        loop.context.metrics.fallback(admitted.kind).events.add(events)
        guard !queue.offer(bytes) else { return }
        loop.context.metrics.fallbackSlow.add()
        channel.close(promise: nil)
        end()
    }

    /// With what there is.
    private func finish() {
        guard epoch != nil else { return refuse(.unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs)) }
        if let answer = poll?.ended(mark: loop.mark(self)) { finish(answer) } else { end() }
    }

    private func finish(_ answer: EventPoll.Answer) {
        guard !isEnded else { return }
        let states = answer.events.lazy.filter { $0.offset == 0 }.map(\.json.readableBytesView)
        admitted.attendee.account.tell(states, at: answer.offset)
        loop.context.metrics.fallback(admitted.kind).events.add(answer.events.count)
        outcome.succeed(.answer(answer))
        end(isTold: true)
    }

    /// A stream that has begun just ends: its client learns why when it comes back.
    private func refuse(_ refusal: Refusal) {
        guard !isEnded else { return }
        if queue == nil { outcome.succeed(.refused(refusal)) }
        end(isTold: true)
    }

    private func end(isTold: Bool = false) {
        guard !isEnded else { return }
        isEnded = true
        client.reader = nil
        if let queue {
            queue.finish()
            // It holds this reader, to tell it when it is drained.
            self.queue = nil
        } else if !isTold {
            outcome.succeed(.refused(.unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs)))
        }
        loop.remove(self)
        seats.giveBack()
        loop.depart(admitted.attendee)
    }
}
