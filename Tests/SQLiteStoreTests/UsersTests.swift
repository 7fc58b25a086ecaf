import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct UsersTests {
    private func name(_ id: String, _ name: String, in acme: Acme) throws {
        let user = User(id: try #require(UserID(id)), name: name)
        try acme.tenant.write { try $0.apply([.user(user, claimed: Profile(name: name))]) }
    }

    private func found(_ query: String, limit: Int = 10, in acme: Acme) throws -> [String] {
        try acme.tenant.read { try $0.users(matching: query, limit: limit) }.map(\.id.text)
    }

    @Test func peopleAreFoundByEachWordAndByTheirID() throws {
        let acme = try Acme()
        try name("u1", "Ada King Lovelace", in: acme)
        try name("u2", "Jean-Luc Élan", in: acme)
        #expect(try found("ada", in: acme) == ["u1"])
        #expect(try found("LOVE", in: acme) == ["u1"])
        #expect(try found("king love", in: acme) == ["u1"])
        #expect(try found("luc", in: acme) == ["u2"])
        #expect(try found("éL", in: acme) == ["u2"])
        #expect(try found("u", in: acme) == ["u1", "u2"])
        #expect(try found("ovelace", in: acme) == [])
        #expect(try found("%", in: acme) == [])
        #expect(try found("", in: acme) == [])
    }

    @Test func theyComeInOrderOfName() throws {
        let acme = try Acme()
        try name("z", "anna", in: acme)
        try name("y", "Anna", in: acme)
        try name("x", "Annabel", in: acme)
        #expect(try found("ann", in: acme) == ["y", "z", "x"])
        #expect(try found("ann", limit: 2, in: acme) == ["y", "z"])
    }

    @Test func aFormerNameFindsNobody() throws {
        let acme = try Acme()
        try name("u1", "Ada Byron", in: acme)
        try name("u1", "Ada Lovelace", in: acme)
        #expect(try found("byron", in: acme) == [])
        #expect(try found("lovelace", in: acme) == ["u1"])
        let id = try #require(UserID("u1"))
        #expect(try acme.tenant.read { try $0.claimedProfile(of: id) } == Profile(name: "Ada Lovelace"))
        #expect(try acme.tenant.read { try $0.claimedProfile(of: Acme.user("nobody")) } == nil)
    }
}
