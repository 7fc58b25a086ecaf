import Domain
import Testing
import Wire

/// Whatever people do, in whatever order, what follows keeps these.
@Suite struct InvariantsTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func noDecisionBreaksWhatMustHold(seed: UInt64) throws {
        var commands = RandomCommands(seed: seed)
        var acme = try Acme()
        var refusals: Set<Refusal.Code> = []
        var decided = 0
        for _ in 0..<800 {
            acme.now = acme.now.advanced(bySeconds: commands.seconds())
            acme.append(try deleteExpired(at: acme.now, in: acme.tenant, limit: 10))
            let (user, write) = commands.next()
            do {
                let decision = try acme.decide(write, as: user)
                let before = acme.tenant
                acme.tenant.apply(decision.changes)
                acme.append(decision.happenings)
                decided += 1
                expectAudiences(of: decision, by: user, before: before, after: acme.tenant)
                expectOffset(of: decision, in: acme.tenant)
                try expectRepeatIsSafe(write, by: user, after: decision, in: acme)
            } catch let refusal as Refusal {
                refusals.insert(refusal.code)
            }
            for room in acme.tenant.rooms.values { expectSound(room, in: acme.tenant) }
        }
        #expect(decided > 100)
        #expect(refusals.isSuperset(of: [.notFound, .conflict, .forbidden, .blocked]))
    }

    /// A person who blocks the author gets no plain message of theirs, a person across a block no receipt.
    private func expectAudiences(
        of decision: Decision, by author: UserID, before: MemoryTenant, after: MemoryTenant
    ) {
        for happening in decision.happenings {
            guard case .conversation(let id) = happening.scope else { continue }
            let members = Set((before.rooms[id]?.members.keys).map(Array.init) ?? [])
                .union((after.rooms[id]?.members.keys).map(Array.init) ?? [])
            let plain = members.subtracting(happening.except).subtracting(happening.hiddenFor)
            switch happening.event {
            case .messageCreated:
                #expect(!plain.contains { before.isBlocked(author, by: $0) })
                #expect(happening.hiddenFor.allSatisfy { before.isBlocked(author, by: $0) })
                #expect(plain.contains(author), "a sender's own devices get it")
                if before.rooms[id]?.details.kind == .direct {
                    #expect(!members.contains { before.isBlocked($0, by: author) })
                }
            case .cursor:
                #expect(!plain.contains { before.isBlocked(author, by: $0) || before.isBlocked($0, by: author) })
            case .messageDeleted: #expect(plain == members, "whoever kept a text is to lose it")
            case .conversationCreated, .conversationUpdated, .memberAdded, .memberRemoved, .memberRole:
                #expect(plain == members, "everyone sees what becomes of a conversation")
            case .preferences: Issue.record("\(happening.event.name) to others than its own user")
            case .blockAdded, .blockRemoved, .tenantUpdated, .typing, .presence:
                Issue.record("\(happening.event.name) in answer to a command about a conversation")
            }
            expectEffect(of: happening, on: id, before: before, after: after)
        }
    }

    /// What a gateway does to its index comes to what the tables say.
    private func expectEffect(
        of happening: Happening, on id: ConversationID, before: MemoryTenant, after: MemoryTenant
    ) {
        let old = Set((before.rooms[id]?.members.keys).map(Array.init) ?? [])
        let new = Set((after.rooms[id]?.members.keys).map(Array.init) ?? [])
        switch happening.effect {
        case .joins(let users):
            #expect(new == old.union(users))
            #expect(old.isDisjoint(with: users))
        case .leaves(let users):
            #expect(new == old.subtracting(users))
            #expect(old.isSuperset(of: users))
        case .none: break
        }
    }

    /// The last event's, or one from before where nothing happened.
    private func expectOffset(of decision: Decision, in tenant: MemoryTenant) {
        guard let offset = decision.offset else { return }
        if decision.happenings.isEmpty {
            #expect(offset <= tenant.newestOffset)
        } else {
            #expect(offset == tenant.newestOffset)
        }
    }

    private func expectRepeatIsSafe(_ write: Write, by user: UserID, after first: Decision, in acme: Acme) throws {
        let again = try acme.decide(write, as: user)
        #expect(again.happenings.isEmpty && again.changes.isEmpty, "\(write) twice happens once")
        switch (first.answered, again.answered) {
        case (.sent(let id, let seq, let offset, let at, _), _):
            #expect(again.answered == .sent(id: id, seq: seq, offset: offset, at: at, isDuplicate: true))
        case (.stored(let offset), .stored(let offsetAgain)) where !first.happenings.isEmpty:
            #expect(offset - offsetAgain < UInt64(first.happenings.count), "\(write) twice has one offset")
        default: #expect(first.answered == again.answered)
        }
    }

    private func expectSound(_ room: MemoryTenant.Room, in tenant: MemoryTenant) {
        let messages = tenant.messages(in: room.details.id)
        #expect(messages.map(\.seq) == Array(1..<(room.details.lastSeq + 1)))
        #expect(room.details.memberCount == UInt64(room.members.count))
        for membership in room.members.values {
            #expect(membership.member.readSeq <= room.details.lastSeq)
            #expect(membership.member.receivedSeq <= room.details.lastSeq)
        }
        switch room.details.kind {
        case .direct: #expect(room.members.count == 2)
        case .group: #expect(room.members.isEmpty || tenant.ownerCount(of: room.details.id) > 0)
        }
    }
}
