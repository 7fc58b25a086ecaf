internal import Crypto
internal import HTTPTypes
internal import NIOCore

/// A file of the page or the SDK, ready to be sent.
struct WebFile: Sendable {
    enum Part {
        case page
        case sdk
    }

    /// How long a browser may use its copy.
    enum Keeping: String {
        /// It asks each time whether the copy still holds: a new program's files must never meet an old one's.
        case asked = "no-cache"
        /// Its address names its bytes. A year is what RFC 9111 caches take for «for ever».
        case forEver = "public, max-age=31536000, immutable"
    }

    /// Everything comes from here, nothing is inline, and no other page may frame it. From the page's own memory come
    /// files that were chosen, what was recorded, and, in frames, documents that the browser's viewer shows.
    static let policy =
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; "
        + "frame-src blob:; style-src 'self'; "
        + "script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

    /// Names the bytes: the first half of their SHA-256 is more than enough to tell builds apart.
    let hash: String
    private let plain: ByteBuffer
    private let compressed: ByteBuffer?
    private let fields: HTTPFields

    /// - Parameter path: tells the type by its end, and what belongs to it.
    init(_ path: String, _ bytes: [UInt8], part: Part) {
        hash = SHA256.hash(data: bytes).prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        plain = ByteBuffer(bytes: bytes)
        compressed = Gzip.compressed(bytes).map { ByteBuffer(bytes: $0) }
        var fields = HTTPFields()
        fields[.contentType] = Self.type(of: path)
        fields[.xContentTypeOptions] = "nosniff"
        fields[.vary] = "Accept-Encoding"
        switch part {
        case .page: fields[.contentSecurityPolicy] = Self.policy
        case .sdk:
            // The SDK is public: any page may load it, whosever it is.
            fields[.accessControlAllowOrigin] = "*"
            Self.crossOriginResourcePolicy.map { fields[$0] = "cross-origin" }
        }
        if path.hasSuffix("/service-worker.js") { Self.serviceWorkerAllowed.map { fields[$0] = "/" } }
        self.fields = fields
    }

    /// - Parameters:
    ///   - location: where the same bytes stay for ever, where there is such an address.
    ///   - encodings: the request's `Accept-Encoding`.
    ///   - known: its `If-None-Match`.
    func answer(_ keeping: Keeping, location: String? = nil, encodings: String?, known: String?) -> HTTPAnswer {
        let body = Self.takesGzip(encodings) ? compressed : nil
        // Two encodings are two representations, and a strong tag means one of them (RFC 9110 §8.8.3.3).
        let tag = body == nil ? "\"\(hash)\"" : "\"\(hash)-gzip\""
        var fields = fields
        fields[.eTag] = tag
        fields[.cacheControl] = keeping.rawValue
        fields[.contentLocation] = location
        if let known, Self.matches(known, hash) { return HTTPAnswer(.notModified, whole: fields) }
        if body != nil { fields[.contentEncoding] = "gzip" }
        return HTTPAnswer(.ok, whole: fields, body: body ?? plain)
    }

    private static func type(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "webmanifest": "application/manifest+json"
        default: "text/plain; charset=utf-8"
        }
    }

    /// Whether `Accept-Encoding` lets gzip in (RFC 9110 §12.5.3): named itself, or by `*`, and not at weight 0.
    static func takesGzip(_ encodings: String?) -> Bool {
        var others = false
        for element in (encodings ?? "").lowercased().split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let isRefused = parts.dropFirst().contains { part in
                part.hasPrefix("q=") && part.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
            }
            if parts.first == "gzip" { return !isRefused }
            if parts.first == "*" { others = !isRefused }
        }
        return others
    }

    /// Whether `If-None-Match` names these bytes in either encoding; weak tags compare alike (RFC 9110 §13.1.2).
    static func matches(_ known: String, _ hash: String) -> Bool {
        known.split(separator: ",").contains { element in
            let tag = element.filter { $0 != " " && $0 != "\t" }
            let strong = tag.hasPrefix("W/") ? tag.dropFirst(2) : Substring(tag)
            return strong == "*" || strong == "\"\(hash)\"" || strong == "\"\(hash)-gzip\""
        }
    }

    private static let serviceWorkerAllowed = HTTPField.Name("Service-Worker-Allowed")
    private static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")
}
