import Domain
import SQLiteStore
import Testing
import Wire

@testable import Router

@Suite struct SnapshotsTests {
    let bench: Bench
    let epoch: String

    init() throws {
        let bench = try Bench()
        self.bench = bench
        try bench.makeGroup()
        _ = bench.execute((1...5).map { bench.send("\($0)", id: .numbered($0), to: .group, by: .alice) })
        epoch = try bench.tenants.tenant(.acme).epoch
    }

    func query(_ query: Query, _ op: Op, by caller: Caller, as actingAs: UserID? = nil) throws -> String {
        let item = ReadItem.query(bench.commission(query, op, by: caller, as: actingAs))
        guard case .finished(let finished) = try bench.snapshots.answer(item, at: bench.at),
            case .reply(_, _, let json)? = finished.answers.first?.answer
        else { return "" }
        return String(decoding: json, as: UTF8.self)
    }

    func replay(from: UInt64, to: UInt64, of tenant: TenantSlug = .acme) throws -> ReplayAnswer? {
        let request = ReplayRequest(id: 7, tenant: tenant, from: from, to: to)
        guard case .finished(let finished) = try bench.snapshots.answer(.replay(request, from: [1]), at: bench.at)
        else { return nil }
        #expect(finished.replays.map(\.identity) == [[1]])
        return finished.replays.first?.answer
    }

    @Test func aQueryIsAnsweredForItsCaller() throws {
        let list = Query.messageList(MessageList(conversation: .group))
        #expect(try query(list, .messageList, by: .bob).contains("\"ok\":true"))
        #expect(try query(list, .messageList, by: .carol).contains("not_found"))
        #expect(try query(list, .messageList, by: .service).contains("\"ok\":true"))
        #expect(try query(list, .messageList, by: .service, as: .carol).contains("not_found"))
        #expect(try query(list, .messageList, by: .bob, as: .alice).contains("\"field\":\"as\""))
        #expect(try query(list, .messageList, by: .bob.in(.bolt)).contains("not_found"))
    }

    private func presence(
        _ command: PresenceCommand, by caller: Caller, as actingAs: UserID? = nil
    ) throws -> Snapshots.Outcome {
        let op: Op = if case .set = command { .presenceSet } else { .presenceWatch }
        return try bench.snapshots.answer(
            .presence(bench.commission(command, op, by: caller, as: actingAs)), at: bench.at)
    }

    @Test func aWatchFindsWhomItsReaderMaySee() throws {
        let watch = PresenceCommand.watch(PresenceWatch(users: [.alice, .carol]))
        guard case .finished(let finished) = try presence(watch, by: .bob),
            case .seen(let commission, let views)? = finished.presence.first
        else { throw TestGateway.Missing() }
        #expect(commission.caller == .bob)
        #expect(views == [PresenceView(.alice), PresenceView(.carol)])
        let ghost = PresenceCommand.watch(PresenceWatch(users: [.named("ghost")]))
        guard case .finished(let refused) = try presence(ghost, by: .bob),
            case .reply(_, .notFound, _)? = refused.answers.first?.answer
        else { throw TestGateway.Missing() }
    }

    @Test func whoSaysItWithoutAConnectionIsRegisteredFirst() throws {
        let dora = Caller(tenant: .acme, user: .named("dora"), role: .user, profile: Profile(name: "Dora"))
        let set = PresenceCommand.set(PresenceSet(status: .away))
        guard case .lane(let item) = try presence(set, by: dora), case .register(dora, .presence) = item else {
            throw TestGateway.Missing()
        }
        _ = bench.execute(item)
        guard case .finished(let finished) = try presence(set, by: dora),
            case .visits(_, dora.user, PresenceSet(status: .away))? = finished.presence.first
        else { throw TestGateway.Missing() }
    }

    @Test func aServiceSaysWhosePresenceItIs() throws {
        let set = PresenceCommand.set(PresenceSet(status: .away))
        guard case .finished(let refused) = try presence(set, by: .service),
            case .reply(_, .badRequest, _)? = refused.answers.first?.answer,
            case .finished(let finished) = try presence(set, by: .service, as: .carol),
            case .visits(_, .carol, _)? = finished.presence.first
        else { throw TestGateway.Missing() }
    }

