import Testing
import Wire

@testable import Notifier

@Suite struct DeparturesTests {
    private let now = Timestamp(milliseconds: 1_000)

    private let acme: TenantSlug
    private let globex: TenantSlug

    init() throws {
        acme = try #require(TenantSlug("acme"))
        globex = try #require(TenantSlug("globex"))
    }

    private func begin(
        _ departures: inout Departures, _ line: Int64, _ target: String, for tenant: TenantSlug? = nil
    ) -> Bool {
        departures.begin(line, of: target, for: tenant ?? acme)
    }

    @Test func oneOfALineIsUnderWayAtATime() {
        var departures = Departures(Departures.Bounds(total: 10, perTarget: 10))
        #expect(begin(&departures, 1, "wh_a"))
        #expect(!begin(&departures, 1, "wh_a"))
        #expect(begin(&departures, 2, "wh_a"))
        departures.end(1, of: "wh_a", for: acme, now: now)
        #expect(begin(&departures, 1, "wh_a"))
        #expect(departures.count == 2)
    }

    @Test func aSlowTargetLeavesRoomForOthers() {
        var departures = Departures(Departures.Bounds(total: 4, perTarget: 2))
        for line in 1...2 as ClosedRange<Int64> { #expect(begin(&departures, line, "wh_slow")) }
        #expect(departures.room(for: "wh_slow") == 0 && departures.room(for: "wh_quick") == 2)
        #expect(!begin(&departures, 3, "wh_slow"))
        departures.wake("wh_slow", at: now)
        departures.wake("wh_quick", at: now)
        #expect(departures.due(at: now) == ["wh_quick"])
        for line in 4...5 as ClosedRange<Int64> { #expect(begin(&departures, line, "wh_quick")) }
        #expect(departures.due(at: now).isEmpty)
        departures.end(1, of: "wh_slow", for: acme, now: now)
        #expect(departures.due(at: now) == ["wh_slow"])
    }

    @Test func whoWaitsLongestIsLookedAtFirstAndNobodyTooSoon() {
        var departures = Departures(Departures.Bounds())
        departures.wake("b", at: Timestamp(milliseconds: 900))
        departures.wake("a", at: now)
        departures.wake("c", at: Timestamp(milliseconds: 1_001))
        #expect(departures.due(at: now) == ["b", "a"])
        departures.looked(at: "b", next: nil)
        departures.looked(at: "a", next: Timestamp(milliseconds: 2_000))
        #expect(departures.due(at: now).isEmpty)
        departures.wake("a", at: Timestamp(milliseconds: 1_500))
        #expect(departures.due(at: Timestamp(milliseconds: 1_500)) == ["c", "a"])
    }

    @Test func whatNeverBeganDoesNotEnd() {
        var departures = Departures(Departures.Bounds())
        departures.end(1, of: "wh_a", for: acme, now: now)
        #expect(departures.count == 0 && departures.due(at: now).isEmpty)
    }

    @Test func pushesLeaveHalfOfTheRoomToWebhooks() {
        var departures = Departures(Departures.Bounds(total: 8, perTarget: 8))
        for line in 1...2 as ClosedRange<Int64> {
            #expect(begin(&departures, line, "https://a"))
            #expect(begin(&departures, 10 + line, "https://b", for: globex))
        }
        #expect(departures.room(for: "https://c") == 0 && departures.room(for: "wh_a") == 4)
        #expect(!begin(&departures, 3, "https://c"))
        for line in 4...7 as ClosedRange<Int64> { #expect(begin(&departures, line, "wh_a")) }
        departures.end(1, of: "https://a", for: acme, now: now)
        #expect(departures.room(for: "https://c") == 1)
    }

    @Test func pushesOfOneTenantLeaveRoomForOthersPushes() {
        var departures = Departures(Departures.Bounds(total: 8, perTarget: 8))
        for line in 1...2 as ClosedRange<Int64> { #expect(begin(&departures, line, "https://\(line)")) }
        #expect(departures.fullTenants == [acme])
        #expect(!begin(&departures, 3, "https://3"))
        #expect(begin(&departures, 4, "https://3", for: globex))
        departures.looked(at: "https://3", next: nil)
        #expect(departures.due(at: now).isEmpty)
        departures.end(2, of: "https://2", for: acme, now: now)
        #expect(departures.fullTenants.isEmpty)
        #expect(departures.due(at: now) == ["https://2", "https://3"], "what was passed over is looked at again")
    }
}
