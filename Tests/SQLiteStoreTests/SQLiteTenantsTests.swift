import Domain
import Foundation
import GRDB
import SQLiteStore
import Synchronization
import Testing
import Wire

@Suite struct SQLiteTenantsTests {
    private func slug(_ number: Int) throws -> TenantSlug { try #require(TenantSlug("t\(number)")) }

    private func announce(_ name: String, in tenant: SQLiteTenant) throws {
        let happening = tenantUpdated(name: name, settings: TenantSettings())
        _ = try tenant.write { try $0.append([happening], at: Timestamp(milliseconds: 0)) }
    }

    @Test func whatIsWrittenIsThereAfterReopening() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        let epoch = acme.tenant.epoch
        try acme.tenants.close()
        let again = try SQLiteTenants(directory: acme.directory, openMax: 1, readersPerTenant: 1)
        let tenant = try again.tenant(Acme.slug)
        #expect(tenant.epoch == epoch)
        #expect(try tenant.read { try $0.newestOffset } == 2)
        #expect(try tenant.integrityFaults() == [])
        try again.close()
    }

    /// A backup, an export, or a router that thinks it is the first: offsets stay contiguous.
    @Test func twoOpenersOfOneDirectoryTakeTurns() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let second = try SQLiteTenants(directory: acme.directory, openMax: 1, readersPerTenant: 1)
        let other = try second.tenant(Acme.slug)
        #expect(other.epoch == acme.tenant.epoch)
        try announce("one", in: other)
        try announce("two", in: acme.tenant)
        try announce("three", in: other)
        #expect(try acme.tenant.read { try $0.replay(from: 1, to: 9, limit: 9) }.map(\.offset) == [1, 2, 3, 4])
        try second.close()
        #expect(try acme.send(1).map(\.offset) == [5])
    }

    @Test func eachFileHasAnEpochOfItsOwn() throws {
        let acme = try Acme()
        let other = try acme.tenants.tenant(try slug(1))
        #expect(other.epoch != acme.tenant.epoch)
        #expect(try acme.tenants.tenant(Acme.slug) === acme.tenant)
    }

    @Test func onlyTheOwnerMayReadTheFiles() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let path = Acme.path(of: Acme.slug, in: acme.directory)
        for suffix in ["", "-wal", "-shm"] { #expect(try Acme.permissions(of: path + suffix) == 0o600) }
        for folder in ["", "/tenants", "/tenants/acme"] {
            #expect(try Acme.permissions(of: acme.directory + folder) == 0o700)
        }
    }

    @Test func commitsAreSynced() throws {
        let acme = try Acme()
        let level = try acme.tenant.write { try $0.pragma("synchronous") }
        #expect(level == 2, "FULL")
    }

    @Test func theLongestIdleIsClosedAndOpensAgain() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tenants = try SQLiteTenants(directory: directory, openMax: 2, readersPerTenant: 1)
        let all = try (1...5).map { try tenants.tenant(try slug($0)) }
        #expect(tenants.openCount == 2)
        for round in 1...3 {
            for (number, tenant) in all.enumerated() { try announce("\(number)-\(round)", in: tenant) }
        }
        #expect(tenants.openCount == 2)
        for tenant in all { #expect(try tenant.read { try $0.newestOffset } == 3) }
        // SQLite keeps the log of a file only while it is open.
        let open = try (1...5).filter {
            FileManager.default.fileExists(atPath: Acme.path(of: try slug($0), in: directory) + "-wal")
        }
        #expect(open == [4, 5])
        try tenants.close()
    }

    @Test func closingBringsEveryFileUpToDate() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tenants = try SQLiteTenants(directory: directory, openMax: 100, readersPerTenant: 1)
        for number in 1...40 { try announce("x", in: tenants.tenant(try slug(number))) }
        try tenants.close()
        for number in 1...40 {
            let path = Acme.path(of: try slug(number), in: directory)
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        }
        #expect(throws: StoreFailure.self) { try tenants.tenant(try slug(1)) }
    }

    @Test func whatIsInUseIsNotClosed() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tenants = try SQLiteTenants(directory: directory, openMax: 1, readersPerTenant: 1)
        let first = try tenants.tenant(try slug(1))
        try first.read { reads in
            for number in 2...4 { try announce("x", in: tenants.tenant(try slug(number))) }
            #expect(try reads.newestOffset == 0)
            #expect(tenants.openCount >= 1)
        }
        try announce("y", in: first)
        #expect(try first.read { try $0.newestOffset } == 1)
        try tenants.close()
    }

    /// Threads on more tenants than may be open: none fails, no event is lost.
    @Test func manyThreadsShareFewFiles() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tenants = try SQLiteTenants(directory: directory, openMax: 2, readersPerTenant: 2)
        let failures = Mutex<[String]>([])
        let finished = DispatchGroup()
        for thread in 0..<6 {
            Thread.detachNewThread { [finished] in
                for round in 0..<60 {
                    do {
                        let tenant = try tenants.tenant(try slug((thread + round) % 7))
                        if round.isMultiple(of: 3) {
                            try announce("\(thread)", in: tenant)
                        } else {
                            _ = try tenant.read { try $0.newestOffset }
                        }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                finished.leave()
            }
            finished.enter()
        }
        finished.wait()
        #expect(failures.withLock { $0 } == [])
        let offsets = try (0..<7).map { try tenants.tenant(try slug($0)).read { try $0.newestOffset } }
        #expect(offsets.reduce(0, +) == 6 * 20)
        #expect(tenants.openCount <= 2)
        try tenants.close()
    }

    @Test func aReadSeesWhatWasCommittedBeforeIt() throws {
        let acme = try Acme()
        try acme.tenant.read { reads in
            #expect(try reads.newestOffset == 0)
            try acme.create(with: Acme.bob)
            #expect(try reads.newestOffset == 0, "a snapshot stays as it is")
        }
        #expect(try acme.tenant.read { try $0.newestOffset } == 1)
    }

    @Test func erasingLeavesNothingAndFreesTheSlug() throws {
        let acme = try Acme()
        let epoch = acme.tenant.epoch
        try acme.create(with: Acme.bob)
        #expect(acme.tenants.exists(Acme.slug))
        try acme.tenants.erase(Acme.slug)
        #expect(!acme.tenants.exists(Acme.slug))
        #expect(!FileManager.default.fileExists(atPath: acme.directory + "/tenants/acme"))
        let failure = #expect(throws: StoreFailure.self) { try acme.tenant.read { try $0.newestOffset } }
        #expect(failure?.reason == .closed)
        let anew = try acme.tenants.tenant(Acme.slug)
        #expect(anew.epoch != epoch)
        #expect(try anew.read { try $0.newestOffset } == 0)
        try acme.tenants.erase(try slug(9))
    }

    @Test func erasingWaitsForWhoIsStillReading() throws {
        let acme = try Acme()
        try acme.tenant.read { _ in
            let failure = #expect(throws: StoreFailure.self) { try acme.tenants.erase(Acme.slug) }
            #expect(failure?.reason == .busy)
            let closed = #expect(throws: StoreFailure.self) { try acme.tenant.read { try $0.newestOffset } }
            #expect(closed?.reason == .closed)
        }
        try acme.tenants.erase(Acme.slug)
        #expect(!acme.tenants.exists(Acme.slug))
    }

    @Test func afterClosingEverythingIsRefused() throws {
        let acme = try Acme()
        try acme.tenants.close()
        for use in [{ _ = try acme.tenants.tenant(Acme.slug) }, { _ = try acme.tenant.read { try $0.newestOffset } }] {
            let failure = #expect(throws: StoreFailure.self) { try use() }
            #expect(failure?.reason == .closed)
        }
    }
}
