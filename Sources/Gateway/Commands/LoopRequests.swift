internal import NIOCore
internal import Operations
internal import Wire

/// What this loop asks of routers, and whom their answers are for.
extension GatewayLoop {
    /// Whether one more command may wait for routers.
    func hasRoom(for op: Op) -> Bool {
        let policy = context.policy
        return op.precedence.fits(pending.count, of: policy.pendingMax)
            && op.precedence.fits(pending.bytes, of: policy.pendingBytesMax)
    }

    /// Asks a router; false where too much waits already.
    func submit(
        _ json: [UInt8], _ caller: Caller, _ op: Op, ref: String?, for handler: ConnectionHandler
    ) -> Bool {
        guard hasRoom(for: op) else { return false }
        let id = pending.add(
            .command(slot: handler.slot, serial: handler.serial, op, ref: ref, since: now), of: caller.tenant,
            bytes: json.count)
        ask(id, .command(id: id, caller: caller, json: json), of: caller.tenant)
        return true
    }

    /// Now, or once the tenant has less in hand.
    func ask(_ id: UInt64, _ request: Request, of tenant: TenantSlug) {
        let isContended = context.talk.heard(tenant, now: now)
        guard let input = shares.take(.ask(id: id, request), of: tenant, isContended: isContended, now: now) else {
            return context.metrics.heldBack.add()
        }
        outbox.put(input)
    }

    /// Whose answer this is; what waited for its share goes on.
    private func take(_ id: UInt64) -> Waiter? {
        guard let (waiter, tenant) = pending.take(id) else { return nil }
        if let tenant {
            let isContended = shares.waitingCount > 0 && context.talk.isContended(tenant, now: now)
            for input in shares.answered(tenant, isContended: isContended, now: now) { outbox.put(input) }
        }
        return waiter
    }

    /// The same for HTTP; fails with the refusal where too much waits already.
    func request(_ json: [UInt8], _ caller: Caller, _ op: Op) -> EventLoopFuture<RouterReply> {
        let promise = eventLoop.makePromise(of: RouterReply.self)
        guard hasRoom(for: op) else {
            promise.fail(Refusal.overloaded(retryAfterMs: Connection.overloadedRetryMs))
            return promise.futureResult
        }
        let id = pending.add(.request(promise, op), of: caller.tenant, bytes: json.count)
        ask(id, .command(id: id, caller: caller, json: json), of: caller.tenant)
        return promise.futureResult
    }

    /// A request about a file; fails with the refusal where too much waits already.
    func request(_ request: FileRequest, _ caller: Caller, _ actingAs: UserID?) -> EventLoopFuture<FileAnswer> {
        let promise = eventLoop.makePromise(of: FileAnswer.self)
        guard pending.count < context.policy.pendingMax else {
            promise.fail(Refusal.overloaded(retryAfterMs: Connection.overloadedRetryMs))
            return promise.futureResult
        }
        let id = pending.add(.file(promise), of: caller.tenant)
        ask(id, .file(id: id, caller: caller, actingAs: actingAs, request), of: caller.tenant)
        return promise.futureResult
    }

    /// From now on the tenant's events concern the connection.
    func enter(_ handler: any Subscriber, _ caller: Caller) {
        if delivery.open(handler.slot, caller) { outbox.put(.joined(caller.tenant, loop: number)) }
    }

    func catchUp(_ request: CatchUp, for handler: any Subscriber) {
        let id = pending.add(.catchUp(slot: handler.slot, serial: handler.serial))
        outbox.put(.ask(id: id, .catchUp(id: id, request)))
    }

    /// By `Audience.complete`.
    func complete(_ handler: any Subscriber, _ page: CatchUpPage) -> [CatchUpPage.Event]? {
        delivery.complete(handler.slot, reached: page.reached, page.conversations, states: page.states)
    }

    func mark(_ handler: any Subscriber) -> UInt64? { delivery.mark(handler.slot) }

    /// Nothing more is handed out to the connection. May be called twice.
    func leave(_ handler: any Subscriber) {
        unwatch(handler)
        if let tenant = delivery.close(handler.slot) { outbox.put(.parted(tenant, loop: number)) }
    }

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
        outbox.put(.ask(id: id, .lookUp(id: id, tenant: tenant)))
        return true
    }
}

// MARK: - Answers

extension GatewayLoop {
    func receive(_ answer: Answer) {
        switch answer {
        case .reply(let id, let code, let json):
            switch take(id) {
            case .command(let slot, let serial, let op, let ref, let since):
                context.metrics.carriedOut(op, code)
                context.metrics.replySeconds.observe(now - since)
                guard let handler = socket(slot, serial) else { return }
                // Without a ref a client hears of failures only.
                handler.replied(ref != nil || code != nil ? json : nil)
            case .watch(let slot, let serial, let watch, let ref, let since):
                let handler = socket(slot, serial)
                watched(watch, isGranted: code == nil, handler)
                context.metrics.carriedOut(.presenceWatch, code)
                context.metrics.replySeconds.observe(now - since)
                handler?.replied(ref != nil || code != nil ? json : nil)
            case .request(let promise, let op):
                context.metrics.carriedOut(op, code)
                promise.succeed(RouterReply(code: code, json: json))
            default: return
            }
        case .page(let id, let page):
            if case .catchUp(let slot, let serial) = take(id) { handler(slot, serial)?.received(page) }
        case .refusedPage(let id, let code):
            if case .catchUp(let slot, let serial) = take(id) { handler(slot, serial)?.refusedPage(code) }
        case .lookedUp(let id):
            switch take(id) {
            case .lookUp(let slot, let serial): socket(slot, serial)?.lookedUp()
            case .requestLookUp(let promise): promise.succeed(())
            default: return
            }
        case .file(let id, let answer):
            if case .file(let promise) = take(id) { promise.succeed(answer) }
        // The bus thread has passed these on in their own way.
        case .tenant, .tenantGone, .directoryComplete, .presence: return
        }
    }

    func expired(_ id: UInt64) {
        let refusal = Refusal.unavailable(retryAfterMs: Self.unavailableRetryMs)
        switch take(id) {
        case .command(let slot, let serial, let op, let ref, _):
            guard let handler = socket(slot, serial) else { return }
            handler.expired(ref, refusal, op)
        case .watch(let slot, let serial, let watch, let ref, _):
            let handler = socket(slot, serial)
            watched(watch, isGranted: false, handler)
            handler?.expired(ref, refusal, .presenceWatch)
        case .request(let promise, let op):
            context.metrics.carriedOut(op, refusal.code)
            promise.fail(refusal)
        case .file(let promise): promise.fail(refusal)
        case .catchUp(let slot, let serial): handler(slot, serial)?.refusedPage(.unavailable)
        case .lookUp(let slot, let serial): socket(slot, serial)?.lookedUp()
        case .requestLookUp(let promise): promise.succeed(())
        case nil: return
        }
    }

    /// After this long a restarted router usually is back.
    static let unavailableRetryMs = 2_000
}
