import Domain
import Testing
import Wire

@Suite struct TypistsTests {
    private static let start = ContinuousClock().now
    private static let alice = Typist(conversation: Acme.team, user: Acme.alice)
    private static let bob = Typist(conversation: Acme.team, user: Acme.bob)
    private static let aliceElsewhere = Typist(conversation: Acme.direct, user: Acme.alice)

    @Test func typingEndsSixSecondsAfterItsLastRenewal() {
        var typists = typing(Self.alice, Self.bob)
        let isRenewed = typists.start(Self.bob, now: Self.start + .seconds(4))
        #expect(isRenewed)
        #expect(typists.nextExpiry == Self.start + .seconds(6))
        #expect(typists.expire(now: Self.start + .milliseconds(5_999)).isEmpty)
        #expect(typists.expire(now: Self.start + .seconds(6)) == [Self.alice])
        #expect(typists.expire(now: Self.start + .seconds(6)).isEmpty)
        #expect(typists.expire(now: Self.start + .seconds(10)) == [Self.bob])
        #expect(typists.isEmpty)
        #expect(typists.nextExpiry == nil)
    }

    @Test func itEndsOnceWhenItsTypistSaysSo() {
        var typists = typing(Self.alice)
        let stops = [typists.stop(Self.alice), typists.stop(Self.alice), typists.stop(Self.bob)]
        #expect(stops == [true, false, false])
    }

    @Test func aMessageEndsItsSendersTypingThere() throws {
        var acme = try Acme()
        var typists = typing(Self.alice, Self.bob, Self.aliceElsewhere)
        let happenings = try acme.send(1, by: Acme.alice).happenings
        #expect(typists.ended(by: happenings) == [Self.alice])
        #expect(typists.ended(by: happenings).isEmpty)
    }

    @Test func leavingEndsTheTypingOfWhoLeaves() throws {
        var acme = try Acme()
        var typists = typing(Self.alice, Self.bob, Self.aliceElsewhere)
        let happenings = try acme.commit(
            .memberRemove(MemberRemove(conversation: Acme.team, users: [Acme.bob, Acme.carol])), as: Acme.alice
        ).happenings
        #expect(typists.ended(by: happenings) == [Self.bob])
    }

    @Test func nothingElseEndsIt() throws {
        var acme = try Acme()
        var typists = typing(Self.alice)
        let happenings = try acme.commit(
            .memberRole(MemberRoleSet(conversation: Acme.team, user: Acme.bob, role: .member)), as: Acme.alice
        ).happenings
        #expect(typists.ended(by: happenings).isEmpty)
    }

    @Test func allOfAUsersTypingEndsWithTheirLastConnection() {
        var typists = typing(Self.aliceElsewhere, Self.alice, Self.bob)
        #expect(typists.gone(Acme.alice) == [Self.alice, Self.aliceElsewhere])
        #expect(!typists.isEmpty)
    }

    @Test func overTheBoundOnlyThoseWhoTypeAlreadyGoOn() {
        var typists = Typists(countMax: 1)
        let starts = [Self.alice, Self.bob, Self.alice].map { typists.start($0, now: Self.start) }
        #expect(starts == [true, false, true])
    }

    private func typing(_ all: Typist...) -> Typists {
        var typists = Typists()
        for typist in all { _ = typists.start(typist, now: Self.start) }
        return typists
    }
}
