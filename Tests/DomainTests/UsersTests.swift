import Domain
import Testing
import Wire

@Suite struct UsersTests {
    @Test(arguments: [
        (UserUpdate(name: "Alice"), "Alice", nil),
        (UserUpdate(picture: "https://acme.example/a.png"), "alice", "https://acme.example/a.png"),
        (UserUpdate(name: "", picture: ""), "alice", nil),
    ])
    func whatIsNamedChanges(update: UserUpdate, name: String, picture: String?) throws {
        let acme = try Acme()
        let user = User(id: Acme.alice, name: name, picture: picture)
        #expect(try acme.decide(.userUpdate(update), as: Acme.alice).answered == .user(user))
    }

    @Test func whatIsNotNamedStays() throws {
        var acme = try Acme()
        try acme.commit(.userUpdate(UserUpdate(name: "Alice", picture: "https://acme.example/a.png")), as: Acme.alice)
        try acme.commit(.userUpdate(UserUpdate(name: "Alicia")), as: Acme.alice)
        #expect(
            acme.tenant.user(Acme.alice)
                == User(id: Acme.alice, name: "Alicia", picture: "https://acme.example/a.png"))
    }

    @Test func whatChangesNothingStoresNothing() throws {
        let acme = try Acme()
        #expect(
            try acme.decide(.userUpdate(UserUpdate()), as: Acme.alice)
                == Decision(.user(User(id: Acme.alice, name: "alice"))))
    }

    @Test func aServiceRegistersSomebodyNewByUpdatingThem() throws {
        var acme = try Acme()
        let user = User(id: Acme.ghost, name: "Casper")
        #expect(
            try acme.commit(.userUpdate(UserUpdate(name: "Casper")), as: Acme.ghost)
                == Decision(.user(user), changes: [.user(user, claimed: Profile())]))
        #expect(try acme.answer(.userGet(UserGet(user: Acme.ghost)), as: Acme.alice) == .user(user))
    }

    @Test func withoutANameTheIDStandsForIt() throws {
        let acme = try Acme()
        let user = User(id: Acme.ghost, name: "ghost")
        #expect(try acme.decide(.userUpdate(UserUpdate()), as: Acme.ghost).answered == .user(user))
    }

    @Test func whomNobodyHasSeenIsNotFound() throws {
        let acme = try Acme()
        #expect(throws: Refusal.notFound) { try acme.answer(.userGet(UserGet(user: Acme.ghost)), as: Acme.alice) }
    }

    @Test func searchFindsByTheBeginningOfANameOrID() throws {
        var acme = try Acme()
        try acme.commit(.userUpdate(UserUpdate(name: "Robert Dale")), as: Acme.bob)
        let found = try acme.answer(.userSearch(UserSearch(query: "da", limit: 10)), as: Acme.erin)
        #expect(found == .users([User(id: Acme.dave, name: "dave"), User(id: Acme.bob, name: "Robert Dale")]))
    }
}
