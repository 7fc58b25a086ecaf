internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Operations
internal import Wire

/// `POST /v1/ops`: one command a request, the twin of a frame on the WebSocket (docs/protocol.md §6).
struct OpsRoute: Sendable {
    static let path = "/v1/ops"
    static let methods = "POST, OPTIONS"

    let context: GatewayContext

    /// - Parameter loop: of the request's connection.
    func answer(_ request: HummingbirdCore.Request, loop: LoopPort) async -> HTTPAnswer {
        let origin = request.headers[.origin]
        switch request.method {
        case .options:
            let isAllowed = origin.map { context.admission.origins.allowPreflight($0, context.directory) } ?? false
            return CrossOrigin.preflight(origin, allowed: isAllowed, methods: Self.methods)
        case .post: break
        default: return .wrongMethod(allowed: Self.methods)
        }
        switch await admit(request, origin, loop) {
        case .failure(let denial):
            if let fault = denial.fault { context.metrics.failed(fault) }
            context.metrics.refused(denial.refusal.code)
            let answer = HTTPAnswer(denial.refusal, closes: true)
            // A page of the tenant's own may read why; to others the browser shows nothing.
            let isListed = origin.map { context.admission.origins.allowPreflight($0, context.directory) } ?? false
            return denial.code == .origin || !isListed ? answer : CrossOrigin.open(answer, to: origin)
        case .success((let identity, let entry)):
            return CrossOrigin.open(await carryOut(request, identity, entry, loop), to: origin)
        }
    }

    private struct Denied: Error {
        let refusal: Refusal
        let code: CloseCode
        let fault: TokenFault?
    }

    private func admit(
        _ request: HummingbirdCore.Request, _ origin: String?, _ loop: LoopPort
    ) async -> Result<(Identity, TenantEntry), Denied> {
        let authorization = request.headers[values: .authorization]
        func judge() -> Admission.Verdict {
            context.admission.judge(
                token: nil, authorization: authorization, origin: origin, at: context.wallClock())
        }
        var verdict = judge()
        if case .lookUp(let tenant, _) = verdict, await lookUp(tenant, loop) { verdict = judge() }
        switch verdict {
        case .admitted(let identity, let entry): return .success((identity, entry))
        case .denied(let denial), .lookUp(_, let denial):
            return .failure(Denied(refusal: denial.refusal, code: denial.code, fault: denial.fault))
        }
    }

    /// False where it was not done.
    private func lookUp(_ tenant: TenantSlug, _ loop: LoopPort) async -> Bool {
        let isDone = loop.perform { loop in
            let promise = loop.eventLoop.makePromise(of: Void.self)
            loop.refreshNow()
            if !loop.lookUp(tenant, promise) { promise.fail(Refusal.unavailable(retryAfterMs: 1_000)) }
            return promise.futureResult.map { true }
        }
        return (try? await isDone.get()) ?? false
    }

    private func carryOut(
        _ request: HummingbirdCore.Request, _ identity: Identity, _ entry: TenantEntry, _ loop: LoopPort
    ) async -> HTTPAnswer {
        guard request.headers[.contentLength].flatMap(Int.init) ?? 0 <= Limits.frameBytes else {
            return refused(.tooLarge, closes: true)
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Limits.frameBytes)
        } catch {
            return refused(error is NIOTooManyBytesError ? .tooLarge : .badRequest(nil), closes: true)
        }
        let json = Array(body.readableBytesView)
        let parsed = Frame.parse(json)
        let account = context.accounts.account(of: identity.caller.user, in: identity.caller.tenant)
        let ref: String?
        switch parsed {
        case .frame(let frame): ref = frame.ref
        case .refused(let given, _): ref = given
        case .broken: ref = nil
        }
        if let wait = account.charge(entry.settings, now: context.clock()) {
            return refused(.rateLimited(retryAfterMs: wait.wholeMilliseconds), ref: ref)
        }
        switch parsed {
        case .broken: return refused(.badRequest(nil))
        case .refused(_, let refusal): return refused(refusal, ref: ref)
        case .frame(let frame):
            if case .session(let session) = frame.command {
                guard case .ping = session else { return refused(.badRequest("op"), ref: ref) }
                return HTTPAnswer(RouterReply(code: nil, json: Reply(ref: ref, .success(.done)).bytes))
            }
            return await submit(json, identity.caller, frame, loop)
        }
    }

    private func submit(_ json: [UInt8], _ caller: Caller, _ frame: Frame, _ loop: LoopPort) async -> HTTPAnswer {
        let op = frame.command.op
        do {
            let reply = try await loop.perform { $0.request(json, caller, op) }.get()
            return HTTPAnswer(reply)
        } catch {
            return refused(error as? Refusal ?? .unavailable(retryAfterMs: 1_000), ref: frame.ref)
        }
    }

    private func refused(_ refusal: Refusal, ref: String? = nil, closes: Bool = false) -> HTTPAnswer {
        context.metrics.refused(refusal.code)
        return HTTPAnswer(refusal, ref: ref, closes: closes)
    }
}
