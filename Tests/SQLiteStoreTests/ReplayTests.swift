import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct ReplayTests {
    @Test func whatWasPublishedComesBackAsItWas() throws {
        let acme = try Acme()
        var published = try acme.create(with: Acme.bob)
        published += try acme.send(1)
        published += try acme.commit(
            .memberAdd(MemberAdd(conversation: Acme.team, users: [Acme.carol])), as: Acme.alice)
        published += try acme.commit(
            .memberRole(MemberRoleSet(conversation: Acme.team, user: Acme.bob, role: .admin)), as: Acme.alice)
        published += try acme.commit(
            .memberRemove(MemberRemove(conversation: Acme.team, users: [Acme.carol])), as: Acme.bob)
        published += try acme.append(tenantUpdated(name: "Acme", settings: TenantSettings()))
        published += try acme.commit(.blockAdd(BlockAdd(user: Acme.carol)), as: Acme.alice)
        let replayed = try acme.tenant.read { try $0.replay(from: 1, to: .max, limit: 100) }
        #expect(replayed == published)
        #expect(replayed.map(\.effect).contains(.joins([Acme.carol])))
        #expect(replayed.map(\.effect).contains(.leaves([Acme.carol])))
    }

    @Test func routingFollowsTheBlocksOfTheMoment() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob, Acme.carol)
        #expect(try acme.send(1).map(\.hiddenFor) == [[]])
        try acme.block(Acme.alice, by: Acme.bob)
        let blocked = try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 1) }
        #expect(blocked.map(\.hiddenFor) == [[Acme.bob]])
        #expect(
            blocked.map(\.hidden) == [
                Event.hiddenTwin(offset: 2, at: acme.now, conversation: Acme.team, id: .number(1), seq: 1)
            ])
        try acme.remove(Acme.bob)
        #expect(try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 1) }.map(\.hiddenFor) == [[Acme.bob]])
        try acme.commit(.blockRemove(BlockRemove(user: Acme.alice)), as: Acme.bob)
        #expect(try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 1) }.map(\.hiddenFor) == [[]])
    }

    @Test func somebodyWhoNeverWasInTheGroupIsNotNamed() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        try acme.block(Acme.alice, by: Acme.carol)
        #expect(try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 1) }.map(\.hiddenFor) == [[]])
    }

    @Test func aDirectConversationHidesNothing() throws {
        let acme = try Acme()
        let direct = ConversationID.number(2)
        try acme.create(direct, .direct, with: Acme.bob)
        try acme.send(1, to: direct)
        try acme.block(Acme.alice, by: Acme.bob)
        #expect(try acme.tenant.read { try $0.replay(from: 2, to: 2, limit: 1) }.map(\.hiddenFor) == [[]])
    }

    @Test func boundsHoldAndTheRangeIsClosed() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        for number in 1...9 as ClosedRange<UInt64> { try acme.send(number) }
        func offsets(_ from: UInt64, _ to: UInt64, limit: Int = 100, bytesMax: Int = .max) throws -> [UInt64] {
            try acme.tenant.read { try $0.replay(from: from, to: to, limit: limit, bytesMax: bytesMax) }.map(\.offset)
        }
        #expect(try offsets(3, 5) == [3, 4, 5])
        #expect(try offsets(3, .max, limit: 2) == [3, 4])
        #expect(try offsets(3, 9, bytesMax: 1) == [3])
        #expect(try offsets(11, 20) == [])
        #expect(try offsets(5, 4) == [])
    }
}
