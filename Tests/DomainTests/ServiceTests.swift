import Domain
import Testing
import Wire

/// A service that names nobody with `as`.
@Suite struct ServiceTests {
    @Test(arguments: [
        Write.messageSend(MessageSend(conversation: Acme.team, id: .number(1), text: "Hi")),
        .cursorMove(CursorMove(kind: .read, conversation: Acme.team, seq: 1)),
        .conversationCreate(ConversationCreate(kind: .group, members: [], id: .number(7))),
        .conversationUpdate(ConversationUpdate(conversation: Acme.team, title: "Ours")),
        .conversationLeave(ConversationLeave(conversation: Acme.team)),
        .memberAdd(MemberAdd(conversation: Acme.team, users: [Acme.erin])),
        .memberRemove(MemberRemove(conversation: Acme.team, users: [Acme.dave])),
        .memberRole(MemberRoleSet(conversation: Acme.team, user: Acme.dave, role: .admin)),
        .blockAdd(BlockAdd(user: Acme.dave)),
        .blockRemove(BlockRemove(user: Acme.dave)),
        .userUpdate(UserUpdate(name: "Dave")),
    ])
    func storesNothing(write: Write) throws {
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("as")) { try write.decide(acme.turn(.service)) }
    }

    @Test func typesNowhere() throws {
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("as")) {
            try Signal.typing(Typing(conversation: Acme.team, isActive: true)).relay(acme.turn(.service))
        }
    }

    @Test(arguments: [Query.conversationList(ConversationList()), .blockList(BlockList())])
    func hasNoListsOfItsOwn(query: Query) throws {
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("as")) { try query.answer(acme.turn(.service)) }
    }

    @Test func readsAnyConversation() throws {
        var acme = try Acme(history: .sinceJoin)
        try acme.send(1)
        let turn = acme.turn(.service)
        let message = try #require(acme.tenant.message(.number(1))?.message)
        let details = try #require(acme.tenant.conversation(Acme.team)?.details)
        let view = ConversationView(details: details, lastMessage: .shown(message), role: .member)
        let members = acme.tenant.members(of: Acme.team, after: nil, limit: 100).map(\.member)
        let answers: [(Query, Answered)] = [
            (.messageGet(MessageGet(id: .number(1))), .message(.shown(message))),
            (.messageList(MessageList(conversation: Acme.team)), .messages([.shown(message)], hasMore: false)),
            (.conversationGet(ConversationGet(conversation: Acme.team)), .conversationInFull(view, members: members)),
            (
                .conversationMembers(ConversationMembers(conversation: Acme.team)),
                .members(members, cursor: nil)
            ),
            (.userGet(UserGet(user: Acme.dave)), .user(User(id: Acme.dave, name: "dave"))),
        ]
        for (query, answered) in answers { #expect(try query.answer(turn) == answered) }
    }

    @Test func findsNoConversationThatIsNone() throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) {
            try Query.messageList(MessageList(conversation: .number(99))).answer(acme.turn(.service))
        }
    }

    @Test(arguments: [Query.conversationList(ConversationList()), .blockList(BlockList())])
    func findsNothingForSomebodyNobodyHasSeen(query: Query) throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try acme.answer(query, as: Acme.ghost) }
    }
}
