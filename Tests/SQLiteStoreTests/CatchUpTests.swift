import Domain
import Testing
import Wire

@testable import SQLiteStore

@Suite struct CatchUpTests {
    private func page(
        _ acme: Acme, of user: UserID, since: UInt64 = 0, service: Bool = false, eventsMax: Int = 100,
        bytesMax: Int = 1 << 20, rowsMax: Int = 5_000
    ) throws -> CatchUpRead {
        try acme.tenant.read {
            try $0.catchUp(
                user: user, service: service, since: since, eventsMax: eventsMax, bytesMax: bytesMax, rowsMax: rowsMax)
        }
    }

    /// Offsets: 1 created, 2 message, 3 Carol added, 4 message, 5 removed, 6 message, 7 added again, 8 message.
    private func acmeWithCarolComingAndGoing() throws -> Acme {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        try acme.add(Acme.carol)
        try acme.send(2)
        try acme.remove(Acme.carol)
        try acme.send(3)
        try acme.add(Acme.carol)
        try acme.send(4)
        return acme
    }

    @Test func aUserGetsWhatConcernedThemWhenItHappened() throws {
        let acme = try acmeWithCarolComingAndGoing()
        #expect(try page(acme, of: Acme.carol).events.map(\.offset) == [3, 4, 5, 7, 8])
        #expect(try page(acme, of: Acme.carol, since: 4).events.map(\.offset) == [5, 7, 8])
        #expect(try page(acme, of: Acme.carol, since: 5).events.map(\.offset) == [7, 8])
        #expect(try page(acme, of: Acme.bob).events.map(\.offset) == Array(1...8))
    }

    @Test func aFormerMembersEndIsTheirRemoval() throws {
        let acme = try acmeWithCarolComingAndGoing()
        try acme.remove(Acme.carol)
        try acme.send(5)
        let missed = try page(acme, of: Acme.carol, since: 8)
        #expect(missed.names == ["member.removed"])
        #expect(missed.reached == 10 && missed.complete)
    }

    @Test func aStrangerGetsNothingAndIsStillUpToDate() throws {
        let acme = try acmeWithCarolComingAndGoing()
        let missed = try page(acme, of: Acme.user("stranger"))
        #expect(missed == CatchUpRead(events: [], reached: 8, complete: true))
    }

    @Test func aServiceGetsEverything() throws {
        let acme = try acmeWithCarolComingAndGoing()
        try acme.block(Acme.bob, by: Acme.alice)
        let all = try page(acme, of: Acme.user("crm"), service: true)
        #expect(all.events.map(\.offset) == Array(1...9))
        #expect(all.names.last == "block.added")
    }

    @Test func blocksAreTheBlockersOwnBusinessAndTheTenantsNewsEverybodys() throws {
        let acme = try Acme()
        try acme.block(Acme.bob, by: Acme.alice)
        try acme.append(tenantUpdated(name: "Acme", settings: TenantSettings()))
        #expect(try page(acme, of: Acme.alice).names == ["block.added", "tenant.updated"])
        #expect(try page(acme, of: Acme.bob).names == ["tenant.updated"])
    }

    @Test func replayFiltersByTheBlocksOfItsOwnMoment() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob, Acme.carol)
        try acme.send(1, "earlier words", by: Acme.bob)
        try acme.block(Acme.bob, by: Acme.carol)
        try acme.send(2, "later words", by: Acme.bob)
        try acme.send(3, "hers", by: Acme.alice)
        let blocked = try page(acme, of: Acme.carol)
        #expect(
            blocked.names == [
                "conversation.created", "message.hidden", "block.added", "message.hidden", "message.created",
            ])
        #expect(!blocked.texts.joined().contains("earlier words") && !blocked.texts.joined().contains("later words"))
        try acme.commit(.blockRemove(BlockRemove(user: Acme.bob)), as: Acme.carol)
        #expect(try page(acme, of: Acme.carol, since: 1).texts.joined().contains("earlier words"))
        #expect(try page(acme, of: Acme.alice).names.contains("message.hidden") == false)
    }

    @Test func aDirectConversationsPastStaysReadable() throws {
        let acme = try Acme()
        let direct = ConversationID.number(2)
        try acme.create(direct, .direct, with: Acme.bob)
        try acme.send(1, "earlier words", to: direct, by: Acme.bob)
        try acme.block(Acme.bob, by: Acme.alice)
        #expect(try page(acme, of: Acme.alice).texts.joined().contains("earlier words"))
    }

    @Test func pagesJoinWithoutAGap() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        for number in 1...20 as ClosedRange<UInt64> { try acme.send(number) }
        for (eventsMax, bytesMax, rowsMax) in [
            (3, 1 << 20, 5_000), (100, 600, 5_000), (100, 1, 5_000), (100, 1 << 20, 4),
        ] {
            var offsets: [UInt64] = []
            var since: UInt64 = 0
            var isComplete = false
            while !isComplete {
                let next = try page(
                    acme, of: Acme.bob, since: since, eventsMax: eventsMax, bytesMax: bytesMax, rowsMax: rowsMax)
                #expect(next.events.count <= eventsMax && next.reached > since)
                offsets += next.events.map(\.offset)
                since = next.reached
                isComplete = next.complete
            }
            #expect(offsets == Array(1...21))
            #expect(since == 21)
        }
    }

    @Test func aPageThatFindsNothingEndsAtItsBound() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        for number in 1...9 as ClosedRange<UInt64> { try acme.send(number) }
        let first = try page(acme, of: Acme.carol, rowsMax: 4)
        #expect(first == CatchUpRead(events: [], reached: 4, complete: false))
    }

    @Test func whoIsUpToDateGetsNothing() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        #expect(try page(acme, of: Acme.bob, since: 1) == CatchUpRead(events: [], reached: 1, complete: true))
        #expect(try page(acme, of: Acme.bob, since: .max).events.isEmpty)
    }
}
