import Testing

@testable import Inspect

@Suite struct FairLineTests {
    private let mallory = Sender(tenant: "acme", user: "mallory")
    private let alice = Sender(tenant: "acme", user: "alice")
    private let bob = Sender(tenant: "globex", user: "bob")

    private func drain(_ line: inout FairLine<Int>) -> [Int] {
        var order: [Int] = []
        while let next = line.next() { order.append(next) }
        return order
    }

    @Test func whoHasMuchToLookAtWaitsForHimself() {
        var line = FairLine<Int>()
        for number in 1...5 { line.append(number, of: mallory) }
        line.append(10, of: alice)
        for number in 20...22 { line.append(number, of: bob) }
        #expect(line.count == 9)
        // A turn of one tenant, a turn of the other; within a tenant the same among its users.
        #expect(drain(&line) == [1, 20, 10, 21, 2, 22, 3, 4, 5])
        #expect(line.count == 0 && line.next() == nil)
    }

    @Test func whoComesAgainAndAgainStandsBehindWhoWaits() {
        var line = FairLine<Int>()
        for number in 10...12 { line.append(number, of: alice) }
        line.append(1, of: mallory)
        var order: [Int] = []
        for number in 2...7 {
            if let next = line.next() { order.append(next) }
            if order.last.map({ $0 < 10 }) ?? false { line.append(number, of: mallory) }
        }
        #expect(order.filter { $0 >= 10 } == [10, 11, 12])
    }
}
