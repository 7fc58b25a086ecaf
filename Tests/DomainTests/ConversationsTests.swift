import Domain
import Testing
import Wire

@Suite struct ConversationsTests {
    @Test func aGroupBelongsToItsCreator() throws {
        var acme = try Acme()
        let decision = try create(&acme, .group, [Acme.dave, Acme.carol], id: .number(7), as: Acme.alice)
        let details = ConversationDetails(
            id: .number(7), kind: .group, title: "Title", createdAt: acme.now, memberCount: 3)
        let created = ConversationCreated(
            details: details, by: Acme.alice,
            members: [Acme.alice: .owner, Acme.carol: .member, Acme.dave: .member])
        #expect(
            decision
                == Decision(
                    .conversation(ConversationView(details: details, role: .owner)),
                    happenings: [
                        Happening(
                            .conversationCreated(created), to: .conversation(.number(7)),
                            effect: .joins([Acme.alice, Acme.carol, Acme.dave]))
                    ]))
    }

    @Test func inADirectOneTheTwoAreEqual() throws {
        var acme = try Acme()
        let decision = try create(&acme, .direct, [Acme.dave], id: .number(7), as: Acme.carol)
        guard case .conversation(let view) = decision.answered else {
            Issue.record("no conversation")
            return
        }
        #expect(view.other == User(id: Acme.dave, name: "dave"))
        #expect(acme.role(of: Acme.carol, in: .number(7)) == .member)
        #expect(acme.role(of: Acme.dave, in: .number(7)) == .member)
    }

    @Test func namingOneselfChangesNothing() throws {
        var acme = try Acme()
        try create(&acme, .group, [Acme.alice, Acme.carol], id: .number(7), as: Acme.alice)
        try create(&acme, .direct, [Acme.dave, Acme.alice], id: .number(8), as: Acme.alice)
        #expect(acme.tenant.conversation(.number(7))?.details.memberCount == 2)
        #expect(acme.tenant.conversation(.number(8))?.details.memberCount == 2)
        #expect(acme.role(of: Acme.alice, in: .number(7)) == .owner)
    }

    @Test func aGroupCanBeginWithItsCreatorAlone() throws {
        var acme = try Acme()
        try create(&acme, .group, [], id: .number(7), as: Acme.alice)
        #expect(acme.tenant.conversation(.number(7))?.details.memberCount == 1)
    }

    struct Wrong: Sendable {
        let kind: ConversationKind
        let members: [UserID]
        var id: ConversationID? = .number(7)
        var creator = Acme.alice
        let refusal: Refusal
    }

    @Test(arguments: [
        Wrong(kind: .direct, members: [], refusal: .badRequest("members")),
        Wrong(kind: .direct, members: [Acme.alice], refusal: .badRequest("members")),
        Wrong(kind: .direct, members: [Acme.carol, Acme.dave], refusal: .badRequest("members")),
        Wrong(kind: .direct, members: [Acme.ghost], refusal: .notFound),
        Wrong(kind: .direct, members: [Acme.dave], id: Acme.team, refusal: .conflict),
        Wrong(kind: .direct, members: [Acme.erin], refusal: .blocked),
        Wrong(kind: .direct, members: [Acme.alice], creator: Acme.erin, refusal: .blocked),
        Wrong(kind: .group, members: [Acme.carol], id: nil, refusal: .badRequest("id")),
        Wrong(kind: .group, members: [Acme.carol, Acme.ghost], refusal: .notFound),
        Wrong(kind: .group, members: [Acme.carol, Acme.erin], refusal: .blocked),
        Wrong(kind: .group, members: [Acme.alice], creator: Acme.erin, refusal: .blocked),
        Wrong(kind: .group, members: [], id: Acme.direct, refusal: .conflict),
        Wrong(kind: .group, members: [], id: Acme.team, creator: Acme.bob, refusal: .conflict),
        Wrong(kind: .group, members: [Acme.alice], creator: Acme.ghost, refusal: .notFound),
        Wrong(
            kind: .group, members: (0..<Limits.groupMembers).map { Acme.user("\($0)") },
            refusal: .badRequest("members")),
    ])
    func whatCannotBeIsRefusedAsAWhole(wrong: Wrong) throws {
        var acme = try Acme()
        try acme.block(Acme.alice, by: Acme.erin)
        #expect(throws: wrong.refusal) {
            try create(&acme, wrong.kind, wrong.members, id: wrong.id, as: wrong.creator)
        }
    }

    @Test func aThirdPersonMayBringTwoTogetherAcrossTheirBlock() throws {
        var acme = try Acme()
        try acme.block(Acme.carol, by: Acme.dave)
        try create(&acme, .group, [Acme.carol, Acme.dave], id: .number(7), as: Acme.alice)
        #expect(acme.tenant.conversation(.number(7))?.details.memberCount == 3)
    }

    @Test func aRepeatByItsCreatorGetsItAsItNowIs() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.bob)
        try acme.block(Acme.bob, by: Acme.alice)
        let again = try create(&acme, .group, [Acme.bob], id: Acme.team, as: Acme.alice)
        let view = try #require(try acme.view(as: Acme.alice))
        #expect(again == Decision(.conversation(view)))
    }

    @Test func aRepeatAfterItsCreatorLeftConflicts() throws {
        var acme = try Acme()
        try acme.remove(Acme.alice, by: Acme.alice)
        #expect(throws: Refusal.conflict) { try create(&acme, .group, [], id: Acme.team, as: Acme.alice) }
    }

    @Test(arguments: [Acme.direct, .number(7), Acme.team, nil])
    func twoPeopleHaveOneDirectConversationByWhateverID(id: ConversationID?) throws {
        var acme = try Acme()
        try acme.block(Acme.alice, by: Acme.bob)
        for (creator, other) in [(Acme.alice, Acme.bob), (Acme.bob, Acme.alice)] {
            let view = try #require(try acme.view(Acme.direct, as: creator))
            #expect(try create(&acme, .direct, [other], id: id, as: creator) == Decision(.conversation(view)))
        }
    }

    @Test func aDirectOneWithoutAnIDGetsOneOfItsOwn() throws {
        var acme = try Acme()
        var ids: Set<ConversationID> = []
        for other in [Acme.carol, Acme.dave, Acme.erin] {
            let decision = try create(&acme, .direct, [other], id: nil, as: Acme.alice)
            guard case .conversation(let view) = decision.answered else { continue }
            ids.insert(view.details.id)
            #expect(try create(&acme, .direct, [other], id: nil, as: Acme.alice).events.isEmpty)
        }
        #expect(ids.count == 3)
        for id in ids {
            #expect(id.bits.high >> 12 & 0xF == 8, "UUID version 8")
            #expect(id.bits.low >> 62 == 2, "UUID variant of RFC 9562")
        }
    }

    @Test func ownersAndAdminsChangeAGroup() throws {
        for user in [Acme.alice, Acme.bob] {
            var acme = try Acme()
            var details = try #require(acme.tenant.conversation(Acme.team)?.details)
            details.title = "Ours"
            details.picture = "https://acme.example/t.png"
            details.expiresAfterSeconds = 60
            let update = ConversationUpdate(
                conversation: Acme.team, title: "Ours", picture: details.picture, expiresAfterSeconds: 60)
            let decision = try acme.commit(.conversationUpdate(update), as: user)
            #expect(
                decision
                    == Decision(
                        .stored(offset: acme.tenant.newestOffset),
                        happenings: [
                            Happening(.conversationUpdated(details, by: user), to: .conversation(Acme.team))
                        ]))
        }
    }

    @Test func anEmptyTextClearsAndAFieldLeftOutStays() throws {
        var acme = try Acme()
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, picture: "https://acme.example/t.png")),
            as: Acme.alice)
        try acme.commit(.conversationUpdate(ConversationUpdate(conversation: Acme.team, title: "")), as: Acme.alice)
        let details = try #require(acme.tenant.conversation(Acme.team)?.details)
        #expect(details.title == nil)
        #expect(details.picture == "https://acme.example/t.png")
    }

    @Test func anUpdateThatChangesNothingAnswersWithTheLastChange() throws {
        var acme = try Acme()
        let same = Write.conversationUpdate(ConversationUpdate(conversation: Acme.team, title: "Team"))
        let created = acme.tenant.conversation(Acme.team)?.createdOffset
        #expect(try acme.decide(same, as: Acme.alice).offset == created)
        let changed = try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 5)), as: Acme.alice)
        try acme.send(1)
        #expect(try acme.decide(same, as: Acme.alice) == Decision(changed.answered))
    }

    @Test(arguments: [
        (Acme.team, Acme.carol, Refusal.forbidden), (Acme.direct, Acme.alice, .forbidden),
        (Acme.team, Acme.erin, .notFound),
    ])
    func othersDoNotChangeIt(conversation: ConversationID, user: UserID, refusal: Refusal) throws {
        let acme = try Acme()
        #expect(throws: refusal) {
            try acme.decide(
                .conversationUpdate(ConversationUpdate(conversation: conversation, title: "Mine")), as: user)
        }
    }

    @Test func aViewIsItsReadersOwn() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.alice)
        try acme.send(2, by: Acme.dave)
        try acme.block(Acme.dave, by: Acme.carol)
        let details = try #require(acme.tenant.conversation(Acme.team)?.details)
        let last = try #require(acme.tenant.message(.number(2))?.message)
        #expect(
            try acme.view(as: Acme.bob)
                == ConversationView(details: details, lastMessage: .shown(last), role: .admin, unread: 2))
        #expect(
            try acme.view(as: Acme.carol)
                == ConversationView(
                    details: details, lastMessage: .hidden(id: .number(2), conversation: Acme.team, seq: 2),
                    role: .member, unread: 1))
        #expect(try acme.view(as: Acme.alice)?.unread == 1)
    }

    @Test func aLaterMemberCountsUnreadFromJoining() throws {
        var acme = try Acme(history: .sinceJoin)
        try acme.send(1)
        try acme.add(Acme.erin)
        let view = try #require(try acme.view(as: Acme.erin))
        #expect(view.unread == 0)
        #expect(view.lastMessage == nil)
        #expect(view.readSeq == 1)
        try acme.send(2)
        #expect(try acme.view(as: Acme.erin)?.unread == 1)
    }

    @Test func theListGoesByActivityPageByPage() throws {
        var acme = try Acme()
        try create(&acme, .group, [], id: .number(7), as: Acme.alice)
        try acme.send(1, to: Acme.direct, by: Acme.bob)
        try acme.send(2, to: Acme.team, by: Acme.bob)
        var pages: [[ConversationID]] = []
        var cursor: String?
        repeat {
            let list = ConversationList(limit: 2, cursor: cursor)
            guard
                case .conversations(let views, let unreadTotal, let next) = try acme.answer(
                    .conversationList(list), as: Acme.alice)
            else { break }
            #expect(unreadTotal == 2)
            pages.append(views.map(\.details.id))
            cursor = next
        } while cursor != nil
        #expect(pages == [[Acme.team, Acme.direct], [.number(7)]])
    }

    @Test func noPageFollowsTheOneThatEndsTheList() throws {
        let acme = try Acme()
        guard
            case .conversations(let views, _, let cursor) = try acme.answer(
                .conversationList(ConversationList(limit: 2)), as: Acme.alice)
        else {
            Issue.record("no list")
            return
        }
        #expect(views.count == 2)
        #expect(cursor == nil)
    }

    @Test func nothingIsArchivedYet() throws {
        var acme = try Acme()
        try acme.send(1)
        #expect(
            try acme.answer(.conversationList(ConversationList(archived: true)), as: Acme.bob)
                == .conversations([], unreadTotal: 1, cursor: nil))
    }

    @Test(arguments: ["", "x", "-1", "1.5", "9223372036854775808"])
    func aCursorThatWeNeverGaveIsRefused(cursor: String) throws {
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("cursor")) {
            try acme.answer(.conversationList(ConversationList(cursor: cursor)), as: Acme.alice)
        }
    }

    @discardableResult
    private func create(
        _ acme: inout Acme, _ kind: ConversationKind, _ members: [UserID], id: ConversationID?, as user: UserID
    ) throws -> Decision {
        try acme.commit(
            .conversationCreate(ConversationCreate(kind: kind, members: members, id: id, title: "Title")), as: user)
    }
}
