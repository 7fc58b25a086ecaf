import Testing
import Wire

@testable import Gateway

@Suite struct UploadSeatsTests {
    private let alice = UserID("alice")
    private let bob = UserID("bob")

    @Test func nobodyTakesAllOfThem() throws {
        let acme = try #require(TenantSlug("acme"))
        let (alice, bob) = (try #require(alice), try #require(bob))
        let seats = UploadSeats(max: 3, perUserMax: 2)
        #expect(seats.take(alice, in: acme) && seats.take(alice, in: acme))
        #expect(!seats.take(alice, in: acme))
        #expect(seats.take(bob, in: acme))
        #expect(!seats.take(bob, in: acme), "there are no more")
        seats.giveBack(alice, in: acme)
        #expect(seats.take(bob, in: acme))
        for _ in 0..<2 { seats.giveBack(bob, in: acme) }
        seats.giveBack(alice, in: acme)
        #expect(seats.count == 0)
    }

    @Test func noTenantTakesAllOfThem() throws {
        let (acme, globex) = (try #require(TenantSlug("acme")), try #require(TenantSlug("globex")))
        let alice = try #require(alice)
        let seats = UploadSeats(max: 8, perUserMax: 8)
        for _ in 0..<6 { #expect(seats.take(alice, in: acme)) }
        #expect(!seats.take(alice, in: acme))
        for _ in 0..<2 { #expect(seats.take(alice, in: globex)) }
        #expect(!seats.take(alice, in: globex), "there are no more")
        seats.giveBack(alice, in: acme)
        #expect(seats.take(alice, in: acme))
        for _ in 0..<6 { seats.giveBack(alice, in: acme) }
        for _ in 0..<2 { seats.giveBack(alice, in: globex) }
        #expect(seats.count == 0)
    }
}
