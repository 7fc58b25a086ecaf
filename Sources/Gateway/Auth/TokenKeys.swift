internal import JWTKit
internal import Wire

/// The keys that prove a tenant's tokens, by `kid`, ready for use.
struct TokenKeys: Sendable {
    struct Key: Sendable {
        let algorithm: TenantRecord.Key.Algorithm
        let verifier: any JWTAlgorithm
    }

    private let keys: [String: Key]
    /// Keys whose material can't be read: their tokens are refused as of an unknown key.
    let unusable: [String]

    /// The shortest secret that RFC 7518 §3.2 allows for HS256.
    static let secretBytesMin = 32

    /// JWTKit makes its verifiers inside an actor, so this is done once for each change of a tenant, not for each token.
    init(_ records: [TenantRecord.Key]) async {
        let collection = JWTKeyCollection()
        var keys: [String: Key] = [:]
        var unusable: [String] = []
        for record in records {
            let id = JWKIdentifier(string: record.id)
            do {
                switch record.algorithm {
                case .hs256:
                    guard record.material.count >= Self.secretBytesMin else { throw Unusable() }
                    await collection.add(hmac: HMACKey(from: record.material), digestAlgorithm: .sha256, kid: id)
                case .es256: await collection.add(ecdsa: try ES256PublicKey(pem: record.pem), kid: id)
                case .rs256:
                    let key = try Insecure.RSA.PublicKey(pem: record.pem)
                    await collection.add(rsa: key, digestAlgorithm: .sha256, kid: id)
                case .eddsa: await collection.add(eddsa: try EdDSA.PublicKey(pem: record.pem), kid: id)
                }
                keys[record.id] = Key(algorithm: record.algorithm, verifier: try await collection.getKey(for: id))
            } catch {
                unusable.append(record.id)
            }
        }
        self.keys = keys
        self.unusable = unusable
    }

    subscript(id: String) -> Key? { keys[id] }

    private struct Unusable: Error {}
}

extension TenantRecord.Key {
    fileprivate var pem: String { String(decoding: material, as: UTF8.self) }
}
