import Testing

@testable import Supervisor

@Suite struct BackoffTests {
    @Test func waitsDoubleFromATenthOfASecondToFive() {
        var backoff = Backoff()
        let waits = (0..<9).map { _ in backoff.delay(lived: .seconds(1)) }
        #expect(waits == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000].map { .milliseconds($0) })
    }

    @Test func aLongLifeStartsOver() {
        var backoff = Backoff()
        for _ in 0..<5 { _ = backoff.delay(lived: .zero) }
        #expect(backoff.delay(lived: .seconds(30)) == .milliseconds(100))
        #expect(backoff.delay(lived: .zero) == .milliseconds(200))
    }
}
