import Testing

@testable import Gateway

@Suite struct PendingTests {
    @Test func anAnswerFindsItsWaiterOnce() {
        var pending = Pending<String>(loop: 3)
        let first = pending.add("first")
        let second = pending.add("second")
        #expect(first != second)
        #expect(Pending<String>.loop(of: first) == 3)
        #expect(pending.take(second)?.waiter == "second")
        #expect(pending.take(second) == nil)
        #expect(pending.count == 1)
        #expect(pending.take(first)?.waiter == "first")
    }

    @Test func bytesAreCountedUntilTheAnswer() {
        var pending = Pending<String>(loop: 0)
        let first = pending.add("first", bytes: 300)
        let second = pending.add(bytes: 50) { "\($0)" }
        #expect(pending.bytes == 350)
        #expect(pending.take(first)?.waiter == "first")
        #expect(pending.take(first) == nil)
        #expect(pending.bytes == 50)
        #expect(pending.take(second)?.waiter == "\(second)")
        #expect(pending.bytes == 0)
    }

    @Test func loopsNeverGiveTheSameId() {
        var ids: Set<UInt64> = []
        for loop in [0, 1, 255] {
            var pending = Pending<Int>(loop: loop)
            for _ in 0..<100 {
                let id = pending.add(loop)
                #expect(ids.insert(id).inserted && Pending<Int>.loop(of: id) == loop)
            }
        }
    }
}
