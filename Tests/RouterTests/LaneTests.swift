import Domain
import Foundation
import GRDB
import SQLiteStore
import Testing
import Wire

@testable import Router

@Suite struct LaneTests {
    @Test func aBatchIsOneCommitWithAReplyToEachAndItsEventsInOrder() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let before = try bench.newestOffset()
        let told = bench.execute((1...20).map { bench.send("\($0)", id: .numbered($0), to: .group, by: .alice) })
        #expect(told.codes == Array(repeating: nil, count: 20))
        #expect(told.outcome.finished.publications.count == 1)
        #expect(told.events.map(\.offset) == Array(before + 1...before + 20))
        #expect(try bench.newestOffset() == before + 20)
        let heartbeat = bench.positions.heartbeat(watched: { _ in false }, now: bench.now)
        #expect(heartbeat.map(\.offset) == [before + 20])
    }

    @Test func aRefusalIsAnAnswerAndTheBatchGoesOn() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let told = bench.execute(
            bench.send("one", id: .numbered(1), to: .group, by: .alice),
            bench.send("no member", id: .numbered(2), to: .group, by: .carol),
            bench.send("two", id: .numbered(3), to: .group, by: .bob))
        #expect(told.codes == [nil, .notFound, nil])
        #expect(told.events.count == 2)
    }

    @Test func aCommandThatFailsTakesNothingButItselfAway() throws {
        let bench = try Bench()
        try bench.makeGroup()
        try bench.execute(
            sql:
                "CREATE TRIGGER fault BEFORE INSERT ON message WHEN NEW.text = 'poison' BEGIN SELECT RAISE(ABORT, 'x'); END"
        )
        let before = try bench.newestOffset()
        let told = bench.execute(
            bench.send("one", id: .numbered(1), to: .group, by: .alice),
            bench.send("poison", id: .numbered(2), to: .group, by: .alice),
            bench.send("two", id: .numbered(3), to: .group, by: .bob))
        #expect(Set(told.codes) == [nil, .internal])
        #expect(told.codes.count == 3)
        #expect(told.events.map(\.offset) == [before + 1, before + 2])
        #expect(told.outcome.failures.count == 1)
        #expect(try bench.newestOffset() == before + 2)
    }

    @Test func nothingIsToldOfWhatIsNotOnDisk() throws {
        let bench = try Bench()
        try bench.makeGroup()
        try bench.execute(
            sql: "CREATE TRIGGER fault AFTER INSERT ON message BEGIN SELECT RAISE(ROLLBACK, 'disk'); END")
        let before = try bench.newestOffset()
        let told = bench.execute(
            bench.send("one", id: .numbered(1), to: .group, by: .alice),
            bench.send("two", id: .numbered(2), to: .group, by: .alice))
        #expect(told.codes == [.internal, .internal])
        #expect(told.events.isEmpty)
        #expect(!told.outcome.hasCommitted)
        #expect(try bench.newestOffset() == before)
        let heartbeat = bench.positions.heartbeat(watched: { _ in true }, now: bench.now)
        #expect(heartbeat.map(\.offset) == [before])
    }

    @Test func upkeepThatFailsKeepsNoCommandAway() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let update = ConversationUpdate(conversation: .group, expiresAfterSeconds: 5)
        _ = bench.execute(
            .write(bench.commission(.conversationUpdate(update), .conversationUpdate, by: .alice)),
            bench.send("secret", id: .numbered(1), to: .group, by: .alice))
        try bench.execute(
            sql: "CREATE TRIGGER fault BEFORE UPDATE ON message BEGIN SELECT RAISE(ABORT, 'x'); END")
        bench.advance(by: .seconds(6))
        let told = bench.execute(bench.send("one", id: .numbered(2), to: .group, by: .bob))
        #expect(told.codes == [nil])
        #expect(told.outcome.failures.count == 1)
        #expect(bench.tick().outcome.failures.count == 1)
        try bench.execute(sql: "DROP TRIGGER fault")
        #expect(bench.tick().texts.map { $0.contains("message.deleted") } == [true])
    }

    @Test func aTenantThatCannotBeOpenedIsUnavailableAndTheOthersAreNot() throws {
        let bench = try Bench([.acme, .bolt].map { TenantRecord(tenant: $0, name: "X") })
        try Data("no database, but long enough to be looked at as one".utf8).write(
            to: bench.prepared(bench.path(of: .bolt)))
        let told = bench.execute(
            bench.create(.group, members: [], by: .alice), bench.create(.group, members: [], by: .alice.in(.bolt)))
        #expect(told.codes == [nil, .unavailable])
    }

    @Test func aRepeatInTheSameBatchIsRecognised() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let told = bench.execute(
            bench.send("one", id: .numbered(1), to: .group, by: .alice),
            bench.send("one", id: .numbered(1), to: .group, by: .alice))
        #expect(told.codes == [nil, nil])
        #expect(told.events.count == 1)
        #expect(told.replies[1].contains("\"duplicate\":true"))
    }

    @Test func eachTenantGetsItsOwnTransactionAndPublication() throws {
        let bench = try Bench([.acme, .bolt].map { TenantRecord(tenant: $0, name: "X") })
        let told = bench.execute(
            bench.create(.group, members: [], by: .alice), bench.create(.group, members: [], by: .alice.in(.bolt)),
            bench.send("one", id: .numbered(1), to: .group, by: .alice))
        #expect(told.codes == [nil, nil, nil])
        #expect(told.outcome.finished.publications.map(\.tenant) == [.acme, .bolt])
        #expect(told.outcome.finished.publications.map(\.eventCount) == [2, 1])
        #expect(try bench.newestOffset(of: .bolt) == 1)
    }

    @Test func onlyAServiceNamesAnother() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let send = Write.messageSend(MessageSend(conversation: .group, id: .numbered(1), text: "x"))
        let told = bench.execute(
            .write(bench.commission(send, .messageSend, by: .bob, as: .alice)),
            .write(bench.commission(send, .messageSend, by: .service)),
            .write(bench.commission(send, .messageSend, by: .service, as: .alice)))
        #expect(told.codes == [.badRequest, .badRequest, nil])
        #expect(told.replies[0].contains("\"field\":\"as\""))
        #expect(told.texts.first?.contains("\"sender\":\"alice\"") == true)
    }

    @Test func theSuspendedAndTheDeletedAreRefused() throws {
        let bench = try Bench()
        try bench.makeGroup()
        bench.board.apply([.changed(TenantRecord(tenant: .acme, name: "Acme", suspendedUsers: [.alice]))])
        #expect(bench.execute(bench.send("x", id: .numbered(1), to: .group, by: .alice)).codes == [.forbidden])
        #expect(bench.execute(bench.send("x", id: .numbered(1), to: .group, by: .bob)).codes == [nil])
        bench.board.apply([.gone(.acme)])
        #expect(bench.execute(bench.send("x", id: .numbered(2), to: .group, by: .bob)).codes == [.notFound])
    }

    @Test func aCommandRegistersItsCallerOnce() throws {
        let bench = try Bench()
        _ = bench.execute(bench.create(.group, members: [], by: .alice))
        let user = try bench.tenants.tenant(.acme).read { try $0.user(.alice) }
        #expect(user == User(id: .alice, name: "Alice"))
        let renamed = Caller(tenant: .acme, user: .alice, role: .user, profile: Profile(name: "Alice B."))
        _ = bench.execute(bench.send("x", id: .numbered(1), to: .group, by: renamed))
        #expect(try bench.tenants.tenant(.acme).read { try $0.user(.alice)?.name } == "Alice B.")
    }

    @Test func registeringHandsThePageOn() throws {
        let bench = try Bench()
        let told = bench.execute(bench.register(.alice))
        guard case .catchUp(_, let catchUp)? = told.outcome.reads.first else {
            Issue.record("no page to be read")
            return
        }
        #expect(catchUp.caller == .alice)
        #expect(try bench.page(catchUp)?.user == User(id: .alice, name: "Alice"))
    }

    @Test func anErasedTenantLosesItsFilesAndComesBackEmpty() throws {
        let bench = try Bench()
        try bench.makeGroup()
        bench.board.apply([.gone(.acme)])
        let told = bench.execute(.erase(.acme))
        #expect(told.outcome.erased == [.acme])
        #expect(!bench.tenants.exists(.acme))
        #expect(!bench.positions.contains(.acme))
        bench.board.apply([.changed(TenantRecord(tenant: .acme, name: "Acme"))])
        #expect(bench.execute(bench.create(.group, members: [], by: .bob)).codes == [nil])
        #expect(try bench.newestOffset() == 1)
    }

    @Test func aTenantInTheDirectoryIsNotErased() throws {
        let bench = try Bench()
        try bench.makeGroup()
        #expect(bench.execute(.erase(.acme)).outcome.erased.isEmpty)
        #expect(bench.tenants.exists(.acme))
    }

    @Test func aChangedNameIsToldToEveryoneOnce() throws {
        let bench = try Bench()
        try bench.makeGroup()
        let renamed = TenantRecord(tenant: .acme, name: "Acme Inc.")
        bench.board.apply([.changed(renamed)])
        let told = bench.execute(.updated(renamed))
        #expect(told.events.map(\.scope) == [.system])
        #expect(told.texts.first?.contains("\"name\":\"Acme Inc.\"") == true)
        #expect(bench.execute(.updated(renamed)).events.isEmpty)
    }

    @Test func aNameThatChangedWhileNoRouterRanIsToldWhenTheTenantIsFirstInHand() throws {
        let bench = try Bench()
        try bench.makeGroup()
        for name in ["Acme Inc.", "Acme Ltd."] {
            let record = TenantRecord(tenant: .acme, name: name)
            bench.board.apply([.changed(record)])
            if name == "Acme Inc." { _ = bench.execute(.updated(record)) }
        }
        var restarted = Lane(
            tenants: bench.tenants, board: bench.board, positions: bench.positions, metrics: bench.metrics)
        let item = bench.send("x", id: .numbered(1), to: .group, by: .alice)
        let told = Told(restarted.execute([item], now: bench.now, at: bench.at))
        #expect(told.texts.first?.contains("tenant.updated") == true)
        #expect(told.events.count == 2)
        var again = Lane(
            tenants: bench.tenants, board: bench.board, positions: bench.positions, metrics: bench.metrics)
        #expect(again.execute([.due(.acme, bench.at)], now: bench.now, at: bench.at).finished.publications.isEmpty)
    }
}

extension Bench {
    /// Breaks a tenant's file in a way that its schema allows.
    func execute(sql: String, on tenant: TenantSlug = .acme) throws {
        let queue = try DatabaseQueue(path: path(of: tenant))
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// The place of a file whose folder is there.
    func prepared(_ path: String) throws -> URL {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        return url
    }
}
