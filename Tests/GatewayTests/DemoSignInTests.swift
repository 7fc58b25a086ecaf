import Foundation
import Testing
import Wire

@testable import Gateway

@Suite struct DemoSignInTests {
    private let demo = DemoSignIn(tenant: "acme", people: [.init(id: "ana", name: "Ana \"A\" Sørensen")])

    @Test func itsTokensAreProvenByItsPublicKeyAlone() async throws {
        let key = TenantRecord.Key(
            id: DemoSignIn.keyID, algorithm: .es256, material: Array(try demo.publicKey().utf8))
        let entry = await TenantEntry(TenantRecord(tenant: Parts.acme, name: "Acme", keys: [key]))
        let text = try #require(try demo.token(for: "ana", now: 1_000))
        let identity = try Token(text).identity(provenBy: entry, at: Timestamp(milliseconds: 1_001_000))
        #expect(identity.caller.user == Parts.ana && identity.caller.role == .user)
        #expect(identity.caller.profile.name == "Ana \"A\" Sørensen")
        #expect(identity.expires == Timestamp(milliseconds: (1_000 + DemoSignIn.tokenLifeSeconds) * 1_000))
    }

    @Test func strangersGetNone() throws { #expect(try demo.token(for: "eve", now: 1_000) == nil) }

    @Test func itsFileIsForItsOwnerAlone() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("parley-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<2 { try demo.write(file: path) }
        #expect(try DemoSignIn(file: path) == demo)
        let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try DemoSignIn(file: path) }
    }
}
