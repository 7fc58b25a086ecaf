import Domain
import Testing
import Wire

@Suite struct MessageDeleteTests {
    private static let delete = Write.messageDelete(MessageDelete(id: .number(1)))

    private func deleted(by user: UserID, empties offset: UInt64) -> [Happening] {
        let deleted = MessageDeleted(conversation: Acme.team, seq: 1, id: .number(1), by: user, empties: offset)
        return [Happening(.messageDeleted(deleted), to: .conversation(Acme.team))]
    }

    @Test func itsSenderDeletesAMessageAndEverybodyLosesIt() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.carol)
        let created = acme.tenant.newestOffset
        try acme.block(Acme.carol, by: Acme.bob)
        let decision = try acme.commit(Self.delete, as: Acme.carol)
        #expect(decision.happenings == deleted(by: Acme.carol, empties: created))
        #expect(decision.answered == .changed(offset: acme.tenant.newestOffset, at: acme.now))
        #expect(acme.tenant.message(.number(1))?.message.isDeleted == true)
        #expect(acme.tenant.message(.number(1))?.message.text == "")
    }

    @Test func whoLooksAfterAGroupDeletesWhatOthersSaid() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.carol)
        let created = acme.tenant.newestOffset
        for role in [MemberRole.admin, .owner] {
            try acme.commit(
                .memberRole(MemberRoleSet(conversation: Acme.team, user: Acme.bob, role: role)), as: Acme.alice)
            #expect(
                try acme.decide(Self.delete, as: Acme.bob).happenings == deleted(by: Acme.bob, empties: created))
        }
    }

    @Test func otherMembersMayNotAndToOthersItDoesNotExist() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.carol)
        #expect(throws: Refusal.forbidden) { try acme.decide(Self.delete, as: Acme.dave) }
        #expect(throws: Refusal.notFound) { try acme.decide(Self.delete, as: Acme.erin) }
        #expect(throws: Refusal.notFound) {
            try acme.decide(.messageDelete(MessageDelete(id: .number(9))), as: Acme.carol)
        }
        try acme.remove(Acme.carol)
        #expect(throws: Refusal.notFound) { try acme.decide(Self.delete, as: Acme.carol) }
    }

    @Test func inADirectConversationOnlyTheSenderDoesWhateverIsBlocked() throws {
        var acme = try Acme()
        try acme.send(1, to: Acme.direct, by: Acme.alice)
        #expect(throws: Refusal.forbidden) { try acme.decide(Self.delete, as: Acme.bob) }
        try acme.block(Acme.alice, by: Acme.bob)
        #expect(try acme.decide(Self.delete, as: Acme.alice).happenings.count == 1)
    }

    @Test func whoMayNotReadAMessageDeletesItOnlyAsItsSender() throws {
        var acme = try Acme()
        try acme.commit(
            .conversationCreate(
                ConversationCreate(kind: .group, members: [Acme.carol], id: .number(3), history: .sinceJoin)),
            as: Acme.alice)
        try acme.send(1, to: .number(3), by: Acme.carol)
        try acme.commit(.memberAdd(MemberAdd(conversation: .number(3), users: [Acme.bob])), as: Acme.alice)
        try acme.commit(
            .memberRole(MemberRoleSet(conversation: .number(3), user: Acme.bob, role: .admin)), as: Acme.alice)
        #expect(throws: Refusal.forbidden) { try acme.decide(Self.delete, as: Acme.bob) }
        try acme.commit(
            .memberRemove(MemberRemove(conversation: .number(3), users: [Acme.carol])), as: Acme.alice)
        try acme.commit(.memberAdd(MemberAdd(conversation: .number(3), users: [Acme.carol])), as: Acme.alice)
        #expect(try acme.decide(Self.delete, as: Acme.carol).happenings.count == 1)
    }

    @Test func aRepeatChangesNothingAndGetsTheFirstAnswer() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.carol)
        let first = try acme.commit(Self.delete, as: Acme.carol)
        acme.now = acme.now.advanced(bySeconds: 60)
        try acme.send(2)
        for user in [Acme.carol, Acme.alice] {
            let again = try acme.decide(Self.delete, as: user)
            #expect(again.answered == first.answered && again.happenings.isEmpty)
        }
        #expect(throws: Refusal.forbidden) { try acme.decide(Self.delete, as: Acme.dave) }
    }

    @Test func whatExpiredIsDeletedAlready() throws {
        var acme = try Acme()
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 10)), as: Acme.alice)
        try acme.send(1, by: Acme.carol)
        acme.now = acme.now.advanced(bySeconds: 10)
        acme.append(try deleteExpired(at: acme.now, in: acme.tenant, limit: 10))
        let expired = acme.now
        acme.now = acme.now.advanced(bySeconds: 5)
        let again = try acme.decide(Self.delete, as: Acme.carol)
        #expect(again.answered == .changed(offset: acme.tenant.newestOffset, at: expired))
        #expect(again.happenings.isEmpty)
    }
}
