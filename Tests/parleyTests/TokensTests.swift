import Crypto
import Foundation
import Operations
import Registry
import Testing
import Wire

@testable import parley

@Suite struct TokensTests {
    private func registry(_ slug: TenantSlug) throws -> (TenantRegistry, String) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("parley-\(UUID().uuidString)").path
        let registry = try TenantRegistry.open(dataDirectory: path)
        try registry.create(slug)
        return (registry, path)
    }

    private func decoded(_ part: Substring) throws -> Data {
        var text = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return try #require(Data(base64Encoded: text))
    }

    @Test func aTokenIsSignedWithTheTenantsOwnKey() throws {
        let slug = try #require(TenantSlug("acme"))
        let (registry, path) = try registry(slug)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let user = try #require(UserID("alice"))
        let tokens = try Tokens(of: slug, in: registry)
        let token = try tokens.token(for: user, name: "Alice", role: .service, ttl: .seconds(60), now: 1_000)
        let parts = token.split(separator: ".")
        try #require(parts.count == 3)
        let header = try JSONSerialization.jsonObject(with: decoded(parts[0])) as? [String: String]
        #expect(header == ["alg": "HS256", "kid": TenantRegistry.developmentKeyID, "typ": "JWT"])
        let claims = try #require(try JSONSerialization.jsonObject(with: decoded(parts[1])) as? [String: Any])
        #expect(claims["tenant"] as? String == "acme")
        #expect(claims["sub"] as? String == "alice")
        #expect(claims["name"] as? String == "Alice")
        #expect(claims["role"] as? String == "service")
        #expect(claims["exp"] as? Int == 1_060)
        let key = try #require(try registry.keys(of: slug).first).material
        let isValid = HMAC<SHA256>.isValidAuthenticationCode(
            try decoded(parts[2]), authenticating: Data("\(parts[0]).\(parts[1])".utf8), using: SymmetricKey(data: key))
        #expect(isValid)
    }

    @Test func withoutTheDevelopmentKeyThereIsNoToken() throws {
        let slug = try #require(TenantSlug("acme"))
        let (registry, path) = try registry(slug)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try registry.removeKey(TenantRegistry.developmentKeyID, from: slug)
        let failure = #expect(throws: ProcessFailure.self) { try Tokens(of: slug, in: registry) }
        #expect(failure?.exitCode == .refused)
    }
}
