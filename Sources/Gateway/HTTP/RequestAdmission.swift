internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Wire

/// Whom a request with `Authorization: Bearer` lets in, and what the others are answered.
struct RequestAdmission: Sendable {
    struct Denied: Error {
        let answer: HTTPAnswer
    }

    struct Admitted {
        let identity: Identity
        let entry: TenantEntry
        let account: Account

        var caller: Caller { identity.caller }
    }

    let context: GatewayContext

    /// - Parameter loop: of the request's connection.
    func admit(_ request: HummingbirdCore.Request, _ loop: LoopPort) async -> Result<Admitted, Denied> {
        let origin = request.headers[.origin]
        let authorization = request.headers[values: .authorization]
        func judge() -> Admission.Verdict {
            context.admission.judge(token: nil, authorization: authorization, origin: origin, at: context.wallClock())
        }
        var verdict = judge()
        if case .lookUp(let tenant, _) = verdict, await lookUp(tenant, loop) { verdict = judge() }
        switch verdict {
        case .admitted(let identity, let entry):
            let account = context.accounts.account(of: identity.caller.user, in: identity.caller.tenant)
            return .success(Admitted(identity: identity, entry: entry, account: account))
        case .denied(let denial), .lookUp(_, let denial):
            return .failure(Denied(answer: answer(denial, origin)))
        }
    }

    func preflight(_ request: HummingbirdCore.Request, methods: String) -> HTTPAnswer {
        let origin = request.headers[.origin]
        return CrossOrigin.preflight(origin, allowed: isListed(origin), methods: methods)
    }

    func refused(_ refusal: Refusal, ref: String? = nil, closes: Bool = false) -> HTTPAnswer {
        context.metrics.refused(refusal.code)
        return HTTPAnswer(refusal, ref: ref, closes: closes)
    }

    private func answer(_ denial: Admission.Denial, _ origin: String?) -> HTTPAnswer {
        if let fault = denial.fault { context.metrics.failed(fault) }
        let answer = refused(denial.refusal, closes: true)
        // A page of the tenant's own may read why; to others the browser shows nothing.
        return denial.code == .origin || !isListed(origin) ? answer : CrossOrigin.open(answer, to: origin)
    }

    private func isListed(_ origin: String?) -> Bool {
        origin.map { context.admission.origins.allowPreflight($0, context.directory) } ?? false
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
}
