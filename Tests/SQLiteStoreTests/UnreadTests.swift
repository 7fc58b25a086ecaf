import Domain
import SQLiteStore
import Seeded
import Testing
import Wire

/// Against counting one by one, over enough messages for several full blocks.
@Suite struct UnreadTests {
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func unreadIsWhatCountingGives(seed: UInt64) throws {
        let acme = try Acme()
        var random = SeededGenerator(seed: seed)
        try acme.create(with: Acme.bob, Acme.carol)
        let people = [Acme.alice, Acme.bob, Acme.carol]
        var messages: [(sender: UserID, isDeleted: Bool)] = []
        func expectCounts() throws {
            for user in people {
                for seq in [0, 1, 255, 256, 257, 511, 512, 513, messages.count - 1, messages.count, Int.max] {
                    let after = max(seq, 0)
                    try acme.tenant.read { reads in
                        var counted = 0
                        for (place, message) in messages.enumerated() where place + 1 > after {
                            let isBlocked = try reads.isBlocked(message.sender, by: user)
                            if message.sender != user, !message.isDeleted, !isBlocked { counted += 1 }
                        }
                        let unread = try reads.unread(in: Acme.team, after: UInt64(after), by: user)
                        #expect(unread == UInt64(counted), "after \(after) of \(messages.count), by \(user)")
                        if after == 0 { #expect(try reads.unreadTotal(of: user) == UInt64(counted)) }
                    }
                }
            }
        }
        for target in [1, 255, 256, 257, 512, 700] {
            while messages.count < target {
                let sender = people[Int.random(in: 0..<3, using: &random)]
                messages.append((sender, false))
                try acme.send(UInt64(messages.count), by: sender)
                guard Int.random(in: 0..<20, using: &random) == 0 else { continue }
                let place = Int.random(in: 0..<messages.count, using: &random)
                guard !messages[place].isDeleted else { continue }
                messages[place].isDeleted = true
                try acme.delete(UInt64(place + 1))
            }
            try expectCounts()
        }
        try acme.block(Acme.alice, by: Acme.carol)
        try acme.block(Acme.carol, by: Acme.bob)
        try expectCounts()
    }

    @Test func aTotalCountsFromEachReadersPlace() throws {
        let acme = try Acme()
        let other = ConversationID.number(2)
        try acme.create(with: Acme.bob)
        try acme.create(other, by: Acme.alice, with: Acme.bob)
        for number in 1...6 as ClosedRange<UInt64> { try acme.send(number, to: number > 2 ? other : Acme.team) }
        try acme.move(.read, to: 3, in: other, by: Acme.bob)
        #expect(try acme.tenant.read { try $0.unreadTotal(of: Acme.bob) } == 3)
        #expect(try acme.tenant.read { try $0.unreadTotal(of: Acme.alice) } == 0)
        #expect(try acme.tenant.read { try $0.unreadTotal(of: Acme.carol) } == 0)
    }
}
