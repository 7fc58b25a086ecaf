internal import NIOCore
internal import Operations
internal import Wire

/// One WebSocket in its pipeline: a shell around `Connection`, which decides.
final class ConnectionHandler: ChannelInboundHandler, Subscriber {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a client may count on beyond the contract's first version.
    private static let features = ["presence"]

    private enum Waiting: Equatable {
        case hello(ref: String?, Hello)
        case refresh(ref: String?, token: String)
    }

    let loop: GatewayLoop
    private let upgrade: Handshake.Upgrade
    private let address: String
    var connection: Connection
    private var parser = WebSocketParser(messageBytesMax: Limits.helloBytes)
    private var buffer = ByteBuffer()
    private(set) var context: ChannelHandlerContext?
    private(set) var slot = -1
    private(set) var serial: UInt64 = 0
    var scheduledTick = 0

    private var isGreeted = false
    private var waiting: Waiting?
    private var admitted: Admitted?
    /// The page that comes next is asked for once the socket has taken the last one.
    private var nextPageSince: UInt64?
    var needsFlush = false
    /// The channel may have bytes that the kernel has not taken.
    var mayBeQueued = false
    let direct: DirectWriter?
    /// What goes to the socket at the next flush, past the channel.
    var held = ByteBuffer()
    private var isPaused = false

    /// What is known once the token holds.
    private struct Admitted {
        var caller: Caller
        var entry: TenantEntry
        let attendee: Attendee
        let helloRef: String?
        /// The client's own position.
        let since: UInt64?
        var epoch: String?
    }

    /// - Parameters:
    ///   - address: of the client, counted in `Greetings` until the connection has said who it is.
    init(_ upgrade: Handshake.Upgrade, address: String, direct: DirectWriter?, loop: GatewayLoop) {
        self.upgrade = upgrade
        self.address = address
        self.direct = direct
        self.loop = loop
        connection = Connection(loop.context.policy, now: loop.now)
    }

