internal import Crypto
internal import Foundation
internal import Operations
internal import Registry
internal import Wire

/// Mints tokens with the key that Parley made for a tenant: for development, the demo and benchmarks. A platform signs
/// with keys of its own.
struct Tokens: Sendable {
    private let tenant: TenantSlug
    private let secret: [UInt8]

    /// - Throws: `ProcessFailure` 1 where the tenant has no such key any more.
    init(of tenant: TenantSlug, in registry: TenantRegistry) throws {
        let id = TenantRegistry.developmentKeyID
        guard let key = try registry.keys(of: tenant).first(where: { $0.id == id && $0.algorithm == .hs256 }) else {
            throw ProcessFailure(.refused, "tenant \(tenant) has no key '\(id)' any more: sign with your own")
        }
        self.tenant = tenant
        secret = key.material
    }

    private struct Header: Encodable {
        let alg = "HS256"
        let kid = TenantRegistry.developmentKeyID
        let typ = "JWT"
    }

    private struct Claims: Encodable {
        let tenant: String
        let sub: String
        let name: String?
        let role: String
        let iat: Int64
        let exp: Int64
    }

    /// A JWT in compact form (RFC 7515 §3.1), signed by HMAC-SHA-256 (RFC 7518 §3.2).
    ///
    /// - Parameter now: in seconds since 1970.
    func token(for user: UserID, name: String?, role: TokenRole, ttl: Duration, now: Int64) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let claims = Claims(
            tenant: tenant.text, sub: user.text, name: name, role: role.rawValue, iat: now,
            exp: now + ttl.components.seconds)
        let signed = try Self.base64URL(encoder.encode(Header())) + "." + Self.base64URL(encoder.encode(claims))
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))
        return signed + "." + Self.base64URL(Data(code))
    }

    /// Without padding (RFC 4648 §5).
    private static func base64URL(_ data: Data) -> String {
        String(
            data.base64EncodedString().compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }
}

/// The claim `role`.
enum TokenRole: String, CaseIterable {
    case user
    case service
}
