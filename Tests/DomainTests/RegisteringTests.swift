import Domain
import Testing
import Wire

@Suite struct RegisteringTests {
    private static let picture = "https://acme.example/g.png"

    @Test(arguments: [
        (Profile(), User(id: Acme.ghost, name: "ghost")),
        (Profile(name: "Casper"), User(id: Acme.ghost, name: "Casper")),
        (Profile(name: "Casper", picture: picture), User(id: Acme.ghost, name: "Casper", picture: picture)),
    ])
    func theFirstTokenRegistersItsUser(profile: Profile, user: User) throws {
        let acme = try Acme()
        #expect(try register(Acme.ghost, profile, in: acme.tenant) == [.user(user, claimed: profile)])
    }

    @Test func theSameTokenAgainStoresNothing() throws {
        var acme = try Acme()
        let profile = Profile(name: "Casper", picture: Self.picture)
        try acme.register(Acme.ghost, profile)
        #expect(try register(Acme.ghost, profile, in: acme.tenant).isEmpty)
        #expect(try register(Acme.ghost, Profile(), in: acme.tenant).isEmpty, "what it leaves out says nothing")
    }

    @Test func whatTheUserChangedStaysUntilThePlatformSaysOtherwise() throws {
        var acme = try Acme()
        try acme.register(Acme.ghost, Profile(name: "Casper"))
        try acme.commit(.userUpdate(UserUpdate(name: "Boo")), as: Acme.ghost)
        try acme.register(Acme.ghost, Profile(name: "Casper", picture: Self.picture))
        #expect(acme.tenant.user(Acme.ghost) == User(id: Acme.ghost, name: "Boo", picture: Self.picture))
        try acme.register(Acme.ghost, Profile(name: "Caspar"))
        #expect(acme.tenant.user(Acme.ghost) == User(id: Acme.ghost, name: "Caspar", picture: Self.picture))
    }

    @Test func whomAServiceRegisteredKeepsTheirName() throws {
        var acme = try Acme()
        try acme.commit(.userUpdate(UserUpdate(name: "Casper")), as: Acme.ghost)
        #expect(try register(Acme.ghost, Profile(), in: acme.tenant).isEmpty)
    }

    @Test(arguments: [
        Profile(name: "", picture: ""),
        Profile(
            name: String(repeating: "n", count: Limits.nameCodePoints + 1),
            picture: String(repeating: "p", count: Limits.pictureCodePoints + 1)),
    ])
    func aClaimThatIsEmptyOrTooLongSaysNothing(profile: Profile) throws {
        let acme = try Acme()
        #expect(
            try register(Acme.ghost, profile, in: acme.tenant) == [
                .user(User(id: Acme.ghost, name: "ghost"), claimed: Profile())
            ])
    }
}
