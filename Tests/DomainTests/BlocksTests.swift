import Domain
import Testing
import Wire

@Suite struct BlocksTests {
    @Test func aBlockIsToldToItsBlockerAlone() throws {
        var acme = try Acme()
        let next = acme.tenant.newestOffset + 1
        #expect(
            try acme.commit(.blockAdd(BlockAdd(user: Acme.bob)), as: Acme.alice)
                == Decision(
                    .stored(offset: next),
                    happenings: [Happening(.blockAdded(by: Acme.alice, user: Acme.bob), to: .user(Acme.alice))]))
        #expect(
            try acme.commit(.blockRemove(BlockRemove(user: Acme.bob)), as: Acme.alice)
                == Decision(
                    .stored(offset: next + 1),
                    happenings: [Happening(.blockRemoved(by: Acme.alice, user: Acme.bob), to: .user(Acme.alice))]))
    }

    @Test func aRepeatAnswersWithTheOffsetThatMadeTheState() throws {
        var acme = try Acme()
        let added = try acme.commit(.blockAdd(BlockAdd(user: Acme.bob)), as: Acme.alice)
        try acme.send(1)
        #expect(try acme.decide(.blockAdd(BlockAdd(user: Acme.bob)), as: Acme.alice) == Decision(added.answered))
        let removed = try acme.commit(.blockRemove(BlockRemove(user: Acme.bob)), as: Acme.alice)
        try acme.send(2)
        #expect(
            try acme.decide(.blockRemove(BlockRemove(user: Acme.bob)), as: Acme.alice) == Decision(removed.answered))
    }

    @Test(arguments: [Acme.bob, Acme.alice])
    func removingABlockThatNeverWasChangesNothing(user: UserID) throws {
        let acme = try Acme()
        #expect(
            try acme.decide(.blockRemove(BlockRemove(user: user)), as: Acme.alice) == Decision(.stored(offset: 0)))
    }

    @Test func nobodyBlocksThemselves() throws {
        let acme = try Acme()
        #expect(throws: Refusal.badRequest("user")) {
            try acme.decide(.blockAdd(BlockAdd(user: Acme.alice)), as: Acme.alice)
        }
    }

    @Test(arguments: [Write.blockAdd(BlockAdd(user: Acme.ghost)), .blockRemove(BlockRemove(user: Acme.ghost))])
    func aUserNobodyHasSeenIsNotFound(write: Write) throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try acme.decide(write, as: Acme.alice) }
    }

    @Test func theListNamesWhomOneBlocksNow() throws {
        var acme = try Acme()
        for user in [Acme.dave, Acme.bob, Acme.carol] { try acme.block(user, by: Acme.alice) }
        try acme.unblock(Acme.carol, by: Acme.alice)
        try acme.block(Acme.alice, by: Acme.erin)
        let people = [Acme.bob, Acme.dave].map { User(id: $0, name: $0.text) }
        #expect(try acme.answer(.blockList(BlockList()), as: Acme.alice) == .users(people))
        #expect(try acme.answer(.blockList(BlockList()), as: Acme.bob) == .users([]))
    }
}