    @Test func whatIsToBeToldIsLookedUpOrComesBack() throws {
        let due = PresenceBook.Due(
            tenant: .acme, tellings: [PresenceTelling(Presence(user: .alice, status: .online))], link: nil)
        guard case .finished(let finished) = try bench.snapshots.answer(.tell(due), at: bench.at),
            case .news(.acme, let news, nil)? = finished.presence.first
        else { throw TestGateway.Missing() }
        #expect(news.map(\.user) == [.alice])
        var refused = Finished()
        refused.refuse(.tell(due), Intake.overloaded, bench.metrics)
        guard case .untold(due)? = refused.presence.first else { throw TestGateway.Missing() }
    }

    @Test func aClientWithoutAPositionStartsAtTheNewest() throws {
        let page = try #require(try bench.page(bench.catchUp(of: .bob)))
        #expect(page.epoch == epoch)
        #expect((page.resumed, page.complete) == (false, true))
        #expect((page.reached, page.newest) == (6, 6))
        #expect(page.events.isEmpty)
        #expect(page.conversations == [.group])
    }

    @Test func catchUpsOfOneTenantShareASnapshotAndNothingElse() throws {
        let suspended = Caller.bob.in(.bolt)
        let callers: [Caller] = [.bob, .alice, .service]
        let items = callers.map { ReadItem.catchUp(bench.origin(), bench.catchUp(of: $0, since: 2, epoch: epoch)) }
        #expect(zip(items, items.dropFirst()).allSatisfy { $1.joins($0) })
        #expect(!ReadItem.catchUp(bench.origin(), bench.catchUp(of: suspended)).joins(items[0]))
        #expect(!ReadItem.position(.acme).joins(items[0]))
        let together = bench.snapshots.answer(items, at: bench.at)
        for (caller, outcome) in zip(callers, together) {
            guard case .finished(let finished) = try outcome.get(),
                case .page(_, let page)? = finished.answers.first?.answer
            else {
                Issue.record("no page for \(caller.user)")
                continue
            }
            #expect(page == (try bench.page(bench.catchUp(of: caller, since: 2, epoch: epoch))))
        }
    }

    @Test(arguments: [(UInt64(7), true), (UInt64(3), false)])
    func aPositionThatMeansNothingIsNotResumed(since: UInt64, sameEpoch: Bool) throws {
        let catchUp = bench.catchUp(of: .bob, since: since, epoch: sameEpoch ? epoch : "other")
        let page = try #require(try bench.page(catchUp))
        #expect((page.resumed, page.complete) == (false, true))
        #expect((page.reached, page.events) == (6, []))
    }

    @Test func aPositionWithoutEpochIsNotResumed() throws {
        #expect(try bench.page(bench.catchUp(of: .bob, since: 3))?.resumed == false)
    }

    @Test func whatWasMissedComesInOrderAndPageByPage() throws {
        var since: UInt64 = 1
        var offsets: [UInt64] = []
        var pages = 0
        while true {
            let catchUp = bench.catchUp(of: .bob, since: since, epoch: epoch, eventsMax: 2)
            let page = try #require(try bench.page(catchUp))
            #expect(page.resumed)
            offsets += page.events.map(\.offset)
            since = page.reached
            pages += 1
            #expect(page.conversations == (page.complete ? [.group] : []))
            if page.complete { break }
        }
        #expect(offsets == [2, 3, 4, 5, 6])
        #expect(pages == 3)
    }