    var nextDeadline: ContinuousClock.Instant { connection.nextDeadline }
    var gauge: Gauge { loop.context.metrics.connections }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        (slot, serial) = loop.add(self)
        loop.schedule(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { ended() }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let since = nextPageSince {
            nextPageSince = nil
            askPage(since: since)
        }
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
        loop.refreshNow()
        takeFrames()
        // Nothing is taken while a hello is judged: so much may gather, and the rest waits with the client.
        if !connection.takesFrames, !isPaused, buffer.readableBytes > Limits.frameBytes { pauseReading(true) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    private func takeFrames() {
        while connection.takesFrames, context != nil, let input = parser.next(from: &buffer) {
            let settings = admitted?.entry.settings ?? TenantSettings()
            let account = admitted?.attendee.account
            let action = connection.received(input, inFlightMax: settings.inFlightMax, now: loop.now) { now in
                account?.charge(settings, now: now)
            }
            perform(action, input)
        }
        // An idle connection keeps no buffer.
        if buffer.readableBytes == 0 { buffer = ByteBuffer() } else { buffer.discardReadBytes() }
    }

    private func perform(_ action: Connection.Action, _ input: WebSocketParser.Input) {
        switch action {
        case .none: return
        case .greet(let ref, let hello):
            waiting = .hello(ref: ref, hello)
            judge()
        case .submit(let op, let ref):
            guard case .text(let json) = input, let admitted else { return }
            submitted(loop.submit(json, admitted.caller, op, ref: ref, for: self), op, ref: ref)
        case .presence(let command, let actingAs, let ref):
            guard case .text(let json) = input else { return }
            perform(command, json, as: actingAs, ref: ref)
        case .refresh(let ref, let token):
            guard waiting == nil else {
                return refuse(ref: ref, .overloaded(retryAfterMs: Connection.overloadedRetryMs), .tokenRefresh)
            }
            waiting = .refresh(ref: ref, token: token)
            judge()
        case .carriedOut(let op, let json):
            loop.context.metrics.carriedOut(op, nil)
            if let json { send(json) }
        case .refuse(let ref, let refusal, let op): refuse(ref: ref, refusal, op)
        case .pong(let payload): write(WebSocketFrame.frame(.pong, payload))
        case .close(let code, let ref, let refusal):
            if let refusal { refuse(ref: ref, refusal, nil) }
            close(code)
        case .echoClose(let code):
            loop.context.metrics.closedByPeer.add()
            echo(code)
        case .cut: cut()
        }
    }

    private func perform(_ command: PresenceCommand, _ json: [UInt8], as actingAs: UserID?, ref: String?) {
        guard let admitted else { return }
        let (caller, attendee) = (admitted.caller, admitted.attendee)
        switch command {
        case .watch(let watch):
            let viewer = caller.role == .service ? actingAs : caller.user
            let isTaken = loop.watch(json, caller, watch.users, as: viewer, ref: ref, for: self)
            submitted(isTaken, .presenceWatch, ref: ref)
        case .set(let set) where caller.role == .user && actingAs == nil:
            loop.say(set, by: attendee)
            loop.context.metrics.carriedOut(.presenceSet, nil)
            if ref != nil { send(Reply(ref: ref, .success(.done)).bytes) }
        // A service has no presence, and whom it acts for has no connection here: the router keeps what it says.
        case .set: submitted(loop.submit(json, caller, .presenceSet, ref: ref, for: self), .presenceSet, ref: ref)
        }
    }

    private func submitted(_ isTaken: Bool, _ op: Op, ref: String?) {
        if isTaken {
            connection.submitted()
        } else {
            refuse(ref: ref, .overloaded(retryAfterMs: Connection.overloadedRetryMs), op)
        }
    }

    private func ended() {
        guard context != nil else { return }
        context = nil
        held = ByteBuffer()
        leave()
        loop.remove(self)
    }

    /// The connection counts no longer, though its socket may take a moment to close.
    func leave() {
        greeted()
        loop.leave(self)
        guard let admitted else { return }
        self.admitted = nil
        loop.depart(admitted.attendee)
    }

    private func greeted() {
        guard !isGreeted else { return }
        isGreeted = true
        loop.context.greetings.end(address)
    }

    func pauseReading(_ pause: Bool) {
        guard isPaused != pause else { return }
        isPaused = pause
        // A channel that refuses is closing, and reads nothing anyway.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: !pause)
    }
}

// MARK: - Who it is

extension ConnectionHandler {
    /// Judges the token of a `hello` or of a `token.refresh`.
    private func judge(isFinal: Bool = false) {
        let context = loop.context
        let token: String?
        let authorization: [String]
        switch waiting {
        case .hello(_, let hello): (token, authorization) = (hello.token, upgrade.authorization)
        case .refresh(_, let refresh): (token, authorization) = (refresh, [])
        case nil: return
        }
        let verdict = context.admission.judge(
            token: token, authorization: authorization, origin: upgrade.origin, at: context.wallClock())
        switch verdict {
        case .admitted(let identity, let entry): admit(identity, entry)
        case .lookUp(let tenant, let denial):
            if isFinal || !loop.lookUp(tenant, for: self) { deny(denial) }
        case .denied(let denial): deny(denial)
        }
    }

    func lookedUp() {
        judge(isFinal: true)
        flush()
    }

    private func deny(_ denial: Admission.Denial) {
        if let fault = denial.fault { loop.context.metrics.failed(fault) }
        switch waiting {
        case .hello(let ref, _):
            refuse(ref: ref, denial.refusal, .hello)
            close(denial.code)
        case .refresh(let ref, _): refuse(ref: ref, denial.refusal, .tokenRefresh)
        case nil: break
        }
        waiting = nil
    }

    private func admit(_ identity: Identity, _ entry: TenantEntry) {
        switch waiting {
        case .hello(let ref, let hello): enter(ref, hello, identity, entry)
        case .refresh(let ref, _): renew(ref, identity)
        case nil: break
        }
        waiting = nil
    }

    private func enter(_ ref: String?, _ hello: Hello, _ identity: Identity, _ entry: TenantEntry) {
        let context = loop.context
        let caller = identity.caller
        let retry = CloseCode.unavailable.retryAfterMs ?? 0
        guard !context.health.isRouterLost else {
            refuse(ref: ref, .unavailable(retryAfterMs: retry), .hello)
            return close(.unavailable)
        }
        guard let attendee = loop.arrive(caller, entry.settings) else {
            refuse(ref: ref, .rateLimited(retryAfterMs: retry), .hello)
            return close(.unavailable)
        }
        greeted()
        admitted = Admitted(caller: caller, entry: entry, attendee: attendee, helloRef: ref, since: hello.since)
        connection.admitted(expires: identity.expires, at: context.wallClock(), now: loop.now)
        loop.enter(self, caller)
        ask(since: hello.since, epoch: hello.epoch)
    }

    private func renew(_ ref: String?, _ identity: Identity) {
        guard let caller = admitted?.caller else { return }
        guard identity.caller.tenant == caller.tenant, identity.caller.user == caller.user,
            identity.caller.role == caller.role
        else { return refuse(ref: ref, .forbidden, .tokenRefresh) }
        admitted?.caller = identity.caller
        connection.renewed(expires: identity.expires, at: loop.context.wallClock(), now: loop.now)
        loop.schedule(self)
        loop.context.metrics.carriedOut(.tokenRefresh, nil)
        if ref != nil { send(Reply(ref: ref, .success(.expires(identity.expires))).bytes) }
    }

    /// - Parameter entry: nil where the tenant is gone.
    func tenantChanged(_ entry: TenantEntry?) {
        guard let admitted else { return }
        guard let entry else { return close(.unauthenticated) }
        self.admitted?.entry = entry
        if entry.isSuspended(admitted.caller.user) { close(.suspended) }
    }
}

// MARK: - What was missed

extension ConnectionHandler {
    private func ask(since: UInt64?, epoch: String?) {
        guard let admitted else { return }
        let policy = loop.context.policy
        let request = CatchUp(
            caller: admitted.caller, since: since, epoch: epoch, statesSince: admitted.since,
            eventsMax: policy.pageEventsMax, bytesMax: policy.pageBytesMax)
        loop.catchUp(request, for: self)
    }

    private func askPage(since: UInt64) { ask(since: since, epoch: admitted?.epoch) }

    func received(_ page: CatchUpPage) {
        guard let admitted, connection.phase == .admitting || connection.phase == .catchingUp else { return }
        if connection.phase == .admitting {
            greet(page, admitted)
        } else if !page.resumed || page.epoch != admitted.epoch {
            // What was sent so far belongs to a log that is no longer this one.
            return close(.draining)
        }
        if !page.events.isEmpty { write(Self.joined(page.events.map(\.json))) }
        guard page.complete else { return goOn(from: page.reached) }
        guard let held = loop.complete(self, page) else { return goOn(from: page.reached) }
        if !page.states.isEmpty { write(Self.joined(page.states)) }
        send(GatewayFrame.mark(offset: page.reached, isLive: true).bytes)
        for event in held { send(event.json) }
        connection.wentLive()
        loop.schedule(self)
    }

    private func goOn(from reached: UInt64) {
        flush()
        if context?.channel.isWritable == true { askPage(since: reached) } else { nextPageSince = reached }
    }

    func refusedPage(_ code: Refusal.Code) {
        guard let admitted, connection.phase == .admitting || connection.phase == .catchingUp else { return }
        let closeCode: CloseCode =
            switch code {
            case .unavailable, .overloaded, .rateLimited: .unavailable
            case .forbidden: .suspended
            default: .internal
            }
        if connection.phase == .admitting {
            let retry = closeCode == .unavailable ? closeCode.retryAfterMs : nil
            refuse(ref: admitted.helloRef, Refusal(code, retryAfterMs: retry), .hello)
        }
        close(closeCode)
    }

    private func greet(_ page: CatchUpPage, _ admitted: Admitted) {
        let policy = loop.context.policy
        let reply = HelloReply(
            ref: admitted.helloRef, features: Self.features, tenant: admitted.caller.tenant, user: page.user,
            session: "\(loop.number)-\(serial)", epoch: page.epoch,
            offset: page.resumed ? page.newest : page.reached, resumed: page.resumed,
            heartbeatMs: policy.heartbeatMs, retryWindowMs: loop.context.returns.windowMs,
            serverTime: loop.context.wallClock(), limits: ClientLimits(admitted.entry.settings))
        send(GatewayFrame.hello(reply).bytes)
        loop.context.metrics.carriedOut(.hello, nil)
        loop.context.returns.countGreeted()
        self.admitted?.epoch = page.epoch
        parser.messageBytesMax = Limits.frameBytes
        connection.greeted()
        loop.schedule(self)
        pauseReading(false)
        if buffer.readableBytes > 0 { takeFrames() }
    }

    private static func joined(_ events: [[UInt8]]) -> ByteBuffer {
        let capacity = events.reduce(0) { $0 + $1.count + WebSocketFrame.headerBytesMax }
        var bytes = ByteBufferAllocator().buffer(capacity: capacity)
        for json in events { WebSocketFrame.append(.text, json, to: &bytes) }
        return bytes
    }
}
