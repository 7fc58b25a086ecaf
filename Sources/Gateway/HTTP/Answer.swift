internal import HTTPTypes
internal import NIOCore
internal import Wire

/// One HTTP response, whole.
struct HTTPAnswer: Equatable {
    var status: HTTPResponse.Status
    var fields: HTTPFields
    let body: ByteBuffer
    /// The connection can't go on: a body was left unread, or what came can't be trusted.
    var closes = false

    init(_ status: HTTPResponse.Status, _ fields: HTTPFields = [:], body: [UInt8] = [], closes: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = ByteBuffer(bytes: body)
        self.closes = closes
        if !body.isEmpty {
            self.fields[.contentType] = "application/json"
            self.fields[.xContentTypeOptions] = "nosniff"
        }
        self.fields[.contentLength] = "\(body.count)"
        self.fields[.cacheControl] = "no-store"
        if closes { self.fields[.connection] = "close" }
    }

    /// A response whose fields are all given, but for the length of its body.
    init(_ status: HTTPResponse.Status, whole fields: HTTPFields, body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.fields = fields
        self.body = body
        if status != .noContent, status != .notModified { self.fields[.contentLength] = "\(body.readableBytes)" }
    }

    /// A refusal by its code's status.
    init(_ refusal: Refusal, ref: String? = nil, status: Int? = nil, closes: Bool = false) {
        var fields = HTTPFields()
        if let wait = refusal.retryAfterMs { fields[.retryAfter] = "\((wait + 999) / 1_000)" }
        if refusal.code == .unauthenticated || refusal.code == .tokenExpired { fields[.wwwAuthenticate] = "Bearer" }
        self.init(
            HTTPResponse.Status(code: status ?? refusal.code.httpStatus), fields,
            body: Reply(ref: ref, .failure(refusal)).bytes, closes: closes)
    }

    /// A router's reply as it came.
    init(_ reply: RouterReply) {
        var fields = HTTPFields()
        switch reply.code {
        // The reply says it in milliseconds; all of the router's own are at most a second or so.
        case .rateLimited, .overloaded, .unavailable: fields[.retryAfter] = "1"
        default: break
        }
        self.init(HTTPResponse.Status(code: reply.code?.httpStatus ?? 200), fields, body: reply.json)
    }

    /// The path exists, for other methods.
    static func wrongMethod(allowed: String) -> HTTPAnswer {
        var answer = HTTPAnswer(Refusal(.badRequest, field: "method"), status: 405)
        answer.fields[.allow] = allowed
        return answer
    }

    static let unknownPath = HTTPAnswer(Refusal.notFound)
}
