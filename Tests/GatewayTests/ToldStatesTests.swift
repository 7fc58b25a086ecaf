import Testing

@testable import Gateway

@Suite struct ToldStatesTests {
    private func states(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    @Test func whatWasToldIsNoNews() {
        var told = ToldStates()
        #expect(told.isNews(states("a"), at: 5))
        told.tell(states("a"), at: 5)
        #expect(!told.isNews(states("a"), at: 5) && told.isNews(states("a", "b"), at: 5))
        told.tell(states("b"), at: 5)
        #expect(!told.isNews(states("a", "b"), at: 5))
    }

    @Test func aNewerOffsetBeginsAnew() {
        var told = ToldStates()
        told.tell(states("a"), at: 5)
        told.tell(states("b"), at: 6)
        #expect(told.isNews(states("a"), at: 6) && !told.isNews(states("b"), at: 6))
        told.tell(states("c"), at: 4)
        #expect(!told.isNews(states("b"), at: 6))
    }

    @Test func itsMemoryIsBounded() {
        var told = ToldStates()
        for number in 0..<ToldStates.countMax { told.tell(states("\(number)"), at: 1) }
        #expect(!told.isNews(states("never told"), at: 1))
    }
}
