import Testing
import Wire

@testable import Router

@Suite struct QuietRoundTests {
    private let start = ContinuousClock.now
    private let slugs = (10..<30).compactMap { TenantSlug("t\($0)") }

    @Test func everyTenantComesUpOnceARound() {
        var round = QuietRound()
        var seen: [TenantSlug] = []
        for second in 0..<59 {
            let due = round.due({ slugs.reversed() }, now: start + .seconds(second))
            #expect(due.count <= QuietRound.atOnce)
            seen += due
        }
        #expect(seen == slugs)
        #expect(round.due({ slugs }, now: start + QuietRound.interval).first == slugs.first)
    }

    @Test func whereThereIsNobodyToComeByNothingIsDue() {
        var round = QuietRound()
        #expect(round.due({ [] }, now: start).isEmpty)
    }
}
