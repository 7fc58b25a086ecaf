import Seeded
import Testing
import Wire

@testable import Gateway

@Suite struct TokenTests {
    private func identity(_ text: String, _ entry: TenantEntry?, at now: Timestamp = Keys.now) throws(TokenFault)
        -> Identity
    {
        try Token(text).identity(provenBy: entry, at: now)
    }

    private func identity(_ claims: Keys.Claims, at now: Timestamp = Keys.now) async throws -> Identity {
        let keys = try await Keys()
        return try identity(try await keys.token(claims), await keys.entry(), at: now)
    }

    @Test(arguments: ["hs", "es", "ed", "rs"]) func everyAlgorithmProves(kid: String) async throws {
        let keys = try await Keys()
        let found = try identity(try await keys.token(kid: kid), await keys.entry())
        #expect(found.caller == Parts.caller(Parts.ana))
        #expect(found.expires == Timestamp(milliseconds: 2_000_000_000_000))
    }

    @Test func claimsSayWhoItIs() async throws {
        let claims = Keys.Claims(name: "Ana", picture: "https://x.example/a.png", role: "service")
        let caller = try await identity(claims).caller
        #expect(caller.role == .service)
        #expect(caller.profile == Profile(name: "Ana", picture: "https://x.example/a.png"))
        #expect(try await identity(Keys.Claims(name: "", role: "user")).caller.profile == Profile())
    }

    @Test func nothingProvesAlgorithmNone() async throws {
        let keys = try await Keys()
        let entry = await keys.entry()
        let claims = #"{"tenant":"acme","sub":"ana","exp":2000000000}"#
        for header in [
            #"{"alg":"none","kid":"hs"}"#, #"{"alg":"None","kid":"hs"}"#, #"{"alg":"HS384","kid":"hs"}"#,
            #"{"alg":"","kid":"hs"}"#, #"{"alg":"none"}"#,
        ] {
            #expect(throws: TokenFault.algorithm) { try identity(Keys.unsigned(header: header, claims: claims), entry) }
        }
    }

