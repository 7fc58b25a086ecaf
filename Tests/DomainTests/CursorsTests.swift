import Domain
import Testing
import Wire

@Suite struct CursorsTests {
    @Test(arguments: CursorKind.allCases)
    func aCursorMovesForwardAndTellsTheMembers(kind: CursorKind) throws {
        var acme = try acmeWithThreeMessages()
        let decision = try move(&acme, kind, to: 2, by: Acme.bob)
        let moved = CursorMoved(kind: kind, conversation: Acme.team, user: Acme.bob, seq: 2)
        #expect(decision.happenings == [Happening(.cursor(moved), to: .conversation(Acme.team))])
        #expect(decision.answered == .cursor(seq: 2, unread: kind == .read ? 1 : 3))
    }

    @Test(arguments: CursorKind.allCases)
    func itIsClampedToTheLastAndNeverMovesBack(kind: CursorKind) throws {
        var acme = try acmeWithThreeMessages()
        let unread: UInt64 = kind == .read ? 0 : 3
        #expect(try move(&acme, kind, to: .max, by: Acme.bob).answered == .cursor(seq: 3, unread: unread))
        for seq in [UInt64(0), 1, 3, 4] {
            #expect(try move(&acme, kind, to: seq, by: Acme.bob) == Decision(.cursor(seq: 3, unread: unread)))
        }
    }

    @Test func theTwoCursorsAreApart() throws {
        var acme = try acmeWithThreeMessages()
        try move(&acme, .received, to: 3, by: Acme.bob)
        try move(&acme, .read, to: 1, by: Acme.bob)
        let view = try #require(try acme.view(as: Acme.bob))
        #expect(view.readSeq == 1)
        #expect(view.receivedSeq == 3)
        #expect(view.unread == 2)
    }

    @Test func onlyMembersHaveOne() throws {
        var acme = try acmeWithThreeMessages()
        #expect(throws: Refusal.notFound) { try move(&acme, .read, to: 1, by: Acme.erin) }
    }

    @Test func nobodyAcrossABlockGetsTheReceipt() throws {
        var acme = try acmeWithThreeMessages()
        try acme.block(Acme.bob, by: Acme.dave)
        try acme.block(Acme.alice, by: Acme.bob)
        let receipt = try #require(try move(&acme, .read, to: 1, by: Acme.bob).happenings.first)
        #expect(receipt.scope == .conversation(Acme.team))
        #expect(receipt.except == [Acme.alice, Acme.dave])
    }

    @Test(arguments: [(Acme.alice, Acme.bob), (Acme.bob, Acme.alice)])
    func inABlockedDirectConversationTheReceiptStaysWithItsReader(blocker: UserID, blocked: UserID) throws {
        var acme = try Acme()
        try acme.send(1, to: Acme.direct, by: Acme.alice)
        try acme.block(blocked, by: blocker)
        let decision = try move(&acme, .read, in: Acme.direct, to: 1, by: Acme.bob)
        #expect(decision.happenings.map(\.scope) == [.user(Acme.bob)])
        #expect(acme.tenant.membership(of: Acme.bob, in: Acme.direct)?.member.readSeq == 1)
    }

    @Test(arguments: [
        (Limits.receiptsMembers, Scope.conversation(Acme.team)), (Limits.receiptsMembers + 1, .user(Acme.bob)),
    ])
    func inLargeGroupsReceiptsStayWithTheirReaders(members: UInt64, scope: Scope) throws {
        var acme = try acmeWithThreeMessages()
        try acme.fillTeam(upTo: members)
        #expect(try move(&acme, .read, to: 1, by: Acme.bob).happenings.map(\.scope) == [scope])
    }

    @Test func whatBlockedPeopleWriteDoesNotCountAsUnread() throws {
        var acme = try acmeWithThreeMessages()
        try acme.send(4, by: Acme.carol)
        try acme.block(Acme.alice, by: Acme.bob)
        #expect(try move(&acme, .read, to: 0, by: Acme.bob).answered == .cursor(seq: 0, unread: 1))
    }

    private func acmeWithThreeMessages() throws -> Acme {
        var acme = try Acme()
        for number in 1...3 { try acme.send(UInt64(number), by: Acme.alice) }
        return acme
    }

    @discardableResult
    private func move(
        _ acme: inout Acme, _ kind: CursorKind, in conversation: ConversationID = Acme.team, to seq: UInt64,
        by user: UserID
    ) throws -> Decision {
        try acme.commit(.cursorMove(CursorMove(kind: kind, conversation: conversation, seq: seq)), as: user)
    }
}
