internal import HTTPTypes
internal import HummingbirdCore
internal import Wire

/// `GET /v1/push/key`: the key that a browser names when it subscribes at its push service (`applicationServerKey`).
/// Anybody may have it; where nobody is woken there is none.
struct PushKeyRoute: Sendable {
    static let path = "/v1/push/key"
    static let methods = "GET, HEAD, OPTIONS"

    /// In base64url; nil: nobody is woken.
    let key: String?

    func answer(_ request: HummingbirdCore.Request) -> HTTPAnswer {
        let origin = request.headers[.origin]
        switch request.method {
        case .options: return CrossOrigin.preflight(origin, allowed: true, methods: Self.methods)
        case .get, .head: break
        default: return .wrongMethod(allowed: Self.methods)
        }
        guard let key else { return CrossOrigin.open(.unknownPath, to: origin) }
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.field("key", key)
        writer.endObject()
        return CrossOrigin.open(HTTPAnswer(.ok, body: writer.bytes), to: origin)
    }
}
