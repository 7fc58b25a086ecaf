import Testing
import Wire

@Suite struct PrecedenceTests {
    @Test func typingGivesWayFirstThenPresenceThenReceiptsThenHistory() {
        let eighths = Precedence.allCases.map(\.eighths)
        #expect(Precedence.allCases == [.typing, .presence, .receipt, .history, .kept])
        #expect(eighths == [4, 5, 6, 7, 8])
    }

    @Test(arguments: Precedence.allCases)
    func eachFindsRoomUpToItsLevel(precedence: Precedence) {
        for max in [8, 16, 8_192, 1 << 20, Int.max] {
            let level = max / 8 * precedence.eighths + max % 8 * precedence.eighths / 8
            #expect(precedence.fits(level - 1, of: max))
            #expect(!precedence.fits(level, of: max))
        }
    }

    @Test(arguments: Precedence.allCases)
    func whereNothingWaitsEverythingFits(precedence: Precedence) {
        #expect(precedence.fits(0, of: 1))
        #expect(precedence.fits(-5, of: 1))
        #expect(!precedence.fits(1, of: 1))
    }

    @Test func whatStoresSomethingIsKeptButForReceipts() {
        for op in Op.allCases where op.route == .write {
            #expect(op.precedence == (op == .read || op == .received ? .receipt : .kept))
        }
        #expect(Op.allCases.filter { $0.route == .query }.allSatisfy { $0.precedence == .history })
    }
}
