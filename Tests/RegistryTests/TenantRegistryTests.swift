import Foundation
import Registry
import Testing
import Wire

@Suite struct TenantRegistryTests {
    private let folder: Folder
    private let registry: TenantRegistry

    init() throws {
        folder = Folder()
        registry = try TenantRegistry.open(dataDirectory: folder.path)
    }

    private func key(_ id: String) -> TenantRecord.Key {
        TenantRecord.Key(id: id, algorithm: .eddsa, material: Array(PublicKeys.ed25519.utf8))
    }

    @Test func aNewTenantHasADevelopmentKeyOfItsOwn() throws {
        let acme = try registry.create(.acme)
        let other = try registry.create(.other, name: "Other & Söhne")
        #expect(acme.name == "acme" && other.name == "Other & Söhne")
        #expect(acme.state == .active)
        let key = try #require(acme.keys.first)
        #expect(acme.keys.count == 1)
        #expect(key.id == TenantRegistry.developmentKeyID && key.algorithm == .hs256 && key.material.count == 32)
        #expect(other.keys.first?.material != key.material)
        #expect(try registry.tenants() == [acme, other])
        #expect(try registry.tenant(.acme) == acme)
    }

    @Test func originsAndSettingsAreKept() throws {
        let origins = ["https://B.example", "http://localhost:8080", "https://b.example:443"]
        let changes = [try SettingChange(.textMax, 50), try SettingChange(.rateBurst, 60)]
        let acme = try registry.create(.acme, origins: origins, settings: changes)
        #expect(acme.origins == ["https://b.example", "http://localhost:8080"])
        #expect(acme.settings[.textMax] == 50)
        #expect(acme.settings[.inFlightMax] == 64)
    }

    @Test func updatingChangesWhatIsNamed() throws {
        try registry.create(.acme, origins: ["https://a.example"], settings: [try SettingChange(.textMax, 50)])
        let named = try registry.update(.acme, name: "Acme")
        #expect(named.name == "Acme" && named.origins == ["https://a.example"] && named.settings[.textMax] == 50)
        let changes = [try SettingChange(.textMax, 10_000), try SettingChange(.inFlightMax, 8)]
        let updated = try registry.update(.acme, origins: [], settings: changes)
        #expect(updated.name == "Acme" && updated.origins.isEmpty)
        #expect(updated.settings.changed == [.inFlightMax: 8])
        #expect(try registry.tenant(.acme) == updated)
    }

    @Test func aTenantIsSuspendedAndResumed() throws {
        try registry.create(.acme)
        try registry.suspend(.acme)
        #expect(try registry.tenant(.acme)?.state == .suspended)
        try registry.suspend(.acme)
        try registry.resume(.acme)
        #expect(try registry.tenant(.acme)?.state == .active)
    }

    @Test func aUserIsSuspendedSeenOrNot() throws {
        try registry.create(.acme)
        try registry.create(.other)
        for user in [UserID.bob, .alice, .bob] { try registry.suspendUser(user, in: .acme) }
        #expect(try registry.tenant(.acme)?.suspendedUsers == [.alice, .bob])
        #expect(try registry.tenant(.other)?.suspendedUsers == [])
        try registry.resumeUser(.alice, in: .acme)
        try registry.resumeUser(.alice, in: .acme)
        #expect(try registry.tenant(.acme)?.suspendedUsers == [.bob])
    }

    @Test func aDeletedTenantIsGoneAndItsSlugTakenUntilPurged() throws {
        try registry.create(.acme)
        try registry.suspendUser(.bob, in: .acme)
        try registry.markDeleted(.acme)
        #expect(try registry.tenant(.acme) == nil)
        #expect(try registry.tenants() == [])
        #expect(try registry.deletedTenants() == [.acme])
        #expect(throws: RegistryFailure.exists("tenant acme")) { try registry.create(.acme) }
        #expect(throws: RegistryFailure.unknown("tenant acme")) { try registry.markDeleted(.acme) }
        try registry.purge(.acme)
        #expect(try registry.deletedTenants() == [])
        #expect(try registry.create(.acme).suspendedUsers == [])
    }

