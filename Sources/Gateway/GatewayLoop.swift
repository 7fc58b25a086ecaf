internal import Bus
internal import DequeModule
internal import NIOCore
internal import Operations
internal import Wire

/// Everything of one event loop: its connections, who waits for which answer, what is handed out. Never leaves its
/// loop; the handlers on it call in, and it calls them back by slot.
final class GatewayLoop {
    enum Waiter {
        case command(slot: Int, serial: UInt64, Op, ref: String?, since: ContinuousClock.Instant)
        case catchUp(slot: Int, serial: UInt64)
        case lookUp(slot: Int, serial: UInt64)
        case request(EventLoopPromise<RouterReply>, Op)
        case requestLookUp(EventLoopPromise<Void>)
    }

    /// Looks into the registry in a second, and in a burst: enough for a new tenant's first clients, too little to
    /// load a router with made-up names.
    static let lookUpsPerSecond: UInt64 = 5
    static let lookUpsBurst: UInt64 = 10
    /// What the queue to the bus thread takes at once; it has room for many times as much.
    static let inputsPerSend = 1_024

    let number: Int
    let eventLoop: any EventLoop
    let context: GatewayContext
    private(set) var now: ContinuousClock.Instant
    private var port: BusPort<GatewayInput>?

    private var handlers: [(any Subscriber)?] = []
    private var freeSlots: [Int] = []
    private var lastSerial: UInt64 = 0
    private var wheel: TimerWheel
    private var wheelTask: RepeatedTask?
    /// Connections whose first request is still on its way, with the moment when it has to be there.
    private var peeks: Deque<(peek: HeadPeek, deadline: ContinuousClock.Instant)> = []
    private var httpChannels: [ObjectIdentifier: any Channel] = [:]

    private var pending: Pending<Waiter>
    private var outbox: [GatewayInput] = []
    private var isOutboxScheduled = false
    private var lookUps = TokenBucket()

    private var delivery = Delivery()
    private var dispatch = Dispatch()
    private var collected: [(tenant: TenantSlug, events: [Envelope], cursor: UInt64)] = []
    private var collectedPlaces: [TenantSlug: Int] = [:]
    private var lastDispatch: ContinuousClock.Instant
    private var dispatchInterval: Duration
    private var isDispatchScheduled = false
    private var unflushed: [ConnectionHandler] = []

    init(number: Int, eventLoop: any EventLoop, context: GatewayContext) {
        self.number = number
        self.eventLoop = eventLoop
        self.context = context
        now = context.clock()
        wheel = TimerWheel(now: now)
        pending = Pending(loop: number)
        lastDispatch = now - context.policy.dispatchInterval
        dispatchInterval = context.policy.dispatchInterval
    }

    func start(_ port: BusPort<GatewayInput>) {
        self.port = port
        let tick = TimeAmount(TimerWheel.tick)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        wheelTask = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in bound.value.ticked() }
    }

    func stop() {
        wheelTask?.cancel()
        wheelTask = nil
        for case .some(let handler) in handlers { handler.cut() }
        for channel in httpChannels.values { channel.close(promise: nil) }
        for (peek, _) in peeks { peek.cut() }
        peeks.removeAll()
    }

    /// Time as of the turn that is going on.
    func refreshNow() { now = context.clock() }

    var openCount: Int { handlers.count - freeSlots.count + httpChannels.count }

    func receive(_ inputs: [LoopInput]) {
        refreshNow()
        for input in inputs {
            switch input {
            case .answer(let answer): receive(answer)
            case .expired(let id): expired(id)
            case .events(let tenant, let events, let cursor): collect(events, of: tenant, cursor: cursor)
            case .restart(let tenant): for handler in handlers(of: tenant) { handler.restart() }
            case .changed(let tenant): changed(tenant)
            }
        }
        flush()
        if !collected.isEmpty { pace() }
    }

    private func ticked() {
        refreshNow()
        while let first = peeks.first, first.deadline <= now || first.peek.isDone {
            if !first.peek.isDone { first.peek.cut() }
            peeks.removeFirst()
        }
        for (slot, tick) in wheel.advance(to: now) {
            guard let handler = handlers[slot], handler.scheduledTick <= tick else { continue }
            handler.timePassed()
            // It may have ended by what time brought.
            if handlers[slot] === handler { schedule(handler) }
        }
        flush()
    }
}

