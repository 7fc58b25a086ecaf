import Domain
import Foundation
import GRDB
import SQLiteStore
import Testing
import Wire

/// What a disk or a person does to a file comes out as a `StoreFailure`, never as an answer to a client.
@Suite struct StoreFailureTests {
    private func reasonToOpen(_ acme: Acme) throws -> StoreFailure.Reason? {
        let tenants = try SQLiteTenants(directory: acme.directory, openMax: 1, readersPerTenant: 1)
        return #expect(throws: StoreFailure.self) { try tenants.tenant(Acme.slug) }?.reason
    }

    @Test func aFileOfALaterVersionIsRefusedAndLeftAlone() throws {
        let acme = try Acme()
        try acme.tenants.close()
        let path = Acme.path(of: Acme.slug, in: acme.directory)
        try acme.raw().write { try $0.execute(sql: "PRAGMA user_version = 99") }
        #expect(try reasonToOpen(acme) == .newer)
        #expect(try acme.raw().read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 99)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func aDirectoryWithALaterVersionIsRefusedWithTheTenantsName() throws {
        let acme = try Acme()
        try acme.tenants.close()
        let tenants = try SQLiteTenants(directory: acme.directory, openMax: 1, readersPerTenant: 1)
        try tenants.refuseNewer()
        try acme.raw().write { try $0.execute(sql: "PRAGMA user_version = 99") }
        let failure = #expect(throws: StoreFailure.self) { try tenants.refuseNewer() }
        #expect(failure?.reason == .newer)
        #expect(
            failure?.detail.hasPrefix("tenant \(Acme.slug) has version 99, this Parley knows versions up to ") == true)
    }

    @Test func rubbishIsNoDatabase() throws {
        let acme = try Acme()
        try acme.tenants.close()
        let path = Acme.path(of: Acme.slug, in: acme.directory)
        try Data(repeating: 0x55, count: 8_192).write(to: URL(filePath: path))
        #expect(try reasonToOpen(acme) == .corrupt)
    }

    @Test func aFolderInItsPlaceIsAnIOFailure() throws {
        let acme = try Acme()
        try acme.tenants.erase(Acme.slug)
        try FileManager.default.createDirectory(
            atPath: Acme.path(of: Acme.slug, in: acme.directory), withIntermediateDirectories: true)
        #expect(try reasonToOpen(acme) == .io)
    }

    /// The limit on pages stands in for a full disk: the commit fails, and goes through once there is room.
    @Test func aFullDiskLosesNothingAndIsGoneWithRoom() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let before = try acme.tables()
        let limit = try acme.tenant.write { try $0.limitPages(to: 1) }
        let failure = #expect(throws: StoreFailure.self) {
            for number in 1...2_000 as ClosedRange<UInt64> {
                try acme.send(number, String(repeating: "x", count: 4_000))
            }
        }
        #expect(failure?.reason == .full)
        let stored = try acme.tenant.read { try $0.newestOffset }
        #expect(try acme.tables()["conversation"]?.count == before["conversation"]?.count)
        _ = try acme.tenant.write { try $0.limitPages(to: limit * 100) }
        #expect(try acme.send(9_999).map(\.offset) == [stored + 1])
    }

    @Test func whatMakesNoSenseIsCorrupt() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.raw().write { try $0.execute(sql: "UPDATE member SET role = 9") }
        let failure = #expect(throws: StoreFailure.self) {
            try acme.tenant.read { try $0.membership(of: Acme.bob, in: Acme.team) }
        }
        #expect(failure?.reason == .corrupt)
    }

    @Test func aRefusalPassesThroughATransaction() throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try acme.tenant.write { _ in throw Refusal.notFound } }
    }

    @Test func noDetailHoldsWhatAPersonSaid() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        let message = Message(
            id: .number(1), conversation: Acme.team, seq: 2, sender: Acme.alice, at: acme.now, text: "private words")
        let failure = #expect(throws: StoreFailure.self) {
            try acme.append(Happening(.messageCreated(message, expiresAt: nil), to: .conversation(Acme.team)))
        }
        #expect(failure.map { "\($0)".contains("private") } == false)
    }
}
