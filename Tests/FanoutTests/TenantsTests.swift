import Testing
import Wire

@testable import Fanout

@Suite struct TenantsTests {
    let now = ContinuousClock.now
    let ringBounds = Ring.Bounds(events: 100, bytes: 1_000, age: .seconds(10))

    func tenant(_ bytes: Int) -> Tenants.Tenant {
        var ring = Ring(epoch: "e", first: 1, bounds: ringBounds)
        _ = ring.place(1, [UInt8](repeating: 0, count: bytes), now: now)
        return Tenants.Tenant(ring: ring, router: 0)
    }

    @Test func theSumsFollowEveryChange() {
        var tenants = Tenants(Tenants.Bounds(ring: ringBounds, tenants: 10, bytes: 1_000))
        tenants.put(tenant(100), for: Acme.slug)
        _ = tenants.update(Acme.slug) { $0.ring.place(2, [1, 2, 3], now: now) }
        #expect((tenants.bytes, tenants.events, tenants.count) == (103, 2, 1))
        tenants.put(tenant(7), for: Acme.slug)
        #expect((tenants.bytes, tenants.events, tenants.count) == (7, 1, 1))
        #expect(tenants.update(Acme.slug("nobody")) { _ in 1 } == nil)
        #expect(tenants.evict() == 0)
    }

    @Test func theQuietOnesGoFirst() {
        var tenants = Tenants(Tenants.Bounds(ring: ringBounds, tenants: 3, bytes: 100_000))
        for name in ["a", "b", "c", "d"] { tenants.put(tenant(1), for: Acme.slug(name)) }
        // All are recent: the one that came first goes, and the others have been looked at.
        #expect(tenants.evict() == 1)
        #expect(tenants[Acme.slug("a")] == nil)
        _ = tenants.update(Acme.slug("b")) { $0.isRecent = true }
        tenants.put(tenant(1), for: Acme.slug("e"))
        #expect(tenants.evict() == 1)
        #expect(Set(tenants.slugs) == [Acme.slug("b"), Acme.slug("d"), Acme.slug("e")])
    }

    @Test func oneThatIsTooLargeGoesEvenIfItIsAlone() {
        var tenants = Tenants(Tenants.Bounds(ring: ringBounds, tenants: 3, bytes: 50))
        tenants.put(tenant(100), for: Acme.slug)
        #expect(tenants.evict() == 1)
        #expect((tenants.bytes, tenants.events, tenants.count) == (0, 0, 0))
    }

    @Test func whatIsDueIsFoundWhenItsTimeComes() {
        var tenants = Tenants(Tenants.Bounds(ring: ringBounds, tenants: 3, bytes: 1_000))
        tenants.put(tenant(1), for: Acme.slug)
        _ = tenants.update(Acme.slug) { $0.filling = .due(now + .seconds(1)) }
        #expect(tenants.due(now: now) == [])
        #expect(tenants.due(now: now + .seconds(1)) == [Acme.slug])
        _ = tenants.update(Acme.slug) { $0.filling = .asked }
        #expect(tenants.due(now: now + .seconds(1)) == [])
    }
}
