import Testing
import Wire

@testable import Router

@Suite struct FairLinesTests {
    private func lines(_ items: [(TenantSlug?, Int)], capacity: Int = 100, lineMax: Int = 100) -> FairLines<Int> {
        var lines = FairLines<Int>(.init(items: capacity, lineItems: lineMax))
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

    /// What of a kind still finds room in a line of 16, of 24 in all, in which so much waits.
    @Test(
        arguments: [
            (7, Precedence.allCases), (8, [.presence, .receipt, .history, .kept]), (10, [.receipt, .history, .kept]),
            (12, [.history, .kept]), (14, [.kept]), (16, []),
        ] as [(Int, [Precedence])])
    func aLineThatFillsGivesUpWhatIsOfLittleWeightFirst(waiting: Int, kinds: [Precedence]) {
        let full = lines((0..<waiting).map { (.acme, $0) }, capacity: 24, lineMax: 16)
        let taken = Precedence.allCases.filter { kind in
            var lines = full
            return lines.append(99, of: .acme, kind)
        }
        #expect(taken == kinds)
        // Somebody else's line is as free as before.
        let others = Precedence.allCases.filter { kind in
            var lines = full
            return lines.append(99, of: .bolt, kind)
        }
        #expect(others == Precedence.allCases)
    }

    @Test func whatIsLeftBesideAFullLineFillsInTheSameOrder() {
        var full = lines((0..<16).map { (.acme, $0) }, capacity: 24, lineMax: 16)
        for waiting in 0..<8 {
            let taken = Precedence.allCases.filter { kind in
                var lines = full
                return lines.append(99, of: nil, kind)
            }
            #expect(taken == Precedence.allCases.filter { $0.eighths > waiting }, "\(waiting) of 8")
            let isTaken = full.append(waiting, of: .bolt)
            #expect(isTaken)
        }
        let isTaken = full.append(99, of: nil)
        #expect(!isTaken)
    }

    @Test func bytesFillALineAsItemsDo() {
        var lines = FairLines<Int>(.init(items: 1_000, bytes: 1_000, lineItems: 1_000, lineBytes: 800))
        let taken = (1...20).filter { lines.append($0, of: .acme, bytes: 100) }
        #expect(taken == Array(1...8))
        #expect(lines.bytes == 800)
        let typing = lines.append(21, of: .bolt, .typing, bytes: 50)
        #expect(typing)
        let out = lines.takeTurn(max: 9, joins: nil)
        #expect(out == Array(1...8))
        #expect(lines.bytes == 50)
    }
}