// MARK: - Connections

extension GatewayLoop {
    /// - Returns: the connection's slot, and a number that no other connection of this loop ever has.
    func add(_ handler: any Subscriber) -> (slot: Int, serial: UInt64) {
        lastSerial += 1
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            handlers[slot] = handler
        } else {
            slot = handlers.count
            handlers.append(handler)
        }
        handler.gauge.add(1)
        return (slot, lastSerial)
    }

    /// The socket is closed.
    func remove(_ handler: any Subscriber) {
        leave(handler)
        guard handlers[handler.slot] === handler else { return }
        handlers[handler.slot] = nil
        freeSlots.append(handler.slot)
        handler.gauge.add(-1)
    }

    /// Comes up at its next deadline.
    func schedule(_ handler: any Subscriber) {
        handler.scheduledTick = wheel.schedule(handler.slot, at: handler.nextDeadline)
    }

    func watch(_ peek: HeadPeek) { peeks.append((peek, now + context.policy.headTimeout)) }

    func addHTTP(_ channel: any Channel) {
        httpChannels[ObjectIdentifier(channel)] = channel
        context.metrics.httpConnections.add(1)
    }

    func removeHTTP(_ channel: any Channel) {
        if httpChannels.removeValue(forKey: ObjectIdentifier(channel)) != nil {
            context.metrics.httpConnections.add(-1)
        }
    }

    /// The handler has something to flush by the end of this turn of the loop.
    func willFlush(_ handler: ConnectionHandler) { unflushed.append(handler) }

    private func flush() {
        guard !unflushed.isEmpty else { return }
        for handler in unflushed { handler.flush() }
        unflushed.removeAll(keepingCapacity: true)
    }

    private func handler(_ slot: Int, _ serial: UInt64) -> (any Subscriber)? {
        guard let handler = handlers[slot], handler.serial == serial else { return nil }
        return handler
    }

    private func socket(_ slot: Int, _ serial: UInt64) -> ConnectionHandler? {
        handler(slot, serial) as? ConnectionHandler
    }

    private func handlers(of tenant: TenantSlug) -> [any Subscriber] {
        delivery.slots(of: tenant).compactMap { handlers[$0] }
    }

    private func changed(_ tenant: TenantSlug) {
        let entry = context.directory[tenant]
        for handler in handlers(of: tenant) { handler.tenantChanged(entry) }
    }

    /// Tells every connection that this gateway goes away, and closes them spread over the window.
    func drain(using random: inout some RandomNumberGenerator) {
        refreshNow()
        let window = context.policy.drainWindow.wholeMilliseconds
        for case .some(let handler) in handlers {
            handler.drain(after: .milliseconds(Int.random(in: 0...window, using: &random)))
            schedule(handler)
        }
        for (peek, _) in peeks where !peek.isDone { peek.cut() }
        for channel in httpChannels.values {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        flush()
    }
}

// MARK: - Requests

extension GatewayLoop {
    /// Asks a router; false where too much waits already.
    func submit(
        _ json: [UInt8], _ caller: Caller, _ op: Op, ref: String?, for handler: ConnectionHandler
    ) -> Bool {
        guard pending.count < context.policy.pendingMax else { return false }
        let id = pending.add(
            .command(slot: handler.slot, serial: handler.serial, op, ref: ref, since: now))
        put(.ask(id: id, .command(id: id, caller: caller, json: json)))
        return true
    }

