import Domain
import Testing
import Wire

@Suite struct MembersTests {
    @Test(arguments: [Acme.alice, Acme.bob])
    func ownersAndAdminsAdd(user: UserID) throws {
        var acme = try Acme()
        let decision = try acme.commit(Self.add(Acme.carol, Acme.erin), as: user)
        let details = try #require(acme.tenant.conversation(Acme.team)?.details)
        let added = MembersChanged(details: details, by: user, users: [Acme.erin])
        #expect(details.memberCount == 5)
        #expect(
            decision
                == Decision(
                    .stored(offset: acme.tenant.newestOffset),
                    happenings: [
                        Happening(.memberAdded(added), to: .conversation(Acme.team), effect: .joins([Acme.erin]))
                    ]))
    }

    @Test func addingMembersAgainAnswersWithTheLatestJoining() throws {
        var acme = try Acme()
        try acme.add(Acme.erin)
        let joined = acme.tenant.newestOffset
        try acme.send(1)
        try acme.block(Acme.erin, by: Acme.alice)
        #expect(try acme.decide(Self.add(Acme.carol, Acme.erin), as: Acme.alice) == Decision(.stored(offset: joined)))
    }

    struct Wrong: Sendable {
        let write: Write
        let user: UserID
        let refusal: Refusal
    }

    @Test(arguments: [
        Wrong(write: Self.add(Acme.erin), user: Acme.carol, refusal: .forbidden),
        Wrong(write: Self.add(Acme.alice), user: Acme.erin, refusal: .notFound),
        Wrong(write: Self.add(Acme.ghost), user: Acme.alice, refusal: .notFound),
        Wrong(write: Self.add(Acme.erin, Acme.user("frank")), user: Acme.alice, refusal: .blocked),
        Wrong(write: Self.add(Acme.user("frank"), Acme.dave), user: Acme.bob, refusal: .blocked),
        Wrong(write: Self.add(Acme.erin, to: Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.add(Acme.bob, to: Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.remove(Acme.alice), user: Acme.bob, refusal: .forbidden),
        Wrong(write: Self.remove(Acme.dave), user: Acme.carol, refusal: .forbidden),
        Wrong(write: Self.remove(Acme.carol, Acme.dave), user: Acme.carol, refusal: .forbidden),
        Wrong(write: Self.remove(Acme.ghost), user: Acme.alice, refusal: .notFound),
        Wrong(write: Self.remove(Acme.carol), user: Acme.erin, refusal: .notFound),
        Wrong(write: Self.remove(Acme.erin), user: Acme.erin, refusal: .notFound),
        Wrong(write: Self.remove(Acme.bob, from: Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.remove(Acme.alice, from: Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.leave(), user: Acme.erin, refusal: .notFound),
        Wrong(write: Self.leave(Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.role(Acme.bob, .admin, in: Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.role(Acme.bob, .member, in: Acme.direct), user: Acme.alice, refusal: .forbidden),
        Wrong(write: Self.role(Acme.erin, .admin), user: Acme.alice, refusal: .notFound),
        Wrong(write: Self.role(Acme.carol, .admin), user: Acme.erin, refusal: .notFound),
        Wrong(write: Self.role(Acme.carol, .admin), user: Acme.carol, refusal: .forbidden),
        Wrong(write: Self.role(Acme.dave, .admin), user: Acme.carol, refusal: .forbidden),
        Wrong(write: Self.role(Acme.carol, .owner), user: Acme.bob, refusal: .forbidden),
        Wrong(write: Self.role(Acme.bob, .owner), user: Acme.bob, refusal: .forbidden),
        Wrong(write: Self.role(Acme.alice, .admin), user: Acme.bob, refusal: .forbidden),
        Wrong(write: Self.role(Acme.alice, .member), user: Acme.alice, refusal: .conflict),
        Wrong(write: Self.role(Acme.alice, .admin), user: Acme.alice, refusal: .conflict),
    ])
    func whatOnesRoleDoesNotAllowIsRefused(wrong: Wrong) throws {
        var acme = try Acme()
        try acme.register(Acme.user("frank"))
        try acme.block(Acme.user("frank"), by: Acme.alice)
        try acme.block(Acme.bob, by: Acme.dave)
        #expect(throws: wrong.refusal) { try acme.decide(wrong.write, as: wrong.user) }
    }

    @Test func adminsDoNotTouchOtherAdmins() throws {
        var acme = try Acme()
        try acme.commit(Self.role(Acme.carol, .admin), as: Acme.alice)
        for write in [Self.remove(Acme.carol), Self.role(Acme.carol, .member), Self.role(Acme.carol, .owner)] {
            #expect(throws: Refusal.forbidden) { try acme.decide(write, as: Acme.bob) }
        }
    }

    @Test func aGroupTakesTenThousandAndNoMore() throws {
        var acme = try Acme()
        try acme.fillTeam(upTo: UInt64(Limits.groupMembers) - 1)
        try acme.register(Acme.user("frank"))
        #expect(throws: Refusal.badRequest("users")) {
            try acme.decide(Self.add(Acme.erin, Acme.user("frank")), as: Acme.alice)
        }
        try acme.add(Acme.erin)
        #expect(acme.tenant.conversation(Acme.team)?.details.memberCount == UInt64(Limits.groupMembers))
    }

    @Test func theRemovedGetTheirOwnRemovalAndNothingAfter() throws {
        var acme = try Acme()
        let decision = try acme.commit(Self.remove(Acme.dave, Acme.carol, Acme.erin), as: Acme.bob)
        let details = try #require(acme.tenant.conversation(Acme.team)?.details)
        let removed = MembersChanged(details: details, by: Acme.bob, users: [Acme.carol, Acme.dave])
        #expect(details.memberCount == 2)
        #expect(
            decision.happenings == [
                Happening(
                    .memberRemoved(removed), to: .conversation(Acme.team), effect: .leaves([Acme.carol, Acme.dave]))
            ])
    }

    @Test func removingAgainAnswersWithTheRemoval() throws {
        var acme = try Acme()
        try acme.remove(Acme.dave)
        let left = acme.tenant.newestOffset
        try acme.send(1)
        #expect(try acme.decide(Self.remove(Acme.dave), as: Acme.alice) == Decision(.stored(offset: left)))
        #expect(try acme.decide(Self.remove(Acme.erin), as: Acme.alice) == Decision(.stored(offset: 0)))
    }

    @Test func anyMemberMayLeaveEitherWay() throws {
        for write in [Self.leave(), Self.remove(Acme.carol)] {
            var acme = try Acme()
            let decision = try acme.commit(write, as: Acme.carol)
            #expect(decision.happenings.map(\.effect) == [.leaves([Acme.carol])])
            #expect(acme.role(of: Acme.carol) == nil)
            #expect(try acme.decide(Self.leave(), as: Acme.carol) == Decision(decision.answered))
            #expect(try acme.decide(Self.remove(Acme.carol), as: Acme.carol) == Decision(decision.answered))
        }
    }

    @Test func theLongestStandingAdminFollowsTheLastOwner() throws {
        var acme = try Acme()
        try acme.commit(Self.role(Acme.bob, .member), as: Acme.alice)
        try acme.add(Acme.erin)
        try acme.commit(Self.role(Acme.erin, .admin), as: Acme.alice)
        let decision = try acme.commit(Self.leave(), as: Acme.alice)
        #expect(
            decision.happenings.last
                == Happening(
                    .memberRole(conversation: Acme.team, by: Acme.alice, user: Acme.erin, role: .owner),
                    to: .conversation(Acme.team)))
        #expect(decision.happenings.count == 2)
        #expect(decision.offset == acme.tenant.newestOffset)
        #expect(acme.role(of: Acme.erin) == .owner)
    }

    @Test func withoutAdminsTheLongestStandingMemberFollows() throws {
        var acme = try Acme()
        try acme.remove(Acme.bob, Acme.carol)
        try acme.add(Acme.carol)
        try acme.commit(Self.leave(), as: Acme.alice)
        #expect(acme.role(of: Acme.dave) == .owner)
        #expect(acme.role(of: Acme.carol) == .member)
    }

    @Test func whoLeavesTogetherWithTheLastOwnerDoesNotFollow() throws {
        var acme = try Acme()
        try acme.remove(Acme.bob, Acme.alice)
        #expect(acme.role(of: Acme.carol) == .owner)
    }

    @Test func nobodyFollowsWhileAnOwnerStays() throws {
        var acme = try Acme()
        try acme.commit(Self.role(Acme.dave, .owner), as: Acme.alice)
        #expect(try acme.commit(Self.leave(), as: Acme.alice).happenings.count == 1)
        #expect(acme.role(of: Acme.bob) == .admin)
    }

    @Test func theSuccessorIsFoundInALargeGroup() throws {
        var acme = try Acme()
        try acme.remove(Acme.bob)
        try acme.fillTeam(upTo: 250)
        try acme.add(Acme.bob)
        try acme.commit(Self.role(Acme.bob, .admin), as: Acme.alice)
        try acme.commit(Self.leave(), as: Acme.alice)
        #expect(acme.role(of: Acme.bob) == .owner)
    }

    @Test func theLastMemberClosesTheGroup() throws {
        var acme = try Acme()
        try acme.remove(Acme.bob, Acme.carol, Acme.dave)
        #expect(try acme.commit(Self.leave(), as: Acme.alice).happenings.count == 1)
        #expect(acme.tenant.conversation(Acme.team)?.details.memberCount == 0)
        #expect(throws: Refusal.notFound) { try acme.view(as: Acme.alice) }
    }

    @Test(arguments: [
        (Acme.carol, MemberRole.admin, Acme.bob), (Acme.bob, .member, Acme.bob), (Acme.carol, .owner, Acme.alice),
        (Acme.bob, .member, Acme.alice),
    ])
    func rolesChangeByWhoMaySetThem(target: UserID, role: MemberRole, user: UserID) throws {
        var acme = try Acme()
        let decision = try acme.commit(Self.role(target, role), as: user)
        #expect(
            decision
                == Decision(
                    .stored(offset: acme.tenant.newestOffset),
                    happenings: [
                        Happening(
                            .memberRole(conversation: Acme.team, by: user, user: target, role: role),
                            to: .conversation(Acme.team))
                    ]))
        #expect(acme.role(of: target) == role)
    }

    @Test func anOwnerStepsDownOnceThereIsAnother() throws {
        var acme = try Acme()
        try acme.commit(Self.role(Acme.bob, .owner), as: Acme.alice)
        let down = try acme.commit(Self.role(Acme.alice, .member), as: Acme.alice)
        #expect(acme.role(of: Acme.alice) == .member)
        #expect(
            try acme.decide(Self.role(Acme.alice, .member), as: Acme.alice) == Decision(down.answered),
            "a repeat, though she no longer could")
    }

    @Test func membersComeInOrderOfJoiningPageByPage() throws {
        var acme = try Acme()
        try acme.remove(Acme.bob)
        try acme.register(Acme.user("a:b"))
        try acme.add(Acme.bob, Acme.user("a:b"))
        var pages: [[UserID]] = []
        var cursor: String?
        repeat {
            let list = ConversationMembers(conversation: Acme.team, cursor: cursor, limit: 2)
            guard case .members(let members, let next) = try acme.answer(.conversationMembers(list), as: Acme.carol)
            else { break }
            pages.append(members.map(\.user))
            cursor = next
        } while cursor != nil
        #expect(pages == [[Acme.alice, Acme.carol], [Acme.dave, Acme.user("a:b")], [Acme.bob]])
    }

    @Test(arguments: ["", "1", "1:", ":alice", "x:alice", "-1:alice", "1:al ice"])
    func aCursorThatWeNeverGaveIsRefused(cursor: String) throws {
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("cursor")) {
            try acme.answer(
                .conversationMembers(ConversationMembers(conversation: Acme.team, cursor: cursor)), as: Acme.alice)
        }
    }

    @Test func readMarksAreNotSeenAcrossABlock() throws {
        var acme = try Acme()
        try acme.send(1, by: Acme.carol)
        let read = Write.cursorMove(CursorMove(kind: .read, conversation: Acme.team, seq: 1))
        for user in [Acme.alice, Acme.bob, Acme.dave] { try acme.commit(read, as: user) }
        try acme.block(Acme.alice, by: Acme.dave)
        func marks(_ reader: UserID) throws -> [UInt64] {
            let list = ConversationMembers(conversation: Acme.team)
            guard case .members(let members, _) = try acme.answer(.conversationMembers(list), as: reader) else {
                return []
            }
            return members.map(\.readSeq)
        }
        #expect(try marks(Acme.alice) == [1, 1, 0, 0], "Dave's are kept from her")
        #expect(try marks(Acme.dave) == [0, 1, 0, 1], "and hers from him")
        #expect(try marks(Acme.carol) == [1, 1, 0, 1])
    }

    @Test func aConversationInFullNamesItsFirstHundredMembers() throws {
        var acme = try Acme()
        try acme.fillTeam(upTo: 150)
        guard
            case .conversationInFull(let view, let members) = try acme.answer(
                .conversationGet(ConversationGet(conversation: Acme.team)), as: Acme.dave)
        else {
            Issue.record("no conversation")
            return
        }
        #expect(view.details.memberCount == 150)
        #expect(members.count == 100)
        #expect(members.first?.user == Acme.alice)
    }

    private static func add(_ users: UserID..., to conversation: ConversationID = Acme.team) -> Write {
        .memberAdd(MemberAdd(conversation: conversation, users: users))
    }

    private static func remove(_ users: UserID..., from conversation: ConversationID = Acme.team) -> Write {
        .memberRemove(MemberRemove(conversation: conversation, users: users))
    }

    private static func leave(_ conversation: ConversationID = Acme.team) -> Write {
        .conversationLeave(ConversationLeave(conversation: conversation))
    }

    private static func role(
        _ user: UserID, _ role: MemberRole, in conversation: ConversationID = Acme.team
    ) -> Write {
        .memberRole(MemberRoleSet(conversation: conversation, user: user, role: role))
    }
}
