import Testing
import Wire

@testable import Registry

@Suite struct KeyMaterialTests {
    private static let fitting: [(TenantRecord.Key.Algorithm, [UInt8])] = [
        (.hs256, [UInt8](repeating: 0, count: 32)), (.es256, Array(PublicKeys.p256.utf8)),
        (.rs256, Array(PublicKeys.rsa2048.utf8)), (.eddsa, Array(PublicKeys.ed25519.utf8)),
    ]

    private func isTaken(_ material: [UInt8], for algorithm: TenantRecord.Key.Algorithm) -> Bool {
        do {
            try KeyMaterial.check(material, for: algorithm)
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: fitting)
    func eachAlgorithmTakesItsKeyAndNoOther(algorithm: TenantRecord.Key.Algorithm, material: [UInt8]) {
        #expect(isTaken(material, for: algorithm))
        for other in TenantRecord.Key.Algorithm.allCases where other != algorithm {
            #expect(!isTaken(material, for: other), "\(algorithm) as \(other)")
        }
    }

    @Test func aSecretHasAtLeastThirtyTwoBytes() {
        #expect(!isTaken([UInt8](repeating: 1, count: 31), for: .hs256))
        #expect(!isTaken(Array(("\n" + PublicKeys.p256).utf8), for: .hs256))
        #expect(isTaken([UInt8](repeating: 1, count: 33), for: .hs256))
        #expect(!isTaken([UInt8](repeating: 1, count: KeyMaterial.bytesMax + 1), for: .hs256))
    }

    @Test(arguments: [
        (TenantRecord.Key.Algorithm.es256, PublicKeys.p384), (.rs256, PublicKeys.rsa1024), (.eddsa, PublicKeys.x25519),
    ])
    func relativesOfAKeyAreRefused(algorithm: TenantRecord.Key.Algorithm, text: String) {
        #expect(!isTaken(Array(text.utf8), for: algorithm))
    }

    @Test func lineEndsAndAFinalNewlineDoNotMatter() {
        let windows = PublicKeys.p256.split(separator: "\n").joined(separator: "\r\n") + "\r\n"
        #expect(isTaken(Array(windows.utf8), for: .es256))
    }

    @Test func aPrivateKeyIsNoPublicOne() {
        let text = PublicKeys.p256.split(separator: "\n").map { $0.replacing("PUBLIC", with: "PRIVATE") }
        #expect(!isTaken(Array(text.joined(separator: "\n").utf8), for: .es256))
    }

    /// Every byte of a good key replaced, and every end cut off: taken or refused, and never past the end.
    @Test func noDamageEndsInAnythingButARefusal() throws {
        for (algorithm, material) in Self.fitting where algorithm != .hs256 {
            for place in material.indices {
                #expect(!isTaken(Array(material[..<place]), for: algorithm))
                var damaged = material
                damaged[place] = damaged[place] ^ 0x15
                _ = isTaken(damaged, for: algorithm)
            }
        }
    }

    @Test(
        arguments: [
            [], [0x30], [0x30, 0x81], [0x30, 0x05, 0x01], [0x30, 0x80, 0x00], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x30, 0x82, 0xFF, 0xFF, 0x00],
        ] as [[UInt8]])
    func aLengthIsNotBelieved(bytes: [UInt8]) {
        var reader = DERReader(bytes)
        #expect(reader.element(tag: 0x30) == nil)
        #expect(reader.rest == bytes, "what is refused is not consumed")
    }

    @Test(
        arguments: [
            ("", []), ("Zg==", [0x66]), ("Zm8=", [0x66, 0x6F]), ("Zm9v", [0x66, 0x6F, 0x6F]), ("Zm9", nil),
            ("Zm=v", nil),
            ("Z===", nil), ("Zm9-", nil),
        ] as [(String, [UInt8]?)])
    func base64IsTheStandardOne(text: String, bytes: [UInt8]?) {
        #expect(PEM.base64(text) == bytes)
    }
}
