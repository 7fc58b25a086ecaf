public import Crypto
internal import Foundation
internal import Wire

/// Whom the demo's page lets sign in, and the key that signs for them. `parley up --demo` writes it into a file that only
/// its own gateways are told of; nothing else of Parley ever holds a key that signs for users.
public struct DemoSignIn: Codable, Equatable, Sendable {
    public struct Person: Codable, Equatable, Sendable {
        public let id: String
        public let name: String

        public init(id: String, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// `kid` of the key.
    public static let keyID = "parley-demo"
    /// Short enough for a demo to show that tokens are renewed.
    static let tokenLifeSeconds: Int64 = 900

    public let tenant: String
    public let people: [Person]
    /// P-256, for ES256, as PEM (PKCS 8).
    private let key: String

    public init(tenant: String, people: [Person], key: P256.Signing.PrivateKey = P256.Signing.PrivateKey()) {
        self.tenant = tenant
        self.people = people
        self.key = key.pemRepresentation
    }

    /// - Throws: where there is no such file, or it holds something else.
    public init(file path: String) throws {
        self = try JSONDecoder().decode(DemoSignIn.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        _ = try privateKey()
    }

    /// For its owner alone.
    public func write(file path: String) throws {
        let data = try JSONEncoder().encode(self)
        let temporary = path + ".new"
        try? FileManager.default.removeItem(atPath: temporary)
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: data, attributes: [.posixPermissions: 0o600]),
            rename(temporary, path) == 0
        else { throw CocoaError(.fileWriteUnknown) }
    }

    /// As PEM (SPKI).
    public func publicKey() throws -> String { try privateKey().publicKey.pemRepresentation }

    /// A JWT signed by ES256 (RFC 7518 §3.4); nil where it is nobody of the demo's.
    ///
    /// - Parameter now: in seconds since 1970.
    func token(for user: String, now: Int64) throws -> String? {
        guard let person = people.first(where: { $0.id == user }) else { return nil }
        var head = JSONWriter(capacity: 64)
        head.beginObject()
        head.field("alg", "ES256")
        head.field("kid", Self.keyID)
        head.field("typ", "JWT")
        head.endObject()
        var claims = JSONWriter(capacity: 128)
        claims.beginObject()
        claims.field("tenant", tenant)
        claims.field("sub", person.id)
        claims.field("name", person.name)
        claims.field("iat", UInt64(max(now, 0)))
        claims.field("exp", UInt64(max(now + Self.tokenLifeSeconds, 0)))
        claims.endObject()
        let signed = Base64URL.text(of: head.bytes) + "." + Base64URL.text(of: claims.bytes)
        let signature = try privateKey().signature(for: Array(signed.utf8))
        return signed + "." + Base64URL.text(of: Array(signature.rawRepresentation))
    }

    private func privateKey() throws -> P256.Signing.PrivateKey { try P256.Signing.PrivateKey(pemRepresentation: key) }
}
