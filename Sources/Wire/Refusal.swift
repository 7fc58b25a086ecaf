/// Every «no» that a client can get: the code is the contract's, the text follows from the code (docs/protocol.md §5).
public struct Refusal: Error, Equatable, Sendable {
    public enum Code: String, CaseIterable, Sendable {
        case badRequest = "bad_request"
        case unauthenticated
        case tokenExpired = "token_expired"
        case forbidden
        case blocked
        case notFound = "not_found"
        case conflict
        case tooLarge = "too_large"
        case unsupportedMedia = "unsupported_media"
        case rateLimited = "rate_limited"
        case `internal`
        case overloaded
        case unavailable
    }

    public let code: Code
    /// The first wrong field, with `bad_request`; with `not_found` and `too_large`, what it is that is missing or full.
    public let field: String?
    /// How long to wait before the next try; with `rate_limited`, `overloaded` and `unavailable` only.
    public let retryAfterMs: Int?
    /// Why a file was not accepted, with `unsupported_media`: a stable word, such as `extension_denied`.
    public let reason: String?

    public init(_ code: Code, field: String? = nil, retryAfterMs: Int? = nil, reason: String? = nil) {
        self.code = code
        self.field = field
        self.retryAfterMs = retryAfterMs
        self.reason = reason
    }

    public static func badRequest(_ field: String?) -> Refusal { Refusal(.badRequest, field: field) }
    public static let unauthenticated = Refusal(.unauthenticated)
    public static let tokenExpired = Refusal(.tokenExpired)
    public static let forbidden = Refusal(.forbidden)
    public static let blocked = Refusal(.blocked)
    public static let notFound = Refusal(.notFound)
    public static let conflict = Refusal(.conflict)
    public static let tooLarge = Refusal(.tooLarge)
    public static let `internal` = Refusal(.internal)
    public static func rateLimited(retryAfterMs: Int) -> Refusal {
        Refusal(.rateLimited, retryAfterMs: retryAfterMs)
    }
    public static func overloaded(retryAfterMs: Int) -> Refusal { Refusal(.overloaded, retryAfterMs: retryAfterMs) }
    public static func unavailable(retryAfterMs: Int) -> Refusal { Refusal(.unavailable, retryAfterMs: retryAfterMs) }
}

extension Refusal.Code {
    /// The status that the code has over HTTP.
    public var httpStatus: Int {
        switch self {
        case .badRequest: 400
        case .unauthenticated, .tokenExpired: 401
        case .forbidden, .blocked: 403
        case .notFound: 404
        case .conflict: 409
        case .tooLarge: 413
        case .unsupportedMedia: 415
        case .rateLimited: 429
        case .internal: 500
        case .overloaded, .unavailable: 503
        }
    }

    /// What a developer reads. It names no file, query or tenant.
    public var message: String {
        switch self {
        case .badRequest: "The request is not valid."
        case .unauthenticated: "The token is missing or not valid."
        case .tokenExpired: "The token has expired."
        case .forbidden: "This is not allowed."
        case .blocked: "One of the two people blocks the other."
        case .notFound: "There is no such thing here."
        case .conflict: "This contradicts what is stored."
        case .tooLarge: "The request is too large."
        case .unsupportedMedia: "This kind of file is not accepted."
        case .rateLimited: "Too many requests."
        case .internal: "Something went wrong here."
        case .overloaded: "Too much is waiting already."
        case .unavailable: "This can't be reached at the moment."
        }
    }

    /// One byte for the bus; 0 is kept for «done».
    public var byte: UInt8 {
        UInt8((Self.allCases.firstIndex(of: self) ?? 0) + 1)
    }

    /// Nil where `byte` stands for no code.
    public init?(byte: UInt8) {
        guard byte > 0, byte <= Self.allCases.count else { return nil }
        self = Self.allCases[Int(byte) - 1]
    }
}