    @Test func theLastPageTellsTheStatesThatChangedSinceTheClientsOwnPosition() throws {
        _ = bench.execute(
            .write(
                bench.commission(
                    .cursorMove(CursorMove(kind: .read, conversation: .group, seq: 2)), .read, by: .alice)))
        _ = bench.execute(bench.send("6", id: .numbered(6), to: .group, by: .alice))
        let first = try #require(
            try bench.page(bench.catchUp(of: .bob, since: 5, epoch: epoch, eventsMax: 1)))
        #expect(!first.complete && first.states.isEmpty)
        let last = try #require(
            try bench.page(
                CatchUp(
                    caller: .bob, since: 7, epoch: epoch, statesSince: 5, eventsMax: 1, bytesMax: 1_000)))
        #expect(last.states.map { String(decoding: $0, as: UTF8.self).contains("\"read\"") } == [true])
    }

    @Test func aNewUserGoesToTheLaneFirst() throws {
        let dave = Caller(tenant: .acme, user: .named("dave"), role: .user)
        let list = Query.blockList(BlockList())
        for item in [
            ReadItem.catchUp(bench.origin(), bench.catchUp(of: dave)),
            .query(bench.commission(list, .blockList, by: dave)),
        ] {
            guard case .lane(.register(let caller, _)) = try bench.snapshots.answer(item, at: bench.at) else {
                Issue.record("read without having been registered")
                return
            }
            #expect(caller == dave)
        }
        _ = bench.execute(bench.register(dave))
        #expect(try bench.page(bench.catchUp(of: dave))?.conversations == [])
    }

    @Test func aServiceIsNotRegisteredAndGetsEverything() throws {
        let page = try #require(try bench.page(bench.catchUp(of: .service, since: 0, epoch: epoch)))
        #expect(page.events.count == 6)
        #expect(page.user.id == Caller.service.user)
        #expect(try bench.tenants.tenant(.acme).read { try $0.user(Caller.service.user) } == nil)
    }

    @Test func theSuspendedGetNoPage() throws {
        bench.board.apply([.changed(TenantRecord(tenant: .acme, name: "Acme", suspendedUsers: [.bob]))])
        guard
            case .finished(let finished) = try bench.snapshots.answer(
                .catchUp(bench.origin(), bench.catchUp(of: .bob)), at: bench.at)
        else {
            Issue.record("no answer")
            return
        }
        #expect(finished.answers.map(\.answer) == [.refusedPage(id: bench.lastID, .forbidden)])
    }

    @Test func replayGivesAClosedRange() throws {
        guard case .events(7, let pack)? = try replay(from: 2, to: 4) else {
            Issue.record("no events")
            return
        }
        #expect(pack.envelopes.map(\.offset) == [2, 3, 4])
        #expect(pack.epoch == epoch)
    }

    @Test func replayOfWhatIsNotThereSaysSo() throws {
        #expect(try replay(from: 7, to: 9) == .unavailable(id: 7))
        #expect(try replay(from: 4, to: 3) == .unavailable(id: 7))
        #expect(try replay(from: 0, to: 3) == .unavailable(id: 7))
        #expect(try replay(from: 1, to: 3, of: .bolt) == .unavailable(id: 7))
        _ = try bench.tenants.tenant(.acme).write { try $0.prune(keepEvents: 2, olderThan: nil) }
        #expect(try replay(from: 2, to: 6) == .gone(id: 7, oldest: 5))
    }

    @Test func aReplayIsBoundedInBytes() throws {
        let text = String(repeating: "x", count: 10_000)
        _ = bench.execute((10..<160).map { bench.send(text, id: .numbered($0), to: .group, by: .alice) })
        guard case .events(_, let pack)? = try replay(from: 7, to: 156) else {
            Issue.record("no events")
            return
        }
        #expect(pack.envelopes.count < 150)
        #expect(pack.envelopes.first?.offset == 7)
        #expect(pack.bytes.count < 2 * Snapshots.replayBytesMax)
    }

    @Test func aPositionIsFoundForHeartbeats() throws {
        bench.positions.forget(.acme)
        _ = try bench.snapshots.answer(.position(.acme), at: bench.at)
        _ = try bench.snapshots.answer(.position(.bolt), at: bench.at)
        let positions = bench.positions.heartbeat(watched: { _ in true }, now: bench.now)
        #expect(positions == [Heartbeat.Position(tenant: .acme, epoch: epoch, offset: 6)])
        #expect(!bench.tenants.exists(.bolt))
    }
}
