import Seeded
import Testing
import Wire

@testable import Gateway

@Suite struct TenantSharesTests {
    private let start = ContinuousClock.now
    private let one: TenantSlug
    private let two: TenantSlug

    init() throws {
        one = try #require(TenantSlug("one"))
        two = try #require(TenantSlug("two"))
    }

    private func shares(_ max: Int) -> TenantShares<Int> { TenantShares(inHandMax: max) }

    @Test func whoeverTalksAloneWaitsForNothing() {
        var shares = shares(2)
        for request in 0..<100 {
            #expect(shares.take(request, of: one, isContended: false, now: start) == request)
        }
        #expect(shares.waitingCount == 0)
    }

    @Test func besideOthersATenantHasSoMuchInHandAndTheRestWaitsInOrder() {
        var shares = shares(2)
        let taken = (0..<5).map { shares.take($0, of: one, isContended: true, now: start) }
        #expect(taken == [0, 1, nil, nil, nil])
        #expect(shares.take(9, of: two, isContended: true, now: start) == 9)
        #expect(shares.answered(one, isContended: true, now: start) == [2])
        #expect(shares.answered(one, isContended: true, now: start) == [3])
        #expect(shares.answered(two, isContended: true, now: start) == [])
        #expect(shares.waitingCount == 1)
    }

    @Test func whatComesLaterDoesNotOvertakeWhatWaits() {
        var shares = shares(1)
        _ = shares.take(0, of: one, isContended: true, now: start)
        #expect(shares.take(1, of: one, isContended: true, now: start) == nil)
        #expect(shares.take(2, of: one, isContended: false, now: start) == nil)
        #expect(shares.answered(one, isContended: true, now: start) == [1])
        #expect(shares.answered(one, isContended: true, now: start) == [2])
    }

    @Test func onceTheOthersAreSilentEverythingGoesOn() {
        var shares = shares(1)
        for request in 0..<4 { _ = shares.take(request, of: one, isContended: true, now: start) }
        #expect(shares.answered(one, isContended: false, now: start) == [1, 2, 3])
        #expect(shares.waitingCount == 0)
    }

    @Test func behindARouterThatAnswersNothingNobodyWaitsForLong() {
        var shares = shares(1)
        for request in 0..<3 { _ = shares.take(request, of: one, isContended: true, now: start) }
        #expect(shares.released(now: start + .milliseconds(900)) == [])
        #expect(shares.released(now: start + .seconds(1)) == [1, 2])
        #expect(shares.released(now: start + .seconds(2)) == [])
    }

    @Test(arguments: 0..<20)
    func whateverHappensEachRequestGoesOnOnceAndInOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var shares = shares(Int.random(in: 1...4, using: &random))
        var now = start
        var next = 0
        var gone: [Int] = []
        var inHand = 0
        func went(_ requests: [Int]) {
            gone += requests
            inHand += requests.count
        }
        for _ in 0..<400 {
            let isContended = Bool.random(using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0...2:
                went(shares.take(next, of: one, isContended: isContended, now: now).map { [$0] } ?? [])
                next += 1
            case 3 where inHand > 0:
                inHand -= 1
                went(shares.answered(one, isContended: isContended, now: now))
            default:
                now += .milliseconds(Int.random(in: 0...600, using: &random))
                went(shares.released(now: now))
            }
        }
        while inHand > 0 {
            inHand -= 1
            went(shares.answered(one, isContended: true, now: now))
        }
        #expect(gone == Array(0..<next))
        #expect(shares.waitingCount == 0)
    }
}

@Suite struct TalkTests {
    private let start = ContinuousClock.now
    private let one: TenantSlug
    private let two: TenantSlug
    private let three: TenantSlug

    init() throws {
        one = try #require(TenantSlug("one"))
        two = try #require(TenantSlug("two"))
        three = try #require(TenantSlug("three"))
    }

    @Test func aTenantIsAloneUntilAnotherTalks() {
        let talk = Talk()
        #expect(!talk.heard(one, now: start))
        #expect(!talk.heard(one, now: start))
        #expect(talk.heard(two, now: start))
        #expect(talk.isContended(one, now: start))
        #expect(talk.heard(one, now: start))
    }

    @Test func whoeverFellSilentCountsNoLonger() {
        let talk = Talk()
        _ = talk.heard(one, now: start)
        _ = talk.heard(two, now: start)
        #expect(talk.heard(two, now: start + .milliseconds(999)))
        #expect(!talk.heard(two, now: start + .seconds(1)))
        #expect(!talk.isContended(two, now: start + .seconds(1)))
        #expect(talk.isContended(three, now: start + .seconds(1)))
    }
}
