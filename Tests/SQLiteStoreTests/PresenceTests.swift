import Domain
import GRDB
import SQLiteStore
import Testing
import Wire

@Suite struct PresenceTests {
    private func lastSeen(_ users: [UserID], in acme: Acme) throws -> [UserID: Timestamp?] {
        try acme.tenant.read { try $0.lastSeen(of: users) }
    }

    @Test func whenSomebodyWasLastSeenIsKept() throws {
        let acme = try Acme()
        try acme.tenant.write { try $0.apply([.seen(Acme.alice, at: acme.now)]) }
        #expect(try lastSeen([Acme.alice, Acme.bob], in: acme) == [Acme.alice: acme.now, Acme.bob: nil])
        let later = acme.now.advanced(bySeconds: 5)
        try acme.tenant.write { try $0.apply([.seen(Acme.alice, at: later)]) }
        #expect(try lastSeen([Acme.alice], in: acme) == [Acme.alice: later])
    }

    @Test func aNewProfileLeavesItAsItIs() throws {
        let acme = try Acme()
        let renamed = User(id: Acme.alice, name: "Alicia")
        try acme.tenant.write {
            try $0.apply([.seen(Acme.alice, at: acme.now), .user(renamed, claimed: Profile(name: "Alicia"))])
        }
        #expect(try lastSeen([Acme.alice], in: acme) == [Acme.alice: acme.now])
    }

    @Test func whomNobodyKnowsIsLeftOutAndNotMade() throws {
        let acme = try Acme()
        let ghost = Acme.user("ghost")
        try acme.tenant.write { try $0.apply([.seen(ghost, at: acme.now)]) }
        #expect(try lastSeen([ghost, Acme.bob], in: acme) == [Acme.bob: nil])
        #expect(try lastSeen([], in: acme).isEmpty)
        #expect(try acme.tenant.read { try $0.user(ghost) } == nil)
    }

    @Test func allWhoBlockSomebodyAreFoundWhereverTheyAre() throws {
        let acme = try Acme()
        try acme.commit(.blockAdd(BlockAdd(user: Acme.alice)), as: Acme.carol)
        try acme.commit(.blockAdd(BlockAdd(user: Acme.alice)), as: Acme.bob)
        #expect(try acme.tenant.read { try $0.blockers(of: Acme.alice) } == [Acme.bob, Acme.carol])
        try acme.commit(.blockRemove(BlockRemove(user: Acme.alice)), as: Acme.bob)
        #expect(try acme.tenant.read { try $0.blockers(of: Acme.alice) } == [Acme.carol])
        #expect(try acme.tenant.read { try $0.blockers(of: Acme.bob) }.isEmpty)
    }

    @Test func aFileOfTheFirstVersionIsBroughtUpToDateWithAllThatIsInIt() throws {
        let acme = try Acme()
        try acme.tenants.close()
        try acme.raw().write {
            try $0.execute(
                sql: """
                    ALTER TABLE user DROP COLUMN last_seen;
                    DROP TABLE push_subscription; DROP INDEX member_archived; DROP INDEX member_preferring;
                    ALTER TABLE member DROP COLUMN muted; ALTER TABLE member DROP COLUMN archived;
                    ALTER TABLE member DROP COLUMN pinned; ALTER TABLE member DROP COLUMN preferences_offset;
                    ALTER TABLE message DROP COLUMN attachments; ALTER TABLE message DROP COLUMN voice;
                    ALTER TABLE message DROP COLUMN deleted_offset; ALTER TABLE message DROP COLUMN deleted_at;
                    DROP TABLE upload; DROP TABLE content; DROP TABLE storage_use; DROP TABLE refused_upload;
                    PRAGMA user_version = 1
                    """)
        }
        let tenants = try SQLiteTenants(directory: acme.directory, openMax: 1, readersPerTenant: 1)
        defer { try? tenants.close() }
        let tenant = try tenants.tenant(Acme.slug)
        try tenant.write { try $0.apply([.seen(Acme.bob, at: acme.now)]) }
        #expect(
            try tenant.read { try $0.lastSeen(of: [Acme.alice, Acme.bob]) } == [Acme.alice: nil, Acme.bob: acme.now])
        #expect(try tenant.integrityFaults().isEmpty)
    }
}
