import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct MessagesTests {
    @Test func messagesThatAreDueComeOldestFirst() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        #expect(try acme.tenant.read { try $0.nextExpiry() } == nil)
        for (number, seconds) in [(1, 9), (2, 5), (3, 7)] as [(UInt64, Int64)] {
            let message = Message(
                id: .number(number), conversation: Acme.team, seq: number, sender: Acme.alice, at: acme.now, text: "Hi")
            let created = Event.messageCreated(message, expiresAt: acme.now.advanced(bySeconds: seconds))
            try acme.append(Happening(created, to: .conversation(Acme.team)))
        }
        func due(_ seconds: Int64, limit: Int = 9) throws -> [UInt64] {
            try acme.tenant.read { try $0.expired(at: acme.now.advanced(bySeconds: seconds), limit: limit) }
                .map(\.message.seq)
        }
        #expect(try due(4) == [])
        #expect(try due(5) == [2])
        #expect(try due(9) == [2, 3, 1])
        #expect(try due(9, limit: 2) == [2, 3])
        #expect(try acme.tenant.read { try $0.nextExpiry() } == acme.now.advanced(bySeconds: 5))
        try acme.delete(2)
        #expect(try due(9) == [3, 1])
        #expect(try acme.tenant.read { try $0.nextExpiry() } == acme.now.advanced(bySeconds: 7))
    }

    @Test func aTextComesBackByteForByte() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        let texts = ["e\u{301}", "\u{E9}", "👩‍👩‍👧", "a\u{202E}b", #"'; DROP TABLE message; --"#, "\u{FFFD}", "\u{10FFFF}"]
        for (place, text) in texts.enumerated() { try acme.send(UInt64(place + 1), text) }
        let page = try acme.tenant.read { try $0.messages(in: Acme.team, at: .newest, from: 1, limit: 50) }
        #expect(page.messages.map { Array($0.text.utf8) } == texts.map { Array($0.utf8) })
        #expect(!page.hasMore)
    }

    @Test func threadsAreCounted() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        try acme.send(1)
        for number in 2...3 as ClosedRange<UInt64> {
            let reply = MessageSend(conversation: Acme.team, id: .number(number), text: "Re", thread: .number(1))
            try acme.commit(.messageSend(reply), as: Acme.bob)
        }
        #expect(try acme.tenant.read { try $0.message(.number(1)) }?.message.threadCount == 2)
    }
}
