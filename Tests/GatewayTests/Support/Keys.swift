import Foundation
import JWTKit
import Wire

@testable import Gateway

/// Signing keys of every algorithm, and tokens made with them.
struct Keys {
    struct Claims: JWTPayload {
        var tenant: String? = "acme"
        var sub: String? = "ana"
        var exp: Double? = 2_000_000_000
        var nbf: Double?
        var iat: Double?
        var name: String?
        var picture: String?
        var role: String?
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    static let secret = Array("an example's secret, long enough for the largest of HMAC's digests, SHA-512".utf8)
    /// What tokens are judged at: in the middle of 2024.
    static let now = Timestamp(milliseconds: 1_720_000_000_000)
    static let seconds = 1_720_000_000.0

    private let collection = JWTKeyCollection()
    let records: [TenantRecord.Key]

    init() async throws {
        let es256 = ES256PrivateKey()
        let eddsa = try EdDSA.PrivateKey()
        let rsa = try Insecure.RSA.PrivateKey(pem: Self.rsaPEM)
        await collection.add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256, kid: "hs")
        await collection.add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha512, kid: "hs512")
        await collection.add(ecdsa: es256, kid: "es")
        await collection.add(eddsa: eddsa, kid: "ed")
        await collection.add(rsa: rsa, digestAlgorithm: .sha256, kid: "rs")
        records = [
            TenantRecord.Key(id: "hs", algorithm: .hs256, material: Self.secret),
            TenantRecord.Key(id: "hs512", algorithm: .hs256, material: Self.secret),
            TenantRecord.Key(id: "es", algorithm: .es256, material: Array(es256.publicKey.pemRepresentation.utf8)),
            TenantRecord.Key(id: "ed", algorithm: .eddsa, material: Array(eddsa.publicKey.pemRepresentation.utf8)),
            TenantRecord.Key(id: "rs", algorithm: .rs256, material: Array(rsa.publicKey.pemRepresentation.utf8)),
        ]
    }

    func token(_ claims: Claims = Claims(), kid: String = "hs") async throws -> String {
        try await collection.sign(claims, kid: JWKIdentifier(string: kid))
    }

    func entry(_ change: (inout TenantRecord) -> Void = { _ in }) async -> TenantEntry {
        var record = TenantRecord(tenant: Parts.acme, name: "Acme", origins: ["https://chat.example"], keys: records)
        change(&record)
        return await TenantEntry(record)
    }

    /// A token of any header and claims with a signature that means nothing.
    static func unsigned(header: String, claims: String, signature: String = "") -> String {
        [header, claims].map { encoded(Array($0.utf8)) }.joined(separator: ".") + "." + signature
    }

    static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// For these tests alone: `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`.
    private static let rsaPEM = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC9j807kVmKUSV3
        tNXA5RWh4LG6Jxhg4IPN88CpOrYrSURHcAIbtcnMrP7MJCIt7O/zY12cEil6+yYo
        uYUusnK0h772LbIfVDSpkYYryfzBZrtNFa12g3oj8GUorjM44jvXOSwKbY/thtKC
        ceIfJY9ohkztfUPg6LkLjDXK2pY+rLu+a4I25+wzIFXSB+tIJwyjfmJ9UrjGGnpi
        haW9+Ut0iYxEyDEM0rk7XEVQnQKw6iqDjSPd1WJ3HNq/qD6FuP++DfefkvoQj8Cf
        4CSb2AEwjuKvYDLVP63szhixyfa5VXhMHuKewINi43lD8kTmTItbBhxAEpKfWc26
        sGzZi0AXAgMBAAECggEAT0NPek5zJeJ7a7wKOy+vJXKKbj/FslB+3IHFeB2sKZpn
        ugVMZGDVokdd/WdIgXKW/Or6K/XuMVXN5W55kYadbv5p64888Vuo75SBiVLa5NW7
        kOZ1E16zlk6BRgrdMTZr9jkaQLwCWDwtTs0m04ZFmlu50/4ygVtecMUugwV2mHqx
        YNP1qCJ7/0ooblKIFl+M/z9y6xsmoVKy7U6pIHrFkbVjj7RnisCnH3VNWJsgd40v
        UyQcduowRlUMYPD+a3CLn53e5gre3hBpGyyFAgbvw4xLJPI4ibMd0Ce8utfIYN+u
        USQ9EEUj790eD67faqiy5so+j+T8pDNQU9siEMOzhQKBgQD2R7rs88JIHp2nKobw
        OB1zHbECLEZJCso6I6Ib2GOUtC6CjEPinkJiaNov6z+5peYOigag0ruLEj/fKQmB
        PjTO7YDxeZYDYuK8cne1Va9pl0707do+h7u4Iw7Lb6eYztsPBHrfk+zKq0Vay/kk
        DGo/hPMi8Y2vtswpaU9bEkWvnQKBgQDFCwWDy/njFXUM5mTHSBLMSJqpjm2/n6Ys
        17A3DA9tvXu++vFJTnCiTbgC6MR2APjc4Z7EXu74Qi2xz57mRHdxb3+LJkGshMF/
        LSUr5mjY9/FtW+iGdQaFobZTSHj7jcwBjKJx+Ocan+0YjWw271wffsEX/lP3obDh
        D9PfWOZSQwKBgBkGEs0uu2fejIBGxu0zlnJy6uBgpUeYrBGaO0d/Bic+45bqL5+g
        Gviq1LiXu6LeY3DIv4Gpx9qKoSjIn6mdK3p3EWn3w7FWY9ln/BfVu/wLnr8uR8Wg
        vwcnsMIk9y+EnSd6eg2rlxzEqEhgf1EVXdpUZOwBBTd8aGQwyhpj0ebVAoGAQ7SY
        zYOuNpgt4yPbZxpd0zHzauWU0m5SFEB8vT14o7WjKqlhdVXtn+diniVLNFz7JjKk
        ckdIh6d9ugZkTC0keabdRXv8vwHS1xc1GZOPXVY8793P1Tuq5Qn+8zkI0S8U9UdU
        niLvjhd7yZ72mx2+IthUEyGByqoVdBATNkB+y68CgYEAyJWJikCl46TKd2hUCRI+
        LlbKt1GBZ8uGrW3X9VJDngPPRFzcREjBcxHHaaLeRIVoH7KH/ScdC2IxpdKEzsGG
        qwv/wskdF6AunVOGEhnCBUu32e/iivXdjjGB5DxhAkbryQ8mR1lXGtHn8fqwGRx+
        i/3ytZ8SCDDlb6J3wauEGRQ=
        -----END PRIVATE KEY-----
        """
}
