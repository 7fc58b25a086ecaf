import Domain
import Testing
import Wire

@Suite struct MessagesTests {
    @Test func aMessageIsStoredAndTold() throws {
        var acme = try Acme()
        let before = acme.tenant.newestOffset
        let decision = try acme.send(1, "Hello", by: Acme.bob)
        let message = Message(
            id: .number(1), conversation: Acme.team, seq: 1, sender: Acme.bob, at: acme.now, text: "Hello")
        #expect(
            decision
                == Decision(
                    .sent(id: .number(1), seq: 1, offset: before + 1, at: acme.now, isDuplicate: false),
                    happenings: [
                        Happening(.messageCreated(message, expiresAt: nil), to: .conversation(Acme.team))
                    ]))
    }

    @Test func eachConversationCountsItsOwnMessages() throws {
        var acme = try Acme()
        try acme.send(1)
        try acme.send(2, to: Acme.direct)
        try acme.send(3, by: Acme.carol)
        #expect(try acme.page(as: Acme.dave).map(\.seq) == [1, 2])
        #expect(try acme.page(Acme.direct, as: Acme.bob).map(\.seq) == [1])
    }

    @Test(arguments: [Acme.team, .number(99)])
    func toAStrangerNoConversationExists(conversation: ConversationID) throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) {
            try acme.decide(
                .messageSend(MessageSend(conversation: conversation, id: .number(1), text: "Hi")), as: Acme.erin)
        }
        #expect(throws: Refusal.notFound) {
            try acme.answer(.messageList(MessageList(conversation: conversation)), as: Acme.erin)
        }
    }

    @Test func aRepeatGetsTheFirstResultWhateverItsText() throws {
        var acme = try Acme()
        let first = try acme.send(1, "Hello")
        let sentAt = acme.now
        acme.now = acme.now.advanced(bySeconds: 60)
        let again = try acme.send(1, "Something else")
        #expect(
            again.answered
                == .sent(id: .number(1), seq: 1, offset: acme.tenant.newestOffset, at: sentAt, isDuplicate: true))
        #expect(again.happenings.isEmpty)
        #expect(first.happenings.count == 1)
    }

    @Test func aRepeatIsRecognisedAcrossABlock() throws {
        var acme = try Acme()
        try acme.send(1, to: Acme.direct)
        try acme.block(Acme.alice, by: Acme.bob)
        guard case .sent(_, _, _, _, let isDuplicate) = try acme.send(1, to: Acme.direct).answered else {
            Issue.record("not sent")
            return
        }
        #expect(isDuplicate)
    }

    @Test func aRepeatByAFormerMemberFindsNothing() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.carol)
        try acme.remove(Acme.carol)
        #expect(throws: Refusal.notFound) { try acme.send(1, by: Acme.carol) }
    }

    @Test(arguments: [(Acme.direct, Acme.alice), (Acme.team, Acme.bob)])
    func anIDThatIsTakenElsewhereConflicts(conversation: ConversationID, sender: UserID) throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.alice)
        #expect(throws: Refusal.conflict) { try acme.send(1, to: conversation, by: sender) }
    }

    @Test(arguments: [(Acme.alice, Acme.bob), (Acme.bob, Acme.alice)])
    func aBlockClosesADirectConversationToBoth(blocker: UserID, blocked: UserID) throws {
        var acme = try Acme()
        try acme.block(blocked, by: blocker)
        for sender in [blocker, blocked] {
            #expect(throws: Refusal.blocked) { try acme.send(1, to: Acme.direct, by: sender) }
        }
    }

    @Test func inAGroupWhoBlocksTheSenderGetsTheHiddenTwin() throws {
        var acme = try Acme()
        try acme.block(Acme.alice, by: Acme.dave)
        try acme.block(Acme.alice, by: Acme.carol)
        try acme.block(Acme.alice, by: Acme.erin)
        let byAlice = try #require(try acme.send(1, by: Acme.alice).happenings.first)
        #expect(byAlice.hiddenFor == [Acme.carol, Acme.dave])
        #expect(byAlice.except.isEmpty)
        let byDave = try #require(try acme.send(2, by: Acme.dave).happenings.first)
        #expect(byDave.hiddenFor.isEmpty)
    }

    struct Wrong: Sendable {
        var text = "Hi"
        var attachments: [String] = []
        var replyTo: MessageID?
        var thread: MessageID?
        var isVoice = false
        let refusal: Refusal
    }

    @Test(arguments: [
        Wrong(text: "", refusal: .badRequest("text")),
        Wrong(text: "12345678901", refusal: .badRequest("text")),
        Wrong(attachments: ["upload"], refusal: Refusal(.notFound, field: "attachments")),
        Wrong(replyTo: .number(9), refusal: .notFound),
        Wrong(replyTo: .number(1), refusal: .notFound),
        Wrong(thread: .number(9), refusal: .notFound),
        Wrong(thread: .number(1), refusal: .notFound),
        Wrong(thread: .number(3), refusal: .badRequest("thread")),
        Wrong(isVoice: true, refusal: .badRequest("voice")),
        Wrong(text: "12345678901", replyTo: .number(9), isVoice: true, refusal: .badRequest("text")),
    ])
    func aWrongFieldIsRefused(wrong: Wrong) throws {
        var acme = try Acme()
        acme.settings[.textMax] = 10
        try acme.send(1, to: Acme.direct)
        try acme.send(2)
        try acme.commit(
            .messageSend(MessageSend(conversation: Acme.team, id: .number(3), text: "Re", thread: .number(2))),
            as: Acme.bob)
        let command = MessageSend(
            conversation: Acme.team, id: .number(4), text: wrong.text, attachments: wrong.attachments,
            replyTo: wrong.replyTo, thread: wrong.thread, isVoice: wrong.isVoice)
        #expect(throws: wrong.refusal) { try acme.decide(.messageSend(command), as: Acme.alice) }
    }

    @Test func lengthCountsCodePoints() throws {
        var acme = try Acme()
        acme.settings[.textMax] = 10
        try acme.send(1, String(repeating: "é", count: 10))
        #expect(throws: Refusal.badRequest("text")) { try acme.send(2, String(repeating: "é", count: 11)) }
    }

    @Test func repliesAndThreadsNameTheirMessages() throws {
        var acme = try Acme()
        try acme.send(1)
        let command = MessageSend(
            conversation: Acme.team, id: .number(2), text: "Yes", replyTo: .number(1), thread: .number(1))
        let decision = try acme.commit(.messageSend(command), as: Acme.bob)
        guard case .messageCreated(let message, _) = decision.events.first else {
            Issue.record("no message")
            return
        }
        #expect(message.replyTo == .number(1))
        #expect(message.thread == .number(1))
        #expect(acme.tenant.message(.number(1))?.message.threadCount == 1)
    }

    @Test func messagesOfAnExpiringConversationCarryTheirEnd() throws {
        var acme = try Acme()
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 5)), as: Acme.alice)
        try acme.send(1)
        #expect(acme.tenant.message(.number(1))?.expiresAt == acme.now.advanced(bySeconds: 5))
    }

    @Test func listsHideWhatABlockedPersonWrites() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.alice)
        try acme.block(Acme.alice, by: Acme.carol)
        try acme.send(2, by: Acme.alice)
        try acme.send(3, by: Acme.bob)
        #expect(try acme.page(as: Acme.carol).map(\.isHidden) == [true, true, false])
        #expect(try acme.page(as: Acme.dave).map(\.isHidden) == [false, false, false])
        try acme.unblock(Acme.alice, by: Acme.carol)
        #expect(try acme.page(as: Acme.carol).map(\.isHidden) == [false, false, false])
    }

    @Test func theTwoOfADirectConversationStillReadItsPastAcrossABlock() throws {
        var acme = try Acme()
        try acme.send(1, to: Acme.direct, by: Acme.alice)
        try acme.block(Acme.alice, by: Acme.bob)
        #expect(try acme.page(Acme.direct, as: Acme.bob).map(\.isHidden) == [false])
        #expect(try acme.page(Acme.direct, as: Acme.alice).map(\.isHidden) == [false])
    }

    @Test func laterMembersReadFromTheirJoiningOn() throws {
        var acme = try Acme(history: .sinceJoin)
        try acme.send(1)
        try acme.add(Acme.erin)
        try acme.send(2)
        #expect(try acme.page(as: Acme.erin).map(\.seq) == [2])
        #expect(try acme.page(as: Acme.carol).map(\.seq) == [1, 2])
    }

    @Test(arguments: [
        (MessageList.Position.newest, [4, 5], true), (.before(4), [2, 3], true), (.before(3), [1, 2], false),
        (.after(2), [3, 4], true), (.after(3), [4, 5], false), (.after(5), [], false),
    ])
    func pagesGoByPosition(position: MessageList.Position, seqs: [UInt64], hasMore: Bool) throws {
        var acme = try Acme()
        for number in 1...5 { try acme.send(UInt64(number)) }
        let list = MessageList(conversation: Acme.team, position: position, limit: 2)
        guard case .messages(let views, let more) = try acme.answer(.messageList(list), as: Acme.bob) else {
            Issue.record("no messages")
            return
        }
        #expect(views.map(\.seq) == seqs)
        #expect(more == hasMore)
    }

    @Test func aQuoteResolvesToWhatItsReaderMayRead() throws {
        var acme = try Acme(history: .sinceJoin)
        try acme.send(1, by: Acme.alice)
        try acme.add(Acme.erin)
        try acme.block(Acme.alice, by: Acme.carol)
        let get = Query.messageGet(MessageGet(id: .number(1)))
        let stub = Answered.message(.hidden(id: .number(1), conversation: Acme.team, seq: 1))
        let message = try #require(acme.tenant.message(.number(1))?.message)
        #expect(try acme.answer(get, as: Acme.bob) == .message(.shown(message)))
        #expect(try acme.answer(get, as: Acme.carol) == stub, "she blocks its sender")
        #expect(try acme.answer(get, as: Acme.erin) == stub, "she joined later")
    }

    @Test(arguments: [(MessageID.number(1), Acme.erin), (.number(2), Acme.alice)])
    func aMessageElsewhereDoesNotExist(id: MessageID, reader: UserID) throws {
        var acme = try Acme()
        try acme.send(1)
        #expect(throws: Refusal.notFound) { try acme.answer(.messageGet(MessageGet(id: id)), as: reader) }
    }
}
