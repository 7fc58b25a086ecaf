import Domain
import Operations
import SQLiteStore
import Testing
import Wire

@testable import Router

/// What the lane says about contents: who may rely on one, and when it is to be removed.
@Suite struct ContentRemovalTests {
    private static let file = StoredFile(name: "a.txt", type: "text/plain", size: 10, sha256: "aa")

    private func request(_ bench: Bench, _ request: FileRequest) -> LaneItem {
        .file(FileCommission(origin: bench.origin(), caller: .alice, actingAs: nil, request: request))
    }

    private func answers(_ told: Told) -> [FileAnswer] {
        told.outcome.finished.answers.compactMap { if case .file(_, let answer) = $0.answer { answer } else { nil } }
    }

    private func begin(_ bench: Bench, _ number: UInt64) -> LaneItem {
        let id = UploadID(bits: UUIDBits(high: 0, low: number))
        return request(bench, .begin(UploadBegin(id: id, conversation: .group, name: "a.txt", size: 10)))
    }

    private func id(_ number: UInt64) -> UploadID { UploadID(bits: UUIDBits(high: 0, low: number)) }

    private func upload(_ bench: Bench, _ number: UInt64) -> [FileAnswer] {
        answers(
            bench.execute(
                begin(bench, number), request(bench, .seal(id(number), Self.file)),
                request(bench, .finish(id(number)))))
    }

    @Test func anUploadNobodySendsGoesAndItsContentAfterIt() throws {
        let bench = try Bench()
        try bench.makeGroup()
        #expect(upload(bench, 1).last == .file(Self.file))
        bench.advance(by: .seconds(86_399))
        #expect(bench.tick().outcome.removals.isEmpty)
        bench.advance(by: .seconds(1))
        let told = bench.tick()
        #expect(told.outcome.removals.map(\.contents) == [["aa"]])
        #expect(told.events.isEmpty)
        #expect(bench.execute(.removed(.acme, ["aa"], areAll: true)).outcome.removals.isEmpty)
        #expect(try bench.tenants.tenant(.acme).read { try $0.storageUse() } == StorageUse())
    }

    @Test func whoSealsAContentThatIsBeingRemovedWaitsUntilItIs() throws {
        let bench = try Bench()
        try bench.makeGroup()
        _ = upload(bench, 1)
        let removal = bench.execute(request(bench, .cancel(id(1))))
        #expect(removal.outcome.removals.map(\.contents) == [["aa"]], "handed out with the commit that lets it go")
        _ = bench.execute(begin(bench, 2))
        let seal = request(bench, .seal(id(2), Self.file))
        guard case .refused(let refusal)? = answers(bench.execute(seal)).last else { return #expect(Bool(false)) }
        #expect(refusal.code == .unavailable)
        let removed = bench.execute(.removed(.acme, ["aa"], areAll: true), seal)
        #expect(answers(removed) == [.done])
        #expect(removed.outcome.removals.isEmpty)
        #expect(answers(bench.execute(request(bench, .finish(id(2))))) == [.file(Self.file)])
    }

    @Test func whoSealsItInTheSameBatchKeepsIt() throws {
        let bench = try Bench()
        try bench.makeGroup()
        _ = upload(bench, 1)
        _ = bench.execute(begin(bench, 2))
        let told = bench.execute(request(bench, .cancel(id(1))), request(bench, .seal(id(2), Self.file)))
        #expect(told.outcome.removals.isEmpty)
    }

    @Test func whatCouldNotBeRemovedIsTriedAgainLater() throws {
        let bench = try Bench()
        try bench.makeGroup()
        _ = upload(bench, 1)
        _ = bench.execute(request(bench, .cancel(id(1))))
        #expect(bench.execute(.removed(.acme, [], areAll: false)).outcome.removals.isEmpty)
        bench.advance(by: .seconds(29))
        #expect(bench.tick().outcome.removals.isEmpty)
        bench.advance(by: .seconds(1))
        #expect(bench.tick().outcome.removals.map(\.contents) == [["aa"]])
    }

    @Test func aRouterThatStartsAnewBeginsARemovalAnew() throws {
        let bench = try Bench()
        try bench.makeGroup()
        _ = upload(bench, 1)
        _ = bench.execute(request(bench, .cancel(id(1))))
        bench.lane = Lane(
            tenants: bench.tenants, board: bench.board, positions: bench.positions, metrics: bench.metrics)
        #expect(bench.execute(.keepUp(.acme)).outcome.removals.map(\.contents) == [["aa"]])
    }

    @Test func aTenantNearItsLimitIsTold() throws {
        var settings = TenantSettings()
        settings[.storageBytesMax] = 12
        let bench = try Bench([TenantRecord(tenant: .acme, name: "Acme", settings: settings)])
        try bench.makeGroup()
        #expect(bench.execute(begin(bench, 1)).outcome.nearlyFull == [.acme])
        #expect(bench.metrics.tenantsNearlyFull.value == 1)
        #expect(bench.execute(request(bench, .cancel(id(1)))).outcome.nearlyFull == [])
        #expect(bench.metrics.tenantsNearlyFull.value == 0)
    }
}
