internal import Crypto
internal import Foundation
internal import Wire

/// Who sends a push (RFC 8292): a JWT for each push service, signed with the key that browsers were given.
struct Vapid: Sendable {
    /// At most 24 h (§2); a service may see the same one for so long.
    static let lifetimeSeconds: Int64 = 12 * 3_600
    /// Signed anew when so much of it is left.
    private static let renewalSeconds: Int64 = 3_600
    /// Push services that browsers use are a handful.
    private static let originsMax = 100

    private let key: P256.Signing.PrivateKey
    private let publicText: String
    private let contact: String
    private var tokens: [String: (text: String, expires: Int64)] = [:]

    /// - Parameter contact: `mailto:` or `https:`, whom a push service asks where something is wrong.
    init(key: P256.Signing.PrivateKey, contact: String) {
        self.key = key
        self.contact = contact
        publicText = Base64URL.text(of: Array(key.publicKey.x963Representation))
    }

    /// The value of `authorization`.
    mutating func authorization(for origin: String, now: Timestamp) throws -> String {
        let seconds = now.milliseconds / 1_000
        if let known = tokens[origin], known.expires - seconds > Self.renewalSeconds {
            return "vapid t=\(known.text), k=\(publicText)"
        }
        let expires = seconds + Self.lifetimeSeconds
        let token = try token(for: origin, expires: expires)
        if tokens.count >= Self.originsMax { tokens = [:] }
        tokens[origin] = (token, expires)
        return "vapid t=\(token), k=\(publicText)"
    }

    private func token(for origin: String, expires: Int64) throws -> String {
        var claims = JSONWriter()
        claims.beginObject()
        claims.field("aud", origin)
        claims.field("exp", UInt64(max(expires, 0)))
        claims.field("sub", contact)
        claims.endObject()
        let head = Base64URL.text(of: Array(#"{"typ":"JWT","alg":"ES256"}"#.utf8))
        let signed = head + "." + Base64URL.text(of: claims.bytes)
        let signature = try key.signature(for: Array(signed.utf8))
        return signed + "." + Base64URL.text(of: Array(signature.rawRepresentation))
    }
}