    /// The same for HTTP; fails with the refusal where too much waits already.
    func request(_ json: [UInt8], _ caller: Caller, _ op: Op) -> EventLoopFuture<RouterReply> {
        let promise = eventLoop.makePromise(of: RouterReply.self)
        guard pending.count < context.policy.pendingMax else {
            promise.fail(Refusal.overloaded(retryAfterMs: Connection.overloadedRetryMs))
            return promise.futureResult
        }
        let id = pending.add(.request(promise, op))
        put(.ask(id: id, .command(id: id, caller: caller, json: json)))
        return promise.futureResult
    }

    /// From now on the tenant's events concern the connection.
    func enter(_ handler: any Subscriber, _ caller: Caller) {
        if delivery.open(handler.slot, caller) { put(.joined(caller.tenant, loop: number)) }
    }

    func catchUp(_ request: CatchUp, for handler: any Subscriber) {
        let id = pending.add(.catchUp(slot: handler.slot, serial: handler.serial))
        put(.ask(id: id, .catchUp(id: id, request)))
    }

    /// By `Audience.complete`.
    func complete(_ handler: any Subscriber, _ page: CatchUpPage) -> [CatchUpPage.Event]? {
        delivery.complete(handler.slot, reached: page.reached, page.conversations)
    }

    func mark(_ handler: any Subscriber) -> UInt64? { delivery.mark(handler.slot) }

    /// Nothing more is handed out to the connection. May be called twice.
    func leave(_ handler: any Subscriber) {
        if let tenant = delivery.close(handler.slot) { put(.parted(tenant, loop: number)) }
    }

    func gone(_ user: UserID, in tenant: TenantSlug) { put(.gone(tenant: tenant, user: user)) }

    /// Looks into the registry; false where that was done too often.
    func lookUp(_ tenant: TenantSlug, for handler: ConnectionHandler) -> Bool {
        lookUp(tenant, .lookUp(slot: handler.slot, serial: handler.serial))
    }

    func lookUp(_ tenant: TenantSlug, _ promise: EventLoopPromise<Void>) -> Bool {
        lookUp(tenant, .requestLookUp(promise))
    }

    private func lookUp(_ tenant: TenantSlug, _ waiter: Waiter) -> Bool {
        guard lookUps.take(rate: Self.lookUpsPerSecond, burst: Self.lookUpsBurst, now: now) == nil else { return false }
        context.metrics.lookUps.add()
        let id = pending.add(waiter)
        put(.ask(id: id, .lookUp(id: id, tenant: tenant)))
        return true
    }

    /// Inputs leave together once the loop has read what there is to read.
    private func put(_ input: GatewayInput) {
        outbox.append(input)
        guard !isOutboxScheduled else { return }
        isOutboxScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.send() }
    }

    private func send() {
        isOutboxScheduled = false
        var start = 0
        while start < outbox.count {
            let end = min(start + Self.inputsPerSend, outbox.count)
            guard port?.send(Array(outbox[start..<end])) == true else {
                context.metrics.busFull.add()
                break
            }
            start = end
        }
        outbox.removeFirst(start)
        guard !outbox.isEmpty else { return }
        // Nothing is lost: `pendingMax` bounds what can gather here.
        isOutboxScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(5)) { bound.value.send() }
    }
}

// MARK: - Answers

extension GatewayLoop {
    private func receive(_ answer: Answer) {
        switch answer {
        case .reply(let id, let code, let json):
            switch pending.take(id) {
            case .command(let slot, let serial, let op, let ref, let since):
                context.metrics.carriedOut(op, code)
                context.metrics.replySeconds.observe(now - since)
                guard let handler = socket(slot, serial) else { return }
                // Without a ref a client hears of failures only.
                handler.replied(ref != nil || code != nil ? json : nil)
            case .request(let promise, let op):
                context.metrics.carriedOut(op, code)
                promise.succeed(RouterReply(code: code, json: json))
            default: return
            }
        case .page(let id, let page):
            if case .catchUp(let slot, let serial) = pending.take(id) { handler(slot, serial)?.received(page) }
        case .refusedPage(let id, let code):
            if case .catchUp(let slot, let serial) = pending.take(id) { handler(slot, serial)?.refusedPage(code) }
        case .lookedUp(let id):
            switch pending.take(id) {
            case .lookUp(let slot, let serial): socket(slot, serial)?.lookedUp()
            case .requestLookUp(let promise): promise.succeed(())
            default: return
            }
        case .tenant, .tenantGone, .directoryComplete: return
        }
    }

