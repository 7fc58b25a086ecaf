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
        case watch(slot: Int, serial: UInt64, Watchers.Watch, ref: String?, since: ContinuousClock.Instant)
        case catchUp(slot: Int, serial: UInt64)
        case lookUp(slot: Int, serial: UInt64)
        case request(EventLoopPromise<RouterReply>, Op)
        case file(EventLoopPromise<FileAnswer>)
        case requestLookUp(EventLoopPromise<Void>)
    }

    /// Looks into the registry in a second, and in a burst: enough for a new tenant's first clients, too little to
    /// load a router with made-up names.
    static let lookUpsPerSecond: UInt64 = 5
    static let lookUpsBurst: UInt64 = 10

    let number: Int
    let eventLoop: any EventLoop
    let context: GatewayContext
    private(set) var now: ContinuousClock.Instant
    let outbox: Outbox

    private var handlers: [(any Subscriber)?] = []
    private var freeSlots: [Int] = []
    private var lastSerial: UInt64 = 0
    private var wheel: TimerWheel
    private var wheelTask: RepeatedTask?
    /// Connections whose first request is still on its way, with the moment when it has to be there.
    private var peeks: Deque<(peek: HeadPeek, deadline: ContinuousClock.Instant)> = []
    private var httpChannels: [ObjectIdentifier: any Channel] = [:]

    var pending: Pending<Waiter>
    var shares: TenantShares<GatewayInput>
    var lookUps = TokenBucket()

    var delivery = Delivery()
    var watchers = Watchers()
    private var dispatch = Dispatch()
    private var rounds: Rounds
    private var isRoundScheduled = false
    private var unflushed: [ConnectionHandler] = []

    init(number: Int, eventLoop: any EventLoop, context: GatewayContext) {
        self.number = number
        self.eventLoop = eventLoop
        self.context = context
        now = context.clock()
        wheel = TimerWheel(now: now)
        pending = Pending(loop: number)
        shares = TenantShares(inHandMax: context.policy.tenantInHandMax)
        rounds = Rounds(context.policy, now: now)
        outbox = Outbox(eventLoop, full: context.metrics.busFull)
    }

    func start(_ port: BusPort<GatewayInput>) {
        outbox.open(port)
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
            case .events(let tenant, let events, let cursor): rounds.add(events, of: tenant, cursor: cursor)
            case .presence(let tenant, let news): tell(news, of: tenant)
            case .restart(let tenant): for handler in handlers(of: tenant) { handler.restart() }
            case .changed(let tenant): changed(tenant)
            }
        }
        flush()
        if !rounds.isEmpty { pace() }
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
        for input in shares.released(now: now) { outbox.put(input) }
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

    func handler(_ slot: Int, _ serial: UInt64) -> (any Subscriber)? {
        guard let handler = handlers[slot], handler.serial == serial else { return nil }
        return handler
    }

    func socket(at slot: Int) -> ConnectionHandler? { handlers[slot] as? ConnectionHandler }

    func socket(_ slot: Int, _ serial: UInt64) -> ConnectionHandler? {
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

// MARK: - Events

extension GatewayLoop {
    private func pace() {
        let wait = rounds.wait(now: now)
        guard wait > .zero else { return handOut() }
        guard !isRoundScheduled else { return }
        isRoundScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: TimeAmount(wait)) {
            let loop = bound.value
            loop.isRoundScheduled = false
            loop.refreshNow()
            loop.handOut()
        }
    }

    private func handOut() {
        guard !rounds.isEmpty else { return }
        var count = 0
        for batch in rounds.take() {
            count += batch.events.count
            delivery.dispatch(batch.events, of: batch.tenant, cursor: batch.cursor, into: &dispatch)
        }
        perform()
        let began = now
        refreshNow()
        rounds.ended(began: began, now: now)
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
