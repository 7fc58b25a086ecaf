import Domain
import SQLiteStore
import Testing
import Wire

@testable import Router

@Suite struct LaneTurnTests {
    @Test func typingIsToldAndEndsBySixSecondsOfSilence() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let told = bench.execute(bench.typing(true, in: .group, by: .alice))
        #expect(told.codes == [nil])
        #expect(told.events.map(\.durability) == [.ephemeral])
        #expect(told.events.map(\.except) == [[.alice]])
        let tick = try #require(bench.lane.nextTick)
        #expect(tick <= bench.now + .milliseconds(250))
        bench.advance(by: .milliseconds(5_900))
        #expect(bench.tick().events.isEmpty)
        bench.advance(by: .milliseconds(100))
        #expect(bench.tick().texts.map { $0.contains("\"active\":false") } == [true])
        #expect(bench.lane.nextTick == nil)
    }

    @Test func typingEndsByAMessageByGoingAndBySayingSo() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let start = bench.typing(true, in: .group, by: .alice)
        let sent = bench.execute(start, bench.send("x", id: .numbered(1), to: .group, by: .alice))
        #expect(sent.events.map(\.durability) == [.ephemeral, .durable, .ephemeral])
        #expect(bench.execute(start, .gone(.acme, .alice)).events.count == 2)
        #expect(bench.execute(start, bench.typing(false, in: .group, by: .alice)).events.count == 2)
        #expect(bench.execute(bench.typing(false, in: .group, by: .alice)).events.isEmpty)
    }

    @Test func whenPeopleWentIsStoredAndBringsNoEvent() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let newest = try bench.newestOffset()
        let told = bench.execute(.seen(.acme, [.alice: bench.at, .named("ghost"): bench.at]))
        #expect(told.events.isEmpty && told.outcome.hasCommitted)
        #expect(try bench.newestOffset() == newest)
        let seen = try bench.tenants.tenant(.acme).read { try $0.lastSeen(of: [.alice, .bob, .named("ghost")]) }
        #expect(seen == [.alice: bench.at, .bob: nil])
    }

    @Test func aBlockIsToldToWhoeverKnowsWhoIsHere() throws {
        let bench = try Bench()
        try bench.makeGroup()
        func blocks(_ told: Told) -> [[UserID]] {
            told.outcome.finished.presence.map {
                if case .block(.acme, let one, let other) = $0 { [one, other] } else { [] }
            }
        }
        let add = LaneItem.write(bench.commission(.blockAdd(BlockAdd(user: .bob)), .blockAdd, by: .alice))
        #expect(blocks(bench.execute(add)) == [[.alice, .bob]])
        #expect(blocks(bench.execute(add)).isEmpty)
        let remove = LaneItem.write(bench.commission(.blockRemove(BlockRemove(user: .bob)), .blockRemove, by: .alice))
        #expect(blocks(bench.execute(remove)) == [[.alice, .bob]])
    }

    @Test func typingOfStrangersIsRefused() throws {
        let bench = try Bench()
        try bench.makeGroup()
        #expect(bench.execute(bench.typing(true, in: .group, by: .carol)).codes == [.notFound])
    }

    @Test func dueMessagesAreDeletedByATick() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let update = ConversationUpdate(conversation: .group, expiresAfterSeconds: 5)
        _ = bench.execute(
            .write(bench.commission(.conversationUpdate(update), .conversationUpdate, by: .alice)),
            bench.send("secret", id: .numbered(1), to: .group, by: .alice))
        #expect(bench.lane.nextTick != nil)
        bench.advance(by: .seconds(4))
        #expect(bench.tick().events.isEmpty)
        bench.advance(by: .seconds(1))
        let told = bench.tick()
        #expect(told.texts.map { $0.contains("message.deleted") } == [true])
        #expect(bench.lane.nextTick == nil)
    }

    @Test func aRestartedLaneFindsWhatIsDue() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let update = ConversationUpdate(conversation: .group, expiresAfterSeconds: 5)
        _ = bench.execute(
            .write(bench.commission(.conversationUpdate(update), .conversationUpdate, by: .alice)),
            bench.send("secret", id: .numbered(1), to: .group, by: .alice))
        bench.advance(by: .seconds(60))
        var lane = Lane(
            tenants: bench.tenants, board: bench.board, positions: bench.positions, metrics: bench.metrics)
        guard case .lane(let item) = try bench.snapshots.answer(.position(.acme), at: bench.at) else {
            Issue.record("the reader found nothing due")
            return
        }
        let told = Told(lane.execute([item], now: bench.now, at: bench.at))
        #expect(told.texts.map { $0.contains("message.deleted") } == [true])
    }

    @Test func theLogIsPrunedByTheTenantsSettings() throws {
        var settings = TenantSettings()
        settings[.logRetentionEvents] = 3
        let bench = try Bench([TenantRecord(tenant: .acme, name: "Acme", settings: settings)])
        try bench.makeGroup()
        bench.advance(by: .seconds(61))
        _ = bench.execute((1...9).map { bench.send("\($0)", id: .numbered($0), to: .group, by: .alice) })
        #expect(try bench.tenants.tenant(.acme).read { try $0.oldestOffset } == 8)
        let page = try bench.page(bench.catchUp(of: .bob, since: 1, epoch: try bench.tenants.tenant(.acme).epoch))
        #expect(page?.resumed == false)
    }

    @Test func aQuietTenantsLogIsPrunedSliceBySlice() throws {
        var settings = TenantSettings()
        let bench = try Bench()
        try bench.makeGroup()
        for round in 0..<9 {
            let numbers = round * 250 + 1...round * 250 + 250
            _ = bench.execute(numbers.map { bench.send("x", id: .numbered($0), to: .group, by: .alice) })
        }
        settings[.logRetentionEvents] = 10
        bench.board.apply([.changed(TenantRecord(tenant: .acme, name: "Acme", settings: settings))])
        func kept() throws -> UInt64 {
            try bench.tenants.tenant(.acme).read { try $0.newestOffset - $0.oldestOffset + 1 }
        }
        let before = try kept()
        #expect(bench.execute(.keepUp(.acme)).events.isEmpty)
        #expect(try kept() == before - 1_000)
        #expect(bench.lane.nextTick != nil)
        for _ in 0..<2 {
            bench.advance(by: .seconds(1))
            _ = bench.tick()
        }
        #expect(try kept() == 10)
        #expect(bench.lane.nextTick == nil)
    }
}
