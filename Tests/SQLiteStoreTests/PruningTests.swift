import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct PruningTests {
    /// Offsets 1…10, event n at second n.
    private func filled() throws -> Acme {
        let acme = try Acme()
        for second in 1...10 as ClosedRange<Int64> {
            let happening = tenantUpdated(name: "Acme \(second)", settings: TenantSettings())
            try acme.append(happening, at: acme.now.advanced(bySeconds: second))
        }
        return acme
    }

    @Test(arguments: [(10, 0, 1), (4, 6, 7), (1, 9, 10), (0, 9, 10)] as [(UInt64, Int, UInt64)])
    func asManyAreKeptAsAsked(keep: UInt64, deleted: Int, oldest: UInt64) throws {
        let acme = try filled()
        #expect(try acme.tenant.write { try $0.prune(keepEvents: keep, olderThan: nil) } == deleted)
        #expect(try acme.tenant.read { try $0.oldestOffset } == oldest)
        #expect(try acme.tenant.read { try $0.newestOffset } == 10)
    }

    @Test(arguments: [(0, 0), (1, 0), (5, 4), (11, 9)] as [(Int64, Int)])
    func whatIsTooOldGoes(second: Int64, deleted: Int) throws {
        let acme = try filled()
        let bound = acme.now.advanced(bySeconds: second)
        #expect(try acme.tenant.write { try $0.prune(keepEvents: nil, olderThan: bound) } == deleted)
    }

    @Test func itGoesSliceBySlice() throws {
        let acme = try filled()
        func prune() throws -> Int { try acme.tenant.write { try $0.prune(keepEvents: 3, olderThan: nil, limit: 3) } }
        #expect(try [prune(), prune(), prune(), prune()] == [3, 3, 1, 0])
        #expect(try acme.tenant.read { try $0.replay(from: 1, to: 10, limit: 10) }.map(\.offset) == [8, 9, 10])
    }

    @Test func anEmptyLogHasNothingToPrune() throws {
        let acme = try Acme()
        #expect(try acme.tenant.write { try $0.prune(keepEvents: 0, olderThan: acme.now) } == 0)
    }

    @Test func offsetsGoOnAfterPruning() throws {
        let acme = try filled()
        _ = try acme.tenant.write { try $0.prune(keepEvents: 0, olderThan: nil) }
        #expect(try acme.append(tenantUpdated(name: "On", settings: TenantSettings())).map(\.offset) == [11])
    }
}
