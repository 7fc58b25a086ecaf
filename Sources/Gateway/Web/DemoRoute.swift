internal import Foundation
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization
internal import Wire

/// The demo's sign-in: `GET /demo/people`, `POST /demo/token`. Where the demo doesn't run there are no such paths.
final class DemoRoute: Sendable {
    static let people = "/demo/people"
    static let token = "/demo/token"
    /// `{"user":"…"}` with the longest name that there is, and room for spaces.
    static let bodyBytesMax = 1_024
    /// A page asks for one token a person and quarter of an hour.
    static let tokensPerSecond: UInt64 = 20
    static let tokensBurst: UInt64 = 100

    private struct Wanted: Decodable {
        let user: String
    }

    private let demo: DemoSignIn
    private let context: GatewayContext
    private let bucket = Mutex(TokenBucket())

    init(_ demo: DemoSignIn, _ context: GatewayContext) {
        self.demo = demo
        self.context = context
    }

    /// Nil for other paths.
    func answer(_ request: HummingbirdCore.Request, _ path: String) async -> HTTPAnswer? {
        switch (path, request.method) {
        case (Self.people, .get), (Self.people, .head): list()
        case (Self.people, _): .wrongMethod(allowed: "GET, HEAD")
        case (Self.token, .post): await mint(request)
        case (Self.token, _): .wrongMethod(allowed: "POST")
        default: nil
        }
    }

    private func list() -> HTTPAnswer {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("people", each: demo.people) { writer, person in
            writer.beginObject()
            writer.field("id", person.id)
            writer.field("name", person.name)
            writer.endObject()
        }
        writer.endObject()
        return HTTPAnswer(.ok, body: writer.bytes)
    }

    private func mint(_ request: HummingbirdCore.Request) async -> HTTPAnswer {
        // A page of somebody else's, whatever name it reached this port by, signs nobody in.
        if let origin = request.headers[.origin], !context.origins.value.isOwn(origin) {
            return refused(.forbidden, closes: true)
        }
        let wait = bucket.withLock {
            $0.take(rate: Self.tokensPerSecond, burst: Self.tokensBurst, now: context.clock())
        }
        if let wait { return refused(.rateLimited(retryAfterMs: wait.wholeMilliseconds), closes: true) }
        guard let body = try? await request.body.collect(upTo: Self.bodyBytesMax) else {
            return refused(.tooLarge, closes: true)
        }
        guard let wanted = try? JSONDecoder().decode(Wanted.self, from: Data(body.readableBytesView)) else {
            return refused(.badRequest("user"))
        }
        do {
            let now = context.wallClock().milliseconds / 1_000
            guard let token = try demo.token(for: wanted.user, now: now) else { return refused(.notFound) }
            var writer = JSONWriter(capacity: 512)
            writer.beginObject()
            writer.field("token", token)
            writer.endObject()
            return HTTPAnswer(.ok, body: writer.bytes)
        } catch {
            return refused(Refusal(.internal))
        }
    }

    private func refused(_ refusal: Refusal, closes: Bool = false) -> HTTPAnswer {
        context.metrics.refused(refusal.code)
        return HTTPAnswer(refusal, closes: closes)
    }
}
