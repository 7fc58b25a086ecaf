import Testing
import Wire

@testable import Notifier

@Suite struct RetryRulesTests {
    private let start = Timestamp(milliseconds: 1_767_225_600_000)
    private let rules = RetryRules()

    private func verdict(
        _ outcome: Outcome, of kind: Delivery.Kind = .webhook, attempts: Int = 1, since first: Int64 = 0
    ) -> Verdict {
        var random = SystemRandomNumberGenerator()
        let now = Timestamp(milliseconds: start.milliseconds + first)
        return rules.verdict(
            outcome, of: kind, attempts: attempts, firstTriedAt: start, now: now, using: &random)
    }

    @Test(arguments: [200, 201, 204, 299]) func whatIsTakenIsDelivered(status: Int) {
        #expect(verdict(.answered(status: status, retryAfter: nil)) == .delivered)
        #expect(verdict(.answered(status: status, retryAfter: nil), of: .push) == .delivered)
    }

    @Test func whoIsGoneIsGone() {
        #expect(verdict(.answered(status: 410, retryAfter: nil)) == .gone(reason: "answered 410"))
        #expect(verdict(.answered(status: 410, retryAfter: nil), of: .push) == .gone(reason: "answered 410"))
        #expect(verdict(.answered(status: 404, retryAfter: nil), of: .push) == .gone(reason: "answered 404"))
        #expect(verdict(.failed(.unusable), of: .push) == .gone(reason: "unusable"))
    }

    @Test(arguments: [300, 307, 400, 404, 429, 500, 503]) func aWebhookIsTriedAgainForAnythingElse(status: Int) {
        guard case .retry(let at) = verdict(.answered(status: status, retryAfter: nil)) else {
            Issue.record("no retry after \(status)")
            return
        }
        #expect((2_500...5_000).contains(at.milliseconds - start.milliseconds))
    }

    @Test func aPushServiceThatRefusesAMessageIsNotAskedAgain() {
        #expect(verdict(.answered(status: 413, retryAfter: nil), of: .push) == .dead(reason: "answered 413"))
        guard case .retry(let at) = verdict(.answered(status: 429, retryAfter: 120), of: .push) else {
            Issue.record("no retry after 429")
            return
        }
        #expect(at.milliseconds - start.milliseconds == 120_000)
    }

    @Test func waitsDoubleUpToAnHourAndNeverComeAtOnce() {
        var random = SystemRandomNumberGenerator()
        for attempts in 1...60 {
            let full = min(3_600_000, 5_000 * (Int64(1) << min(Int64(attempts) - 1, 20)))
            for asked in [nil, -5, 7, Int.max] {
                let wait = rules.wait(after: attempts, asked: asked, using: &random)
                #expect(wait >= full / 2 && wait <= 3_600_000)
                if asked == nil { #expect(wait <= full) }
            }
        }
    }

    @Test(arguments: Outcome.Failure.allCases) func afterADayItIsGivenUp(failure: Outcome.Failure) {
        let last = verdict(.failed(failure), attempts: 30, since: 86_400_000)
        #expect(last == .dead(reason: failure == .unusable ? "unusable" : failure.words))
    }
}