    @Test func purgingIsForDeletedTenantsOnly() throws {
        try registry.create(.acme)
        try registry.purge(.acme)
        try registry.purge(.other)
        #expect(try registry.tenant(.acme) != nil)
    }

    @Test func keysAreAddedForRotationAndRemoved() throws {
        try registry.create(.acme)
        try registry.create(.other)
        try registry.addKey(key("2026"), to: .acme)
        #expect(try registry.keys(of: .acme).map(\.id) == ["2026", TenantRegistry.developmentKeyID])
        #expect(try registry.keys(of: .other).map(\.id) == [TenantRegistry.developmentKeyID])
        #expect(throws: RegistryFailure.exists("key 2026 of tenant acme")) {
            try registry.addKey(key("2026"), to: .acme)
        }
        try registry.addKey(key("2026"), to: .other)
        try registry.removeKey("2026", from: .acme)
        #expect(throws: RegistryFailure.unknown("key 2026 of tenant acme")) {
            try registry.removeKey("2026", from: .acme)
        }
        #expect(try registry.keys(of: .other).contains(key("2026")))
    }

    @Test func whatIsUnknownIsRefused() throws {
        let uses: [(TenantRegistry) throws -> Void] = [
            { try $0.update(.acme, name: "x") }, { try $0.suspend(.acme) }, { try $0.resume(.acme) },
            { try $0.markDeleted(.acme) }, { _ = try $0.keys(of: .acme) }, { try $0.removeKey("x", from: .acme) },
            { try $0.addKey(key("x"), to: .acme) }, { try $0.suspendUser(.bob, in: .acme) },
            { try $0.resumeUser(.bob, in: .acme) },
        ]
        for use in uses { #expect(throws: RegistryFailure.unknown("tenant acme")) { try use(registry) } }
        #expect(try registry.tenant(.acme) == nil)
    }

    @Test func aSlugIsTakenOnce() throws {
        let acme = try registry.create(.acme)
        #expect(throws: RegistryFailure.exists("tenant acme")) { try registry.create(.acme, name: "Again") }
        #expect(try registry.tenant(.acme) == acme)
    }

    @Test(arguments: ["", " ", "\n", "a\u{7}b", "a\nb", String(repeating: "x", count: 101)])
    func aNameIsOneLine(name: String) throws {
        #expect(throws: RegistryFailure.self) { try registry.create(.acme, name: name) }
        try registry.create(.other)
        #expect(throws: RegistryFailure.self) { try registry.update(.other, name: name) }
        #expect(try registry.tenants().map(\.name) == ["other"])
    }

    @Test(arguments: ["", " ", "a b", "a\n", "ä", String(repeating: "k", count: 129)])
    func aKeyIDIsPrintable(id: String) throws {
        try registry.create(.acme)
        #expect(throws: RegistryFailure.self) { try registry.addKey(key(id), to: .acme) }
        #expect(try registry.keys(of: .acme).count == 1)
    }

    @Test func aWrongOriginOrKeyChangesNothing() throws {
        #expect(throws: RegistryFailure.self) { try registry.create(.acme, origins: ["https://a.example", "*"]) }
        #expect(try registry.tenants() == [])
        let acme = try registry.create(.acme)
        let weak = TenantRecord.Key(id: "weak", algorithm: .hs256, material: Array("short".utf8))
        #expect(throws: RegistryFailure.self) { try registry.addKey(weak, to: .acme) }
        #expect(throws: RegistryFailure.self) { try registry.update(.acme, name: "Acme", origins: ["nonsense"]) }
        #expect(try registry.tenant(.acme) == acme)
    }

    @Test func thereAreBounds() throws {
        try registry.create(.acme)
        for number in 1..<50 { try registry.addKey(key("\(number)"), to: .acme) }
        #expect(throws: RegistryFailure.self) { try registry.addKey(key("one too many"), to: .acme) }
        #expect(throws: RegistryFailure.self) { try registry.addKey(key("51"), to: .acme) }
        let origins = (0...100).map { "https://a\($0).example" }
        #expect(throws: RegistryFailure.self) { try registry.update(.acme, origins: origins) }
        #expect(try registry.update(.acme, origins: Array(origins.dropLast())).origins.count == 100)
    }
}
