internal import JWTKit
internal import Wire

/// Why a token proves nothing.
enum TokenFault: String, Error, CaseIterable {
    case missing
    case malformed
    /// `none`, one that nobody uses here, or not its key's.
    case algorithm
    case unknownTenant = "unknown_tenant"
    case unknownKey = "unknown_key"
    case signature
    case claims
    case expired
    /// `nbf` or `iat` lies in the future.
    case early

    var refusal: Refusal { self == .expired ? .tokenExpired : .unauthenticated }

    /// Whether a look into the registry could change it: the directory may be a moment behind.
    var mayBeNews: Bool { self == .unknownTenant || self == .unknownKey }
}

/// Whom a valid token names, and until when.
struct Identity: Equatable, Sendable {
    let caller: Caller
    let expires: Timestamp

    /// The same tenant, user and role; names and pictures may differ.
    func isSamePerson(as other: Identity) -> Bool {
        caller.tenant == other.caller.tenant && caller.user == other.caller.user && caller.role == other.caller.role
    }
}

/// A JSON Web Token (RFC 7519) taken apart, with nothing in it believed yet.
struct Token {
    /// What `nbf` and `iat` may be off by.
    static let leewayMs: Int64 = 30_000

    /// Not proven: says only where to look for the key.
    let tenant: TenantSlug
    private let header: TokenHeader
    private let claims: TokenClaims
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// - Parameter text: at most some kilobytes; the caller bounds it.
    init(_ text: String) throws(TokenFault) {
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.bytes(of: parts[0]), let claims = Base64URL.bytes(of: parts[1]),
            let signature = Base64URL.bytes(of: parts[2])
        else { throw .malformed }
        self.header = try TokenHeader(header)
        self.claims = try TokenClaims(claims)
        guard let tenant = TenantSlug(self.claims.tenant) else { throw .claims }
        self.tenant = tenant
        signed = Array(bytes[..<parts[2].startIndex.advanced(by: -1)])
        self.signature = signature
    }

    /// Proves it by the tenant's keys and the time.
    func identity(provenBy entry: TenantEntry?, at now: Timestamp) throws(TokenFault) -> Identity {
        guard let entry else { throw .unknownTenant }
        guard let algorithm = TenantRecord.Key.Algorithm(rawValue: header.alg) else { throw .algorithm }
        // What `crit` names must be understood, and nothing is (RFC 7515 §4.1.11).
        guard !header.isCritical else { throw .malformed }
        guard let kid = header.kid, let key = entry.keys[kid] else { throw .unknownKey }
        guard key.algorithm == algorithm else { throw .algorithm }
        do {
            guard try key.verifier.verify(signature, signs: signed) else { throw TokenFault.signature }
        } catch {
            throw .signature
        }
        return try proven(at: now)
    }

    private func proven(at now: Timestamp) throws(TokenFault) -> Identity {
        guard let user = UserID(claims.sub) else { throw .claims }
        let role: Caller.Role
        switch claims.role {
        case nil, "user": role = .user
        case "service": role = .service
        default: throw .claims
        }
        let name = try Self.text(claims.name, codePointsMax: Limits.nameCodePoints)
        let picture = try Self.text(claims.picture, codePointsMax: Limits.pictureCodePoints)
        let expires = try Self.timestamp(claims.exp)
        guard now < expires else { throw .expired }
        for begin in [claims.nbf, claims.iat] {
            guard let begin else { continue }
            guard try Self.timestamp(begin).milliseconds <= now.milliseconds + Self.leewayMs else { throw .early }
        }
        let profile = Profile(name: name, picture: picture)
        return Identity(
            caller: Caller(tenant: tenant, user: user, role: role, profile: profile), expires: expires)
    }

    /// An empty text says nothing.
    private static func text(_ text: String?, codePointsMax: Int) throws(TokenFault) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard text.utf8.count <= codePointsMax * 4, text.unicodeScalars.count <= codePointsMax,
            !text.unicodeScalars.contains("\0")
        else { throw .claims }
        return text
    }

    /// Seconds since 1970, perhaps with a fraction; anything that no clock shows is a wrong claim.
    private static func timestamp(_ seconds: Double) throws(TokenFault) -> Timestamp {
        // The year 9999, RFC 3339's last.
        guard seconds.isFinite, (0...253_402_300_799).contains(seconds) else { throw .claims }
        return Timestamp(milliseconds: Int64(seconds * 1_000))
    }
}