    private func expired(_ id: UInt64) {
        let refusal = Refusal.unavailable(retryAfterMs: Self.unavailableRetryMs)
        switch pending.take(id) {
        case .command(let slot, let serial, let op, let ref, _):
            guard let handler = socket(slot, serial) else { return }
            handler.expired(ref, refusal, op)
        case .request(let promise, let op):
            context.metrics.carriedOut(op, refusal.code)
            promise.fail(refusal)
        case .catchUp(let slot, let serial): handler(slot, serial)?.refusedPage(.unavailable)
        case .lookUp(let slot, let serial): socket(slot, serial)?.lookedUp()
        case .requestLookUp(let promise): promise.succeed(())
        case nil: return
        }
    }

    /// After this long a restarted router usually is back.
    static let unavailableRetryMs = 2_000
}

// MARK: - Events

extension GatewayLoop {
    private func collect(_ events: [Envelope], of tenant: TenantSlug, cursor: UInt64) {
        if let place = collectedPlaces[tenant] {
            collected[place].events.append(contentsOf: events)
            collected[place].cursor = cursor
        } else {
            collectedPlaces[tenant] = collected.count
            collected.append((tenant, events, cursor))
        }
    }

    /// At once where the loop was quiet, and otherwise together with what comes in the next moment.
    private func pace() {
        let wait = lastDispatch + dispatchInterval - now
        guard wait > .zero else { return handOut() }
        guard !isDispatchScheduled else { return }
        isDispatchScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: TimeAmount(wait)) {
            let loop = bound.value
            loop.isDispatchScheduled = false
            loop.refreshNow()
            loop.handOut()
        }
    }

    private func handOut() {
        guard !collected.isEmpty else { return }
        let batch = collected
        collected.removeAll(keepingCapacity: true)
        collectedPlaces.removeAll(keepingCapacity: true)
        var count = 0
        for (tenant, events, cursor) in batch {
            count += events.count
            delivery.dispatch(events, of: tenant, cursor: cursor, into: &dispatch)
        }
        perform()
        lastDispatch = now
        refreshNow()
        // A round that takes long is followed by a longer one, so that what it costs per event falls.
        let policy = context.policy
        dispatchInterval = min(max(policy.dispatchInterval, now - lastDispatch), policy.dispatchIntervalMax)
        context.metrics.dispatches.observe(Double(count))
    }

    /// One flush for each connection.
    private func perform() {
        var deliveries = 0
        var bytes = 0
        var place = 0
        let total = dispatch.writes.count
        while place < total {
            let slot = dispatch.writes[place].slot
            var end = place + 1
            while end < total, dispatch.writes[end].slot == slot { end += 1 }
            for write in dispatch.writes[place..<end] {
                deliveries += write.count
                bytes += write.bytes.readableBytes
            }
            if let handler = handlers[slot] as? ConnectionHandler {
                for write in dispatch.writes[place..<end] {
                    if end - place > 1 { handler.deliver(write.bytes) } else { handler.deliverAlone(write.bytes) }
                }
                handler.flush()
            } else if let reader = handlers[slot] as? EventReader {
                reader.deliver(dispatch.writes[place..<end].flatMap { dispatch.events(of: $0) })
            }
            place = end
        }
        context.metrics.deliveries.add(deliveries)
        context.metrics.deliveredBytes.add(bytes)
        context.metrics.writes.add(total)
        dispatch.clear()
    }
}
