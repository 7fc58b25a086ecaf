import Domain
import GRDB
import SQLiteStore
import Testing
import Wire

@Suite struct EventLogTests {
    @Test func offsetsAreContiguousFromOne() throws {
        let acme = try Acme()
        #expect(try acme.tenant.read { try $0.newestOffset } == 0)
        #expect(try acme.tenant.read { try $0.oldestOffset } == 1)
        let created = try acme.create(with: Acme.bob)
        let sent = try acme.send(1) + acme.send(2, by: Acme.bob)
        #expect((created + sent).map(\.offset) == [1, 2, 3])
        #expect(try acme.tenant.read { try $0.newestOffset } == 3)
        #expect(try acme.tenant.write { $0.nextOffset } == 4)
    }

    @Test func anEnvelopeCarriesWhatTheLogKeeps() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let sent = try #require(try acme.send(1, "Grüße").first)
        #expect(sent.durability == .durable)
        #expect(sent.scope == .conversation(Acme.team))
        #expect(sent.text.hasPrefix(#"{"event":"message.created","offset":2,"#))
        #expect(sent.text.contains("Grüße"))
        #expect(try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 10) } == [sent])
    }

    @Test func whoBlocksTheSenderGetsTheTwin() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob, Acme.carol)
        try acme.block(Acme.alice, by: Acme.bob)
        let sent = try #require(try acme.send(1).first)
        #expect(sent.hiddenFor == [Acme.bob])
        let twin = Event.hiddenTwin(
            offset: 3, at: acme.now, conversation: Acme.team, id: .number(1), seq: 1)
        #expect(sent.hidden == twin)
    }

    @Test func whatHasNoOffsetIsAppliedAndNotLogged() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        let moved = CursorMoved(kind: .read, conversation: Acme.team, user: Acme.bob, seq: 1)
        let envelopes = try acme.append(Happening(.cursor(moved), to: .conversation(Acme.team), except: [Acme.carol]))
        #expect(envelopes.map(\.offset) == [0])
        #expect(envelopes.map(\.durability) == [.state])
        #expect(envelopes.map(\.except) == [[Acme.carol]])
        #expect(try acme.tenant.read { try $0.newestOffset } == 2)
        #expect(try acme.tenant.read { try $0.membership(of: Acme.bob, in: Acme.team) }?.member.readSeq == 1)
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        struct Stop: Error {}
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let before = try acme.tables()
        #expect(throws: Stop.self) {
            try acme.tenant.write { transaction in
                let message = Message(
                    id: .number(1), conversation: Acme.team, seq: 1, sender: Acme.alice, at: acme.now, text: "Hello")
                let created = Happening(.messageCreated(message, expiresAt: nil), to: .conversation(Acme.team))
                _ = try transaction.append([created], at: acme.now)
                try transaction.apply([.user(User(id: Acme.bob, name: "Robert"), claimed: Profile())])
                #expect(try transaction.reads.message(.number(1)) != nil)
                throw Stop()
            }
        }
        #expect(try acme.tables() == before)
        #expect(try acme.send(1).map(\.offset) == [2])
    }

    @Test func aSecondWriterIsRefusedByTheOffset() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let failure = #expect(throws: StoreFailure.self) {
            try acme.tenant.write { transaction in
                var other = transaction
                let block = Happening(.blockAdded(by: Acme.bob, user: Acme.carol), to: .user(Acme.bob))
                _ = try transaction.append([block], at: acme.now)
                _ = try other.append([block], at: acme.now)
            }
        }
        #expect(failure?.reason == .contradiction)
        #expect(try acme.tenant.read { try $0.newestOffset } == 1)
    }

    @Test func eventsThatDoNotFollowAreContradictions() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        let unknown = ConversationID.number(9)
        let details = ConversationDetails(id: unknown, kind: .group, createdAt: acme.now, memberCount: 1)
        func message(_ number: UInt64, _ seq: UInt64) -> Event {
            .messageCreated(
                Message(
                    id: .number(number), conversation: Acme.team, seq: seq, sender: Acme.alice, at: acme.now, text: ""),
                expiresAt: nil)
        }
        let absent = MembersChanged(
            details: ConversationDetails(id: Acme.team, kind: .group, createdAt: acme.now, memberCount: 1),
            by: Acme.alice, users: [Acme.carol])
        let events: [Event] = [
            message(1, 2), message(2, 1), message(2, 3), .conversationUpdated(details, by: Acme.alice),
            .memberAdded(MembersChanged(details: details, by: Acme.alice, users: [Acme.bob])), .memberRemoved(absent),
            .memberRole(conversation: Acme.team, by: Acme.alice, user: Acme.carol, role: .admin),
            .cursor(CursorMoved(kind: .read, conversation: Acme.team, user: Acme.carol, seq: 1)),
            .messageDeleted(
                MessageDeleted(conversation: Acme.team, seq: 5, id: .number(5), by: Acme.alice, empties: 5)),
        ]
        let before = try acme.tables()
        for event in events {
            let failure = #expect(throws: StoreFailure.self, "\(event.name)") {
                try acme.append(Happening(event, to: .conversation(Acme.team)))
            }
            #expect(failure?.reason == .contradiction, "\(event.name)")
        }
        #expect(try acme.tables() == before)
    }

    @Test func deletingEmptiesTheEntryAtItsOffset() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1, "a secret")
        try acme.delete(1)
        let replayed = try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 1) }
        let emptied = Event.emptied(offset: 2, at: acme.now, conversation: Acme.team, id: .number(1), seq: 1)
        #expect(replayed.map(\.json) == [emptied])
        let stored = try #require(try acme.tenant.read { try $0.message(.number(1)) }?.message)
        #expect(stored.isDeleted && stored.text.isEmpty)
        #expect(try acme.tables().values.joined().allSatisfy { !$0.contains("a secret") })
    }

    @Test func aDeletedTextIsInNoFileOnceTheTenantIsClosed() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1, "unmistakable words")
        try acme.delete(1)
        try acme.tenants.close()
        let path = Acme.path(of: Acme.slug, in: acme.directory)
        #expect(Acme.contents(of: path)?.contains("alice") == true)
        #expect(Acme.contents(of: path)?.contains("unmistakable") == false)
        #expect(Acme.contents(of: path + "-wal") == nil)
    }

    @Test func whatWasAnnouncedIsRemembered() throws {
        let acme = try Acme()
        var settings = TenantSettings()
        let limits = ClientLimits(settings)
        #expect(try acme.tenant.read { try $0.isAnnounced(name: "Acme", limits: limits) } == nil)
        try acme.append(tenantUpdated(name: "Acme", settings: settings))
        #expect(try acme.tenant.read { try $0.isAnnounced(name: "Acme", limits: limits) } == true)
        #expect(try acme.tenant.read { try $0.isAnnounced(name: "Other", limits: limits) } == false)
        settings[.textMax] = 5
        #expect(try acme.tenant.read { try $0.isAnnounced(name: "Acme", limits: ClientLimits(settings)) } == false)
    }
}
