import Domain
import SQLiteStore
import Testing
import Wire

@testable import Router

/// What a run finds in tenants that nobody has come to since it began.
@Suite struct QuietVisitTests {
    private static let expirySeconds: UInt64 = 60
    let bench: Bench
    /// Of the run that begins.
    let positions = Positions()

    init() throws {
        bench = try Bench([Self.tenant(.acme), Self.tenant(.bolt)])
        try bench.makeGroup()
    }

    private static func tenant(_ slug: TenantSlug) -> TenantRecord {
        var settings = TenantSettings()
        settings[.uploadExpirySeconds] = expirySeconds
        settings[.storageBytesMax] = 1_000_000
        return TenantRecord(tenant: slug, name: slug.text, settings: settings)
    }

    private var newLane: Lane {
        Lane(tenants: bench.tenants, board: bench.board, positions: positions, metrics: bench.metrics)
    }

    private func visit(_ tenant: TenantSlug = .acme) throws -> Snapshots.Outcome {
        let snapshots = Snapshots(
            tenants: bench.tenants, board: bench.board, positions: positions, metrics: bench.metrics)
        return try snapshots.answer(.visit(tenant), at: bench.at)
    }

    private func begin(_ number: UInt64, size: UInt64) -> LaneItem {
        let id = UploadID(bits: UUIDBits(high: 3, low: number))
        let begin = UploadBegin(id: id, conversation: .group, name: "a.txt", size: size)
        return .file(FileCommission(origin: bench.origin(), caller: .alice, actingAs: nil, request: .begin(begin)))
    }

    private var use: StorageUse {
        get throws { try bench.tenants.tenant(.acme).read { try $0.storageUse() } }
    }

    @Test func whereNothingRunsOutTheFileIsNotKeptOpen() throws {
        bench.tenants.letGo(.acme)
        guard case .nothing = try visit() else {
            Issue.record("something is due")
            return
        }
        #expect(bench.tenants.openCount == 0)
        #expect(positions.contains(.acme))
    }

    @Test func whereNothingHasHappenedYetThereIsNoFileAfterwards() throws {
        guard case .nothing = try visit(.bolt) else {
            Issue.record("something is due")
            return
        }
        #expect(!bench.tenants.exists(.bolt))
    }

    @Test func anUploadThatNobodySendsGivesItsRoomBackWithoutAnybodyComing() throws {
        _ = bench.execute(begin(1, size: 1_000))
        guard case .lane(let item) = try visit(), case .due(.acme, let due) = item else {
            Issue.record("nothing is due")
            return
        }
        #expect(due == bench.at.advanced(bySeconds: Int64(Self.expirySeconds)))
        var lane = newLane
        _ = lane.execute([item], now: bench.now, at: bench.at)
        #expect(try use == StorageUse(reservedBytes: 1_000))
        bench.advance(by: .seconds(Int64(Self.expirySeconds)))
        let tick = try #require(lane.nextTick)
        #expect(tick <= bench.now)
        #expect(lane.ticked(now: bench.now, at: bench.at).hasCommitted)
        #expect(try use == StorageUse())
    }

    @Test func contentsThatARunLeftToBeRemovedAreRemovedByTheNext() throws {
        let sha256 = String(repeating: "a", count: 64)
        try bench.execute(sql: "INSERT INTO content (sha256, bytes, state) VALUES ('\(sha256)', 10, 2)")
        guard case .lane(let item) = try visit() else {
            Issue.record("nothing is due")
            return
        }
        var lane = newLane
        let outcome = lane.execute([item], now: bench.now, at: bench.at)
        #expect(outcome.removals.map(\.contents) == [[sha256]])
    }

    @Test func whoComesFirstFindsTheRoomThatRanOut() throws {
        _ = bench.execute(begin(1, size: 900_000))
        bench.advance(by: .seconds(Int64(Self.expirySeconds)))
        var lane = newLane
        let outcome = lane.execute([begin(2, size: 800_000)], now: bench.now, at: bench.at)
        guard case .file(_, .granted(let grant))? = outcome.finished.answers.first?.answer else {
            Issue.record("no room: \(outcome.finished.answers)")
            return
        }
        #expect(grant.bytesMax == 800_000)
        #expect(try use == StorageUse(reservedBytes: 800_000))
    }

    @Test func whomThisRunHasHadInHandIsNotVisited() throws {
        _ = bench.execute(begin(1, size: 1_000))
        var lane = newLane
        _ = lane.execute([bench.register(.bob)], now: bench.now, at: bench.at)
        guard case .nothing = try visit() else {
            Issue.record("visited although its lane knows")
            return
        }
    }
}
