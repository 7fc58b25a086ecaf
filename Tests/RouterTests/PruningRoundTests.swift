import Testing
import Wire

@testable import Router

@Suite struct PruningRoundTests {
    private let start = ContinuousClock.now
    private let slugs = (10..<30).compactMap { TenantSlug("t\($0)") }

    @Test func everyTenantComesUpOnceARound() {
        var round = PruningRound()
        var seen: [TenantSlug] = []
        for second in 0..<59 {
            let due = round.due({ slugs.reversed() }, now: start + .seconds(second))
            #expect(due.count <= PruningRound.atOnce)
            seen += due
        }
        #expect(seen == slugs)
        #expect(round.due({ slugs }, now: start + PruningRound.interval).first == slugs.first)
    }

    @Test func whereNoLogIsBoundNothingIsDue() {
        var round = PruningRound()
        #expect(round.due({ [] }, now: start).isEmpty)
    }
}
