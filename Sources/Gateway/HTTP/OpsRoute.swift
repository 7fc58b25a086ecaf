internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Operations
internal import Wire

/// `POST /v1/ops`: one command a request, the twin of a frame on the WebSocket (docs/protocol.md §6).
struct OpsRoute: Sendable {
    static let path = "/v1/ops"
    static let methods = "POST, OPTIONS"

    private let context: GatewayContext
    private let admission: RequestAdmission

    init(_ context: GatewayContext) {
        self.context = context
        admission = RequestAdmission(context: context)
    }

    /// - Parameter loop: of the request's connection.
    func answer(_ request: HummingbirdCore.Request, loop: LoopPort) async -> HTTPAnswer {
        switch request.method {
        case .options: return admission.preflight(request, methods: Self.methods)
        case .post: break
        default: return .wrongMethod(allowed: Self.methods)
        }
        switch await admission.admit(request, loop) {
        case .failure(let denied): return denied.answer
        case .success(let admitted):
            return CrossOrigin.open(await carryOut(request, admitted, loop), to: request.headers[.origin])
        }
    }

    private func carryOut(
        _ request: HummingbirdCore.Request, _ admitted: RequestAdmission.Admitted, _ loop: LoopPort
    ) async -> HTTPAnswer {
        guard request.headers[.contentLength].flatMap(Int.init) ?? 0 <= Limits.frameBytes else {
            return admission.refused(.tooLarge, closes: true)
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Limits.frameBytes)
        } catch {
            return admission.refused(error is NIOTooManyBytesError ? .tooLarge : .badRequest(nil), closes: true)
        }
        let json = Array(body.readableBytesView)
        let parsed = Frame.parse(json)
        let ref: String?
        switch parsed {
        case .frame(let frame): ref = frame.ref
        case .refused(let given, _): ref = given
        case .broken: ref = nil
        }
        if let wait = admitted.account.charge(admitted.entry.settings, now: context.clock()) {
            return admission.refused(.rateLimited(retryAfterMs: wait.wholeMilliseconds), ref: ref)
        }
        switch parsed {
        case .broken: return admission.refused(.badRequest(nil))
        case .refused(_, let refusal): return admission.refused(refusal, ref: ref)
        case .frame(let frame):
            if case .session(let session) = frame.command {
                guard case .ping = session else { return admission.refused(.badRequest("op"), ref: ref) }
                context.metrics.carriedOut(.ping, nil)
                return HTTPAnswer(RouterReply(code: nil, json: Reply(ref: ref, .success(.done)).bytes))
            }
            return await submit(json, admitted.caller, frame, loop)
        }
    }

    private func submit(_ json: [UInt8], _ caller: Caller, _ frame: Frame, _ loop: LoopPort) async -> HTTPAnswer {
        let op = frame.command.op
        do {
            let reply = try await loop.perform { $0.request(json, caller, op) }.get()
            return HTTPAnswer(reply)
        } catch {
            return admission.refused(error as? Refusal ?? .unavailable(retryAfterMs: 1_000), ref: frame.ref)
        }
    }
}
