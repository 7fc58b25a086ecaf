internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Wire

/// `GET /v1/events`: what the WebSocket brings, for clients that can't have one: long polls and server-sent events
/// (docs/protocol.md §6).
struct EventsRoute: Sendable {
    static let path = "/v1/events"
    static let methods = "GET, OPTIONS"
    /// How long to wait before a try where all seats are taken.
    static let seatRetryMs = 5_000

    enum Opened {
        case answer(HTTPAnswer)
        case stream(HTTPFields, EventQueue)
    }

    private let context: GatewayContext
    private let admission: RequestAdmission
    private let seats: EventSeats

    init(_ context: GatewayContext, readersMax: Int) {
        self.context = context
        admission = RequestAdmission(context: context)
        seats = EventSeats(seatsMax: readersMax)
    }

    /// - Parameter loop: of the request's connection.
    func open(_ request: HummingbirdCore.Request, _ channel: any Channel, _ loop: LoopPort) async -> Opened {
        switch request.method {
        case .options: return .answer(admission.preflight(request, methods: Self.methods))
        case .get: break
        default: return .answer(.wrongMethod(allowed: Self.methods))
        }
        let admitted: RequestAdmission.Admitted
        switch await admission.admit(request, loop) {
        case .failure(let denied): return .answer(denied.answer)
        case .success(let success): admitted = success
        }
        let origin = request.headers[.origin]
        do throws(Refusal) {
            switch try await begin(request, admitted, channel, loop) {
            case .refused(let refusal): throw refusal
            case .answer(let answer):
                let answer = HTTPAnswer(.ok, whole: Self.fields(type: "application/json"), body: answer.body)
                return .answer(CrossOrigin.open(answer, to: origin))
            case .stream(let queue):
                let head = HTTPAnswer(.ok, whole: Self.fields(type: "text/event-stream"))
                var fields = CrossOrigin.open(head, to: origin).fields
                fields[.contentLength] = nil
                return .stream(fields, queue)
            }
        } catch {
            return .answer(CrossOrigin.open(admission.refused(error), to: origin))
        }
    }

    private func begin(
        _ request: HummingbirdCore.Request, _ admitted: RequestAdmission.Admitted, _ channel: any Channel,
        _ loop: LoopPort
    ) async throws(Refusal) -> EventReader.Outcome {
        let kind: EventReader.Kind = Self.wantsStream(request.headers[values: .accept]) ? .sse : .poll
        let query = try EventsQuery(request.uri.query, lastEventID: Self.lastEventID(request, kind))
        guard request.headers[.transferEncoding] == nil, (request.headers[.contentLength] ?? "0") == "0" else {
            throw .badRequest("body")
        }
        let settings = admitted.entry.settings
        if let wait = admitted.account.chargeRead(settings, now: context.clock()) {
            throw .rateLimited(retryAfterMs: wait.wholeMilliseconds)
        }
        guard !context.health.isRouterLost, !context.health.isDraining else {
            throw .unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs)
        }
        guard seats.take() else { throw .overloaded(retryAfterMs: Self.seatRetryMs) }
        let outcome = loop.perform { [seats] loop in
            loop.refreshNow()
            let promise = loop.eventLoop.makePromise(of: EventReader.Outcome.self)
            func refuse(_ refusal: Refusal) -> EventLoopFuture<EventReader.Outcome> {
                seats.giveBack()
                promise.succeed(.refused(refusal))
                return promise.futureResult
            }
            guard let client = try? channel.pipeline.syncOperations.handler(type: ClientWatch.self) else {
                return refuse(.unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs))
            }
            guard let attendee = loop.arrive(admitted.caller, settings, isPoll: true) else {
                return refuse(.rateLimited(retryAfterMs: CloseCode.unavailable.retryAfterMs ?? Self.seatRetryMs))
            }
            let reader = EventReader.Admitted(
                kind: kind, query: query, identity: admitted.identity, entry: admitted.entry, attendee: attendee)
            EventReader(reader, channel, client, seats: seats, outcome: promise, loop: loop).begin()
            return promise.futureResult
        }
        return (try? await outcome.get()) ?? .refused(.unavailable(retryAfterMs: GatewayLoop.unavailableRetryMs))
    }

    /// What keeps proxies from holding back, changing or keeping it.
    private static func fields(type: String) -> HTTPFields {
        var fields: HTTPFields = [
            .contentType: type, .cacheControl: "no-store, no-transform", .xContentTypeOptions: "nosniff",
        ]
        if let name = HTTPField.Name("X-Accel-Buffering") { fields[name] = "no" }
        return fields
    }

    private static func wantsStream(_ accept: [String]) -> Bool {
        accept.flatMap { $0.split(separator: ",") }.contains { range in
            let parts = range.lowercased().split(separator: ";")
            return parts.first?.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace } == "text/event-stream"
        }
    }

    private static func lastEventID(_ request: HummingbirdCore.Request, _ kind: EventReader.Kind) -> String? {
        guard kind == .sse, let name = HTTPField.Name("Last-Event-ID") else { return nil }
        return request.headers[name]
    }
}
