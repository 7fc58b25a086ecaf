import Seeded
import Testing
import Workload

@Suite struct ReconnectTests {
    @Test(arguments: [(0, 2_000), (1, 1_000), (2, 2_000), (3, 4_000), (5, 16_000), (6, 30_000), (1_000, 30_000)])
    func waitsAreSpreadEvenlyUpToTheirBound(failures: Int, bound: Int) {
        var random = SeededGenerator(seed: 7)
        let waits = (0..<2_000).map { _ in
            Reconnect.delay(failures: failures, window: .milliseconds(2_000), using: &random)
        }
        #expect(waits.allSatisfy { .zero <= $0 && $0 <= .milliseconds(bound) })
        let lower = waits.count { $0 < .milliseconds(bound / 2) }
        // Half of 2,000 tosses, give or take seven standard deviations.
        #expect((844...1_156).contains(lower))
    }

    @Test func aWindowOfNothingIsNoWait() {
        var random = SeededGenerator(seed: 1)
        #expect(Reconnect.delay(failures: 0, window: .zero, using: &random) == .zero)
    }

    @Test(arguments: [
        (UInt16(4_000), CloseAdvice.final), (4_099, .final), (4_101, .backOff), (4_200, .comeBack), (4_203, .comeBack),
        (1_001, .backOff), (1_006, .backOff), (1_011, .backOff),
    ])
    func closeCodesTellWhatToDoByTheirRange(code: UInt16, advice: CloseAdvice) {
        #expect(CloseAdvice(code: code) == advice)
    }

    @Test func noCloseCodeMeansBackingOff() {
        #expect(CloseAdvice(code: nil) == .backOff)
    }

    @Test(arguments: [
        ("retry=1500", Duration.milliseconds(1_500)), ("draining; retry=20", .milliseconds(20)), ("retry=", nil),
        ("retry=-5", nil), ("retry=soon", nil), ("", nil),
    ])
    func aHintInTheReasonIsFound(reason: String, hint: Duration?) {
        #expect(retryHint(in: reason) == hint)
    }
}
