import Testing
import Wire

@testable import Router

@Suite struct FairLinesTests {
    private func lines(_ items: [(TenantSlug?, Int)], capacity: Int = 100, lineMax: Int = 100) -> FairLines<Int> {
        var lines = FairLines<Int>(capacity: capacity, lineMax: lineMax)
        for (tenant, item) in items { _ = lines.append(item, of: tenant) }
        return lines
    }

    /// What comes out in each turn.
    private func turns(_ lines: inout FairLines<Int>, max: Int) -> [[Int]] {
        var turns: [[Int]] = []
        while !lines.isEmpty { turns.append(lines.takeTurn(max: max, joins: nil)) }
        return turns
    }

    @Test func linesTakeTurnsAndKeepTheirOrder() {
        var lines = lines([(.acme, 1), (.acme, 2), (.acme, 3), (.bolt, 10), (nil, 20)])
        #expect(turns(&lines, max: 2) == [[1, 2], [10], [20], [3]])
        let nothing = lines.takeTurn(max: 9, joins: nil)
        #expect(nothing == [])
    }

    @Test func aTenantThatFillsItsLineLeavesRoomForOthers() {
        var lines = lines([], capacity: 5, lineMax: 3)
        let noisy = (1...10).filter { lines.append($0, of: .acme) }
        let other = (11...20).filter { lines.append($0, of: .bolt) }
        #expect(noisy == [1, 2, 3])
        #expect(other == [11, 12])
        #expect(turns(&lines, max: 9) == [[1, 2, 3], [11, 12]])
        let again = lines.append(4, of: .acme)
        #expect(again)
    }

    @Test func onlyWhatJoinsTheOneBeforeIsTakenAlong() {
        var lines = lines([(.acme, 1), (.acme, 1), (.acme, 2), (.bolt, 1)])
        let turns = (0..<3).map { _ in lines.takeTurn(max: 9, joins: ==) }
        #expect(turns == [[1, 1], [1], [2]])
    }

    @Test func nobodyWaitsLongerThanTheOthersTurns() {
        let tenants: [TenantSlug?] = [.acme, .bolt, nil]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let items = (0..<200).map { (tenants.randomElement(using: &random) ?? nil, $0) }
            var lines = lines(items, capacity: 1_000, lineMax: 1_000)
            var out: [TenantSlug?: [Int]] = [:]
            while !lines.isEmpty {
                for item in lines.takeTurn(max: Int.random(in: 1...9, using: &random), joins: nil) {
                    out[items[item].0, default: []].append(item)
                }
            }
            for tenant in tenants {
                #expect(out[tenant, default: []] == items.filter { $0.0 == tenant }.map(\.1))
            }
        }
    }
}
