import Domain
import Foundation
import SQLiteStore
import Testing
import Wire

/// The rules decide the same over a tenant in memory and over a tenant's file: the same seeded commands one after
/// another, then everything that anybody may ask.
@Suite struct StoreAgreementTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func memoryAndFileAgree(seed: UInt64) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "parley-domain-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let tenants = try SQLiteTenants(directory: directory.path(), openMax: 1, readersPerTenant: 1)
        let file = try tenants.tenant(try #require(TenantSlug("acme")))
        var commands = RandomCommands(seed: seed, attaches: true)
        var acme = Acme(tenant: MemoryTenant())
        acme.settings[.storageBytesMax] = 300
        acme.settings[.fileBytesMax] = 100
        acme.settings[.uploadExpirySeconds] = 60
        for user in RandomCommands.people where user != Acme.ghost {
            let changes = try register(user, Profile(), in: acme.tenant)
            try file.write { try $0.apply(changes) }
            acme.tenant.apply(changes)
        }
        for _ in 0..<300 {
            acme.now = acme.now.advanced(bySeconds: commands.seconds())
            try expire(&acme, file)
            let (user, write) = commands.next()
            try carryOut(write, as: user, &acme, file)
            for _ in 0..<3 {
                let (user, request) = commands.file()
                try carryOut(request, as: user, &acme, file)
            }
        }
        let seen = RandomCommands.people.filter { $0 != Acme.carol }.map { Change.seen($0, at: acme.now) }
        try file.write { try $0.apply(seen) }
        acme.tenant.apply(seen)
        for user in RandomCommands.people { try expectSamePresences(as: .user(user), acme, file) }
        for user in RandomCommands.people { try expectSameAnswers(as: .user(user), acme, file) }
        try expectSameAnswers(as: .service, acme, file)
        try tenants.close()
    }

    private func expire(_ acme: inout Acme, _ file: SQLiteTenant) throws {
        let due = try deleteExpired(at: acme.now, in: acme.tenant, limit: 5)
        try file.write { transaction in
            #expect(try deleteExpired(at: acme.now, in: transaction.reads, limit: 5) == due)
            _ = try transaction.append(due, at: acme.now)
        }
        acme.append(due)
        let over = try forgetExpiredUploads(at: acme.now, in: acme.tenant, limit: 5)
        try file.write { transaction in
            #expect(try forgetExpiredUploads(at: acme.now, in: transaction.reads, limit: 5) == over)
            try transaction.apply(over.map(Change.file))
            // What nobody refers to is gone at once, as it is in memory.
            try transaction.removed(try transaction.takeUnreferred(limit: 100))
        }
        acme.tenant.apply(over.map(Change.file))
    }

    private func carryOut(_ request: FileRequest, as user: UserID, _ acme: inout Acme, _ file: SQLiteTenant) throws {
        let inMemory = Result { try request.decide(acme.turn(.user(user))) }
        try file.write { transaction in
            let turn = Turn(
                tenant: transaction.reads, reader: .user(user), at: acme.now, nextOffset: transaction.nextOffset,
                settings: acme.settings)
            let inFile = Result { try request.decide(turn) }
            switch (inMemory, inFile) {
            case (.success(let one), .success(let other)): #expect(one == other, "\(request)")
            case (.failure(let one), .failure(let other)):
                #expect(one as? Refusal == other as? Refusal, "\(request)")
            default: Issue.record("\(request): \(inMemory) in memory, \(inFile) in the file")
            }
            guard let decision = try? inFile.get() else { return }
            try transaction.apply(decision.changes.map(Change.file))
            try transaction.removed(try transaction.takeUnreferred(limit: 100))
        }
        if let decision = try? inMemory.get() { acme.tenant.apply(decision.changes.map(Change.file)) }
        #expect(try file.read { try $0.storageUse() } == acme.tenant.storageUse(), "\(request)")
    }

    private func carryOut(_ write: Write, as user: UserID, _ acme: inout Acme, _ file: SQLiteTenant) throws {
        let inMemory = Result { try acme.decide(write, as: user) }
        try file.write { transaction in
            let turn = Turn(
                tenant: transaction.reads, reader: .user(user), at: acme.now, nextOffset: transaction.nextOffset,
                settings: acme.settings)
            let inFile = Result { try write.decide(turn) }
            #expect(try refused(inFile) == refused(inMemory), "\(write)")
            guard let decision = try? inFile.get() else { return }
            defer { _ = try? transaction.removed(transaction.takeUnreferred(limit: 100)) }
            #expect(try decision == inMemory.get(), "\(write)")
            try transaction.apply(decision.changes)
            _ = try transaction.append(decision.happenings, at: acme.now)
        }
        guard let decision = try? inMemory.get() else { return }
        acme.tenant.apply(decision.changes)
        acme.append(decision.happenings)
    }

    private func refused(_ result: Result<Decision, any Error>) throws -> Refusal? {
        do {
            _ = try result.get()
            return nil
        } catch let refusal as Refusal {
            return refusal
        }
    }

    private func expectSameAnswers(as reader: Reader, _ acme: Acme, _ file: SQLiteTenant) throws {
        for query in Self.queries {
            let inMemory = Result { try query.answer(acme.turn(reader)) }
            try file.read { reads in
                let turn = Turn(
                    tenant: reads, reader: reader, at: acme.now, nextOffset: 0, settings: acme.settings,
                    link: acme.turn(reader).link)
                let inFile = Result { try query.answer(turn) }
                switch (inMemory, inFile) {
                case (.success(let one), .success(let other)): #expect(one == other, "\(query) as \(reader)")
                case (.failure(let one), .failure(let other)):
                    #expect(one as? Refusal == other as? Refusal, "\(query) as \(reader)")
                default: Issue.record("\(query) as \(reader): \(inMemory) in memory, \(inFile) in the file")
                }
            }
        }
    }

    private func expectSamePresences(as reader: Reader, _ acme: Acme, _ file: SQLiteTenant) throws {
        for users in [[], RandomCommands.people.filter { $0 != Acme.ghost }, RandomCommands.people] {
            let watch = PresenceWatch(users: users)
            let inMemory = Result { try watch.answer(acme.turn(reader)) }
            let inFile = Result {
                try file.read { reads in
                    try watch.answer(
                        Turn(tenant: reads, reader: reader, at: acme.now, nextOffset: 0, settings: acme.settings))
                }
            }
            #expect((try? inMemory.get()) == (try? inFile.get()), "\(users) as \(reader)")
            if case .failure(let refusal) = inFile { #expect(refusal as? Refusal == .notFound) }
        }
    }

    private static let queries: [Query] =
        RandomCommands.conversations.flatMap { conversation -> [Query] in
            let positions: [MessageList.Position] = [
                .newest, .before(0), .before(7), .before(.max), .after(0), .after(3), .after(.max),
            ]
            return positions.map {
                .messageList(MessageList(conversation: conversation, position: $0, limit: 5))
            } + [
                .conversationGet(ConversationGet(conversation: conversation)),
                .conversationMembers(ConversationMembers(conversation: conversation, limit: 2)),
                .conversationMembers(ConversationMembers(conversation: conversation, cursor: "3:c", limit: 2)),
            ]
        } + RandomCommands.messages.map { .messageGet(MessageGet(id: $0)) }
        + RandomCommands.people.map { .userGet(UserGet(user: $0)) } + [
            .conversationList(ConversationList(limit: 2)), .conversationList(ConversationList(cursor: "50")),
            .fileLinks(FileLinks(ids: RandomCommands.uploads.map(\.text))), .blockList(BlockList()),
            .userSearch(UserSearch(query: "A")),
            .userSearch(UserSearch(query: "ben", limit: 1)),
        ]
}