    /// The classic: a public key's text as the secret of an HMAC.
    @Test func anAlgorithmHasToBeItsKeys() async throws {
        let keys = try await Keys()
        let claims = #"{"tenant":"acme","sub":"ana","exp":2000000000}"#
        for kid in ["es", "rs", "ed"] {
            let token = Keys.unsigned(header: #"{"alg":"HS256","kid":"\#(kid)"}"#, claims: claims, signature: "AAAA")
            let entry = await keys.entry()
            #expect(throws: TokenFault.algorithm) { try identity(token, entry) }
        }
        let other = try await keys.token(kid: "hs512")
        let entry = await keys.entry()
        #expect(throws: TokenFault.algorithm) { try identity(other, entry) }
    }

    @Test func aKeyIsNamedAndKnown() async throws {
        let keys = try await Keys()
        let entry = await keys.entry {
            $0 = TenantRecord(tenant: $0.tenant, name: "", keys: Array($0.keys.dropFirst()))
        }
        let token = try await keys.token()
        #expect(throws: TokenFault.unknownKey) { try identity(token, entry) }
        let claims = #"{"tenant":"acme","sub":"ana","exp":2000000000}"#
        let nameless = Keys.unsigned(header: #"{"alg":"HS256"}"#, claims: claims)
        #expect(throws: TokenFault.unknownKey) { try identity(nameless, entry) }
        #expect(throws: TokenFault.unknownTenant) { try identity(token, nil) }
    }

    @Test func anotherTenantsKeyProvesNothing() async throws {
        let (keys, others) = (try await Keys(), try await Keys())
        let token = try await others.token(kid: "es")
        let entry = await keys.entry()
        #expect(throws: TokenFault.signature) { try identity(token, entry) }
    }

    @Test func aChangedTokenProvesNothing() async throws {
        let keys = try await Keys()
        let entry = await keys.entry()
        for kid in ["hs", "es", "ed", "rs"] {
            let token = try await keys.token(kid: kid)
            let parts = token.split(separator: ".").map(String.init)
            let forged = Keys.encoded(Array(#"{"tenant":"acme","sub":"ben","exp":2000000000}"#.utf8))
            #expect(throws: TokenFault.signature) {
                try identity([parts[0], forged, parts[2]].joined(separator: "."), entry)
            }
            #expect(throws: TokenFault.signature) {
                try identity([parts[0], parts[1], ""].joined(separator: "."), entry)
            }
        }
    }

    @Test func thereIsNoLeewayForTheEndAndHalfAMinuteForTheBeginning() async throws {
        func fault(_ claims: Keys.Claims) async throws -> TokenFault? {
            do {
                _ = try await identity(claims)
                return nil
            } catch { return error as? TokenFault }
        }
        let now = Keys.seconds
        #expect(try await fault(Keys.Claims(exp: now)) == .expired)
        #expect(try await fault(Keys.Claims(exp: now + 0.001)) == nil)
        #expect(try await fault(Keys.Claims(nbf: now + 30)) == nil)
        #expect(try await fault(Keys.Claims(nbf: now + 31)) == .early)
        #expect(try await fault(Keys.Claims(iat: now + 30)) == nil)
        #expect(try await fault(Keys.Claims(iat: now + 31)) == .early)
    }

    @Test func claimsThatMakeNoSenseAreRefused() async throws {
        let wrong = [
            Keys.Claims(tenant: nil), Keys.Claims(tenant: "Not A Slug"), Keys.Claims(sub: nil), Keys.Claims(sub: "a b"),
            Keys.Claims(sub: String(repeating: "a", count: 65)), Keys.Claims(exp: nil), Keys.Claims(exp: 1e300),
            Keys.Claims(exp: -1), Keys.Claims(nbf: 1e19), Keys.Claims(name: String(repeating: "n", count: 101)),
            Keys.Claims(name: "a\0b"), Keys.Claims(picture: String(repeating: "p", count: 10_000)),
            Keys.Claims(role: "king"),
        ]
        for claims in wrong {
            await #expect(throws: TokenFault.claims) { try await identity(claims) }
        }
    }

    @Test(arguments: [
        "", ".", "..", "a.b", "a.b.c.d", "!.!.!", "e30.e30.", "bnVsbA.e30.", String(repeating: "A", count: 16_000),
    ])
    func whatIsNoTokenIsMalformed(text: String) {
        #expect(throws: TokenFault.malformed) { try Token(text) }
    }

    @Test(arguments: [
        #"{"tenant":"acme","sub":"ana","exp":2000000000,"sub":"ben"}"#,
        #"{"tenant":"acme","sub":"ana","exp":"2000000000"}"#, #"{"tenant":"acme","sub":"ana","exp":2000000000,}"#,
        #"{"tenant":"acme","sub":["ana"],"exp":2000000000}"#, #"["acme"]"#, #"{"tenant":"acme"} {}"#, "",
        #"{"tenant":"acme","sub":"ana","exp":2000000000,"x":"# + String(repeating: "[", count: 10_000),
    ])
    func claimsAreOneStrictObject(claims: String) {
        #expect(throws: TokenFault.claims) { try Token(Keys.unsigned(header: #"{"alg":"HS256"}"#, claims: claims)) }
    }

    @Test func claimsOfOthersAreReadOver() throws {
        let claims = #"{"tenant":"acme","sub":"ana","exp":2e9,"aud":["a",{"b":1}],"name":null,"iss":"x"}"#
        #expect(try Token(Keys.unsigned(header: #"{"alg":"HS256"}"#, claims: claims)).tenant == Parts.acme)
    }

    @Test func whatHasToBeUnderstoodIsNot() async throws {
        let keys = try await Keys()
        let entry = await keys.entry()
        let token = Keys.unsigned(
            header: #"{"alg":"HS256","kid":"hs","crit":["b64"],"b64":false}"#,
            claims: #"{"tenant":"acme","sub":"ana","exp":2000000000}"#)
        #expect(throws: TokenFault.malformed) { try identity(token, entry) }
    }

    @Test func aKeyThatCannotBeReadIsUnknown() async {
        let entry = await TenantEntry(
            TenantRecord(
                tenant: Parts.acme, name: "",
                keys: [
                    TenantRecord.Key(id: "short", algorithm: .hs256, material: [UInt8](repeating: 1, count: 31)),
                    TenantRecord.Key(id: "pem", algorithm: .es256, material: Array("no key".utf8)),
                ]))
        #expect(entry.keys["short"] == nil && entry.keys["pem"] == nil)
        #expect(entry.keys.unusable == ["short", "pem"])
    }

    @Test(arguments: 0..<30) func rubbishNeverCrashesAndNeverProves(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let keys = try await Keys()
        let entry = await keys.entry()
        let good = Array(try await keys.token(Keys.Claims(name: "Ana"), kid: "hs").utf8)
        for _ in 0..<50 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 32...126, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 32...126, using: &random), at: place)
                }
            }
            guard bytes != good else { continue }
            #expect(throws: TokenFault.self) { try identity(String(decoding: bytes, as: UTF8.self), entry) }
        }
    }
}
