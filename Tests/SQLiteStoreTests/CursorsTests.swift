import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct CursorsTests {
    private func states(_ acme: Acme, of user: UserID?, since: UInt64) throws -> Set<String> {
        Set(
            try acme.tenant.read { try $0.changedStates(of: user, since: since) }
                .map { String(decoding: $0, as: UTF8.self) })
    }

    private func state(_ kind: CursorKind, _ user: UserID, _ seq: UInt64) -> String {
        let moved = CursorMoved(kind: kind, conversation: Acme.team, user: user, seq: seq)
        return String(decoding: Event.cursor(moved).json(offset: nil, at: Timestamp(milliseconds: 0)), as: UTF8.self)
    }

    @Test func whatMovedSinceIsTold() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        try acme.move(.received, to: 1, by: Acme.bob)
        try acme.send(2)
        try acme.move(.read, to: 2, by: Acme.bob)
        let read = state(.read, Acme.bob, 2)
        #expect(try states(acme, of: Acme.alice, since: 0) == [read, state(.received, Acme.bob, 1)])
        #expect(try states(acme, of: Acme.alice, since: 2) == [read, state(.received, Acme.bob, 1)])
        #expect(try states(acme, of: Acme.alice, since: 3) == [read])
        #expect(try states(acme, of: Acme.alice, since: 4) == [])
        #expect(try states(acme, of: Acme.carol, since: 0) == [])
        #expect(try states(acme, of: nil, since: 3) == [read])
    }

    @Test func neitherSideOfABlockHearsOfTheOther() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob, Acme.carol)
        try acme.send(1)
        try acme.move(.read, to: 1, by: Acme.bob)
        try acme.move(.read, to: 1, by: Acme.carol)
        try acme.block(Acme.bob, by: Acme.carol)
        let bob = state(.read, Acme.bob, 1)
        let carol = state(.read, Acme.carol, 1)
        #expect(try states(acme, of: Acme.alice, since: 1) == [bob, carol])
        #expect(try states(acme, of: Acme.bob, since: 1) == [bob])
        #expect(try states(acme, of: Acme.carol, since: 1) == [carol])
        #expect(try states(acme, of: nil, since: 1) == [bob, carol])
    }

    @Test func inALargeConversationOnlyTheOwnCursorsAreTold() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        try acme.move(.read, to: 1, by: Acme.alice)
        try acme.move(.read, to: 1, by: Acme.bob)
        let others = try (1...Int(Limits.receiptsMembers) - 2).map { try #require(UserID("extra-\($0)")) }
        for user in others { try acme.know(user) }
        try acme.commit(.memberAdd(MemberAdd(conversation: Acme.team, users: others)), as: Acme.alice)
        #expect(try states(acme, of: Acme.bob, since: 1).count == 2)
        try acme.add(Acme.carol)
        #expect(try states(acme, of: Acme.bob, since: 1) == [state(.read, Acme.bob, 1)])
    }

    @Test func aCursorNeverMovesBack() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        try acme.send(2)
        try acme.move(.read, to: 2, by: Acme.bob)
        let back = CursorMoved(kind: .read, conversation: Acme.team, user: Acme.bob, seq: 1)
        #expect(throws: StoreFailure.self) { try acme.append(Happening(.cursor(back), to: .conversation(Acme.team))) }
        #expect(try acme.tenant.read { try $0.membership(of: Acme.bob, in: Acme.team) }?.member.readSeq == 2)
    }
}
