import Registry
import Testing
import Wire

@Suite struct TapsTests {
    private let folder: Folder
    private let registry: TenantRegistry
    private let deed = Deed(operator: "olga", at: Timestamp(milliseconds: 1_000))

    init() throws {
        folder = Folder()
        registry = try TenantRegistry.open(dataDirectory: folder.path)
        try registry.create(.acme)
        try registry.create(.other)
    }

    private func tap(_ name: String, _ byte: UInt8, _ scope: TapScope = .whole) throws -> TapRecord {
        let key = try #require(CurveKey(bytes: [UInt8](repeating: byte, count: 32)))
        return TapRecord(name: name, key: key, scope: scope, expiresAt: Timestamp(milliseconds: 99_000))
    }

    @Test func aTapIsInTheDirectoryUntilItIsRevoked() throws {
        let scope = TapScope(events: ["message.created"], showsText: false)
        let (crm, audit) = (try tap("crm", 1), try tap("audit", 2, scope))
        #expect(try registry.createTap(crm, of: .acme, placesMax: 10, by: deed) == 0)
        #expect(try registry.createTap(audit, of: .acme, placesMax: 10, by: deed) == 0)
        #expect(try registry.createTap(tap("crm", 3), of: .other, placesMax: 10, by: deed) == 1)
        #expect(try registry.tapDirectory(run: 7).tenants.first?.taps == [crm, audit])
        let before = try registry.tapDirectory(run: 7).version
        try registry.revokeTap("crm", of: .acme, by: deed)
        #expect(try registry.tapDirectory(run: 7).tenants.map(\.taps.count) == [1, 1])
        #expect(try registry.tapDirectory(run: 7).version != before)
        #expect(try registry.taps(of: .acme).map { $0.revokedAt != nil } == [true, false])
        #expect(throws: RegistryFailure.unknown("tap crm of tenant acme")) {
            try registry.revokeTap("crm", of: .acme, by: deed)
        }
        #expect(try registry.audit(of: .acme).map(\.action) == ["tap.create", "tap.create", "tap.revoke"])
        #expect(try registry.audit(of: .acme).first?.operator == "olga")
    }

    @Test func namesAreTakenWhileTheyAreInForce() throws {
        try registry.createTap(tap("crm", 1), of: .acme, placesMax: 10, by: deed)
        #expect(throws: RegistryFailure.exists("tap crm of tenant acme")) {
            try registry.createTap(tap("crm", 2), of: .acme, placesMax: 10, by: deed)
        }
        try registry.revokeTap("crm", of: .acme, by: deed)
        try registry.createTap(tap("crm", 2), of: .acme, placesMax: 10, by: deed)
        for name in ["", "a b", "é", String(repeating: "x", count: 65)] {
            #expect(throws: RegistryFailure.self) {
                try registry.createTap(tap(name, 9), of: .acme, placesMax: 10, by: deed)
            }
        }
    }

    @Test func rotatingKeepsAllButTheKey() throws {
        let scope = TapScope(events: ["read"])
        try registry.createTap(tap("crm", 1, scope), of: .acme, placesMax: 10, by: deed)
        let key = try #require(CurveKey(bytes: [UInt8](repeating: 5, count: 32)))
        let (made, place) = try registry.rotateTap("crm", of: .acme, to: key, placesMax: 10, by: deed)
        #expect(made.scope == scope && made.key == key && place == 0)
        #expect(try registry.tapDirectory(run: 1).tenants.first?.taps == [made])
    }

    @Test func aPortIsATenantsForGoodAndFreeOnceTheTenantIsErased() throws {
        try registry.createTap(tap("crm", 1), of: .acme, placesMax: 1, by: deed)
        #expect(throws: RegistryFailure.self) {
            try registry.createTap(tap("crm", 2), of: .other, placesMax: 1, by: deed)
        }
        try registry.revokeTap("crm", of: .acme, by: deed)
        #expect(throws: RegistryFailure.self) {
            try registry.createTap(tap("crm", 2), of: .other, placesMax: 1, by: deed)
        }
        try registry.markDeleted(.acme)
        try registry.purge(.acme)
        #expect(try registry.createTap(tap("crm", 2), of: .other, placesMax: 1, by: deed) == 0)
    }

    @Test func aSuspendedOrDeletedTenantHasNoTaps() throws {
        try registry.createTap(tap("crm", 1), of: .acme, placesMax: 10, by: deed)
        try registry.suspend(.acme)
        #expect(try registry.tapDirectory(run: 1).tenants.isEmpty)
        try registry.resume(.acme)
        #expect(try registry.tapDirectory(run: 1).tenants.count == 1)
        try registry.markDeleted(.acme)
        #expect(try registry.tapDirectory(run: 1).tenants.isEmpty)
    }

    @Test func oneTenantHasSoManyTapsAndNoMore() throws {
        for number in 0..<TenantRegistry.tapsMax {
            try registry.createTap(tap("t\(number)", UInt8(number)), of: .acme, placesMax: 10, by: deed)
        }
        #expect(throws: RegistryFailure.self) {
            try registry.createTap(tap("more", 200), of: .acme, placesMax: 10, by: deed)
        }
    }

    @Test func doorsAreKeptInTheirOrder() throws {
        #expect(try registry.tapDoors().isEmpty)
        let doors = [TapDoor(host: "127.0.0.1", port: 5_572), TapDoor(host: "::1", port: 6_573)]
        try registry.set(tapDoors: doors)
        let counter = try registry.changeCounter()
        try registry.set(tapDoors: doors)
        #expect(try registry.tapDoors() == doors && registry.changeCounter() == counter)
    }
}
