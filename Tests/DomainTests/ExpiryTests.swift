import Domain
import Testing
import Wire

@Suite struct ExpiryTests {
    @Test func dueMessagesAreDeletedOldestFirst() throws {
        var acme = try Acme()
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 10)), as: Acme.alice)
        try acme.send(1, by: Acme.alice)
        let firstOffset = acme.tenant.newestOffset
        acme.now = acme.now.advanced(bySeconds: 5)
        try acme.send(2, by: Acme.carol)
        acme.now = acme.now.advanced(bySeconds: 4)
        #expect(try deleteExpired(at: acme.now, in: acme.tenant, limit: 10).isEmpty)
        acme.now = acme.now.advanced(bySeconds: 1)
        let due = try deleteExpired(at: acme.now, in: acme.tenant, limit: 10)
        let deleted = MessageDeleted(
            conversation: Acme.team, seq: 1, id: .number(1), by: Acme.alice, empties: firstOffset)
        #expect(due == [Happening(.messageDeleted(deleted), to: .conversation(Acme.team))])
        acme.append(due)
        #expect(acme.tenant.message(.number(1))?.message.text == "")
        #expect(try deleteExpired(at: acme.now, in: acme.tenant, limit: 10).isEmpty)
    }

    @Test func atMostSoManyGoAtOnce() throws {
        var acme = try Acme()
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 5)), as: Acme.alice)
        for number in 1...3 { try acme.send(UInt64(number)) }
        let due = try deleteExpired(at: acme.now.advanced(bySeconds: 5), in: acme.tenant, limit: 2)
        #expect(due.count == 2)
    }

    @Test func messagesFromBeforeTheSettingStay() throws {
        var acme = try Acme()
        try acme.send(1)
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 5)), as: Acme.alice)
        #expect(try deleteExpired(at: acme.now.advanced(bySeconds: 100), in: acme.tenant, limit: 10).isEmpty)
    }
}
