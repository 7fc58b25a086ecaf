import Testing

@testable import Gateway

@Suite struct TokenBucketTests {
    private let start = Parts.start

    @Test func aFullBucketGivesItsBurstAtOnceAndNoMore() {
        var bucket = TokenBucket()
        for _ in 0..<60 { #expect(bucket.take(rate: 20, burst: 60, now: start) == nil) }
        #expect(bucket.take(rate: 20, burst: 60, now: start) == .milliseconds(50))
    }

    @Test func whoWaitsAsLongAsToldGetsThroughAndWhoWaitsLessDoesNot() throws {
        var bucket = TokenBucket()
        for _ in 0..<3 { _ = bucket.take(rate: 7, burst: 3, now: start) }
        let refused = bucket.take(rate: 7, burst: 3, now: start)
        let wait = try #require(refused)
        #expect(bucket.take(rate: 7, burst: 3, now: start + wait - .nanoseconds(1)) != nil)
        #expect(bucket.take(rate: 7, burst: 3, now: start + wait) == nil)
    }

    @Test func milliSecondsAreRoundedUp() {
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.microseconds(1_001).wholeMilliseconds == 2)
        #expect(Duration.seconds(3).wholeMilliseconds == 3_000)
        #expect(Duration.zero.wholeMilliseconds == 1)
    }

    @Test func overASecondNobodyGetsMoreThanRateAndBurst() {
        var bucket = TokenBucket()
        var taken = 0
        for step in 0..<10_000 where bucket.take(rate: 20, burst: 5, now: start + .microseconds(100 * step)) == nil {
            taken += 1
        }
        #expect(taken >= 20 && taken <= 25)
    }

    @Test func itIsFullAgainAfterAWhile() {
        var bucket = TokenBucket()
        #expect(bucket.isFull(at: start))
        _ = bucket.take(rate: 10, burst: 10, now: start)
        #expect(!bucket.isFull(at: start))
        #expect(bucket.isFull(at: start + .milliseconds(100)))
    }
}
