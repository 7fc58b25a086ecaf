import Testing
import Wire

@testable import Notifier

@Suite struct DeparturesTests {
    private let now = Timestamp(milliseconds: 1_000)

    private func begin(_ departures: inout Departures, _ line: Int64, _ target: String) -> Bool {
        departures.begin(line, of: target)
    }

    @Test func oneOfALineIsUnderWayAtATime() {
        var departures = Departures(Departures.Bounds(total: 10, perTarget: 10))
        #expect(begin(&departures, 1, "a"))
        #expect(!begin(&departures, 1, "a"))
        #expect(begin(&departures, 2, "a"))
        departures.end(1, of: "a", now: now)
        #expect(begin(&departures, 1, "a"))
        #expect(departures.count == 2)
    }

    @Test func aSlowTargetLeavesRoomForOthers() {
        var departures = Departures(Departures.Bounds(total: 4, perTarget: 2))
        for line in 1...2 as ClosedRange<Int64> { #expect(begin(&departures, line, "slow")) }
        #expect(departures.room(for: "slow") == 0 && departures.room(for: "quick") == 2)
        #expect(!begin(&departures, 3, "slow"))
        departures.wake("slow", at: now)
        departures.wake("quick", at: now)
        #expect(departures.due(at: now) == ["quick"])
        for line in 4...5 as ClosedRange<Int64> { #expect(begin(&departures, line, "quick")) }
        #expect(departures.due(at: now).isEmpty)
        departures.end(1, of: "slow", now: now)
        #expect(departures.due(at: now) == ["slow"])
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
        departures.end(1, of: "a", now: now)
        #expect(departures.count == 0 && departures.due(at: now).isEmpty)
    }
}
