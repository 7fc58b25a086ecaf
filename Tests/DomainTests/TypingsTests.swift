import Domain
import Testing
import Wire

@Suite struct TypingsTests {
    @Test(arguments: [true, false])
    func typingGoesToTheOtherMembers(isActive: Bool) throws {
        let acme = try Acme()
        #expect(
            try type(acme, isActive, as: Acme.carol) == [
                Happening(
                    .typing(conversation: Acme.team, user: Acme.carol, active: isActive),
                    to: .conversation(Acme.team), except: [Acme.carol])
            ])
    }

    @Test func nobodyAcrossABlockSeesIt() throws {
        var acme = try Acme()
        try acme.block(Acme.carol, by: Acme.dave)
        try acme.block(Acme.alice, by: Acme.carol)
        #expect(try type(acme, as: Acme.carol).map(\.except) == [[Acme.alice, Acme.carol, Acme.dave]])
    }

    @Test(arguments: [(Acme.alice, Acme.bob), (Acme.bob, Acme.alice)])
    func aBlockedDirectConversationTakesNone(blocker: UserID, blocked: UserID) throws {
        var acme = try Acme()
        try acme.block(blocked, by: blocker)
        for typist in [blocker, blocked] {
            #expect(throws: Refusal.blocked) { try type(acme, in: Acme.direct, as: typist) }
        }
    }

    @Test func strangersTypeNowhere() throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try type(acme, as: Acme.erin) }
    }

    @Test(arguments: [(Limits.typingMembers, 1), (Limits.typingMembers + 1, 0)])
    func inVeryLargeGroupsNobodyHearsOfIt(members: UInt64, happenings: Int) throws {
        var acme = try Acme()
        try acme.fillTeam(upTo: members)
        #expect(try type(acme, as: Acme.carol).count == happenings)
    }

    @Test func anEndIsToldEvenAfterItsTypistLeft() throws {
        var acme = try Acme()
        try acme.remove(Acme.carol)
        let ended = try Typist(conversation: Acme.team, user: Acme.carol).ended(in: acme.tenant)
        #expect(
            ended
                == Happening(
                    .typing(conversation: Acme.team, user: Acme.carol, active: false), to: .conversation(Acme.team),
                    except: [Acme.carol]))
    }

    @Test func anEndIsNotToldAcrossABlockThatCameMeanwhile() throws {
        var acme = try Acme()
        try acme.block(Acme.alice, by: Acme.bob)
        try acme.block(Acme.dave, by: Acme.carol)
        #expect(try Typist(conversation: Acme.direct, user: Acme.alice).ended(in: acme.tenant) == nil)
        let inTeam = try Typist(conversation: Acme.team, user: Acme.carol).ended(in: acme.tenant)
        #expect(inTeam?.except == [Acme.carol, Acme.dave])
    }

    @discardableResult
    private func type(
        _ acme: Acme, _ isActive: Bool = true, in conversation: ConversationID = Acme.team, as user: UserID
    ) throws -> [Happening] {
        try acme.relay(.typing(Typing(conversation: conversation, isActive: isActive)), as: user)
    }
}
