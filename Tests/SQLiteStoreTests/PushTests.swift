import Domain
import SQLiteStore
import Testing
import Wire

@Suite struct PushTests {
    private func subscription(_ name: String) -> PushSubscription {
        PushSubscription(
            endpoint: "https://push.example/\(name)", publicKey: [4] + Array(repeating: 1, count: 64),
            secret: Array(repeating: 2, count: 16))
    }

    /// Alice's team with Bob and Carol, who both want to be woken, and a message of Alice's.
    private func acme() throws -> (Acme, MessageID) {
        let acme = try Acme()
        try acme.commit(
            .conversationCreate(
                ConversationCreate(kind: .group, members: [Acme.bob, Acme.carol], id: Acme.team, title: "Team")),
            as: Acme.alice)
        try acme.tenant.write {
            try $0.apply([
                .subscribed(Acme.alice, subscription("alice")), .subscribed(Acme.bob, subscription("bob")),
                .subscribed(Acme.carol, subscription("carol-1")), .subscribed(Acme.carol, subscription("carol-2")),
            ])
        }
        let id = MessageID.number(7)
        try acme.commit(.messageSend(MessageSend(conversation: Acme.team, id: id, text: "hello")), as: Acme.alice)
        return (acme, id)
    }

    private func woken(_ id: MessageID, after: UserID? = nil, limit: Int = 10, in acme: Acme) throws -> [UserID] {
        try acme.tenant.read { try $0.pushAudience(of: id, after: after, limit: limit) }
            .audience?.recipients.map(\.user) ?? []
    }

    @Test func everyOtherMemberIsWokenOnEachBrowser() throws {
        let (acme, id) = try acme()
        let (audience, next) = try acme.tenant.read { try $0.pushAudience(of: id, after: nil, limit: 10) }
        let found = try #require(audience)
        #expect(found.conversation == Acme.team && found.seq == 1 && found.title == "Team" && found.text == "hello")
        #expect(found.sender == "Alice")
        #expect(found.recipients.map(\.user) == [Acme.bob, Acme.carol])
        #expect(found.recipients.map(\.unread) == [1, 1])
        #expect(found.recipients[1].subscriptions == [subscription("carol-1"), subscription("carol-2")])
        #expect(next == nil)
    }

    @Test func aLongListComesInPages() throws {
        let (acme, id) = try acme()
        let first = try acme.tenant.read { try $0.pushAudience(of: id, after: nil, limit: 1) }
        #expect(first.audience?.recipients.map(\.user) == [Acme.bob] && first.next == Acme.bob)
        let second = try acme.tenant.read { try $0.pushAudience(of: id, after: Acme.bob, limit: 1) }
        #expect(second.audience?.recipients.map(\.user) == [Acme.carol] && second.next == nil)
        #expect(second.audience?.recipients.first?.subscriptions.count == 2)
    }

    @Test func whoMutedBlocksOrHasReadIsLeftAlone() throws {
        let (acme, id) = try acme()
        try acme.commit(
            .preferenceSet(PreferenceSet(.mute, conversation: Acme.team, isOn: true)), as: Acme.bob)
        #expect(try woken(id, in: acme) == [Acme.carol])
        try acme.commit(.blockAdd(BlockAdd(user: Acme.alice)), as: Acme.carol)
        #expect(try woken(id, in: acme).isEmpty)
        try acme.commit(
            .preferenceSet(PreferenceSet(.mute, conversation: Acme.team, isOn: false)), as: Acme.bob)
        #expect(try woken(id, in: acme) == [Acme.bob])
        try acme.commit(.cursorMove(CursorMove(kind: .read, conversation: Acme.team, seq: 1)), as: Acme.bob)
        #expect(try woken(id, in: acme).isEmpty)
    }

    @Test func whoLeftIsLeftAloneAndAnUnknownMessageWakesNobody() throws {
        let (acme, id) = try acme()
        try acme.commit(.conversationLeave(ConversationLeave(conversation: Acme.team)), as: Acme.bob)
        #expect(try woken(id, in: acme) == [Acme.carol])
        #expect(try woken(MessageID.number(99), in: acme).isEmpty)
    }

    @Test func theOldestOfTooManyGoes() throws {
        let (acme, id) = try acme()
        for number in 0..<PushSubscription.countMax {
            try acme.tenant.write { try $0.apply([.subscribed(Acme.bob, subscription("\(number)"))]) }
        }
        // Said again, it is the newest.
        try acme.tenant.write { try $0.apply([.subscribed(Acme.bob, subscription("0"))]) }
        try acme.tenant.write { try $0.apply([.subscribed(Acme.bob, subscription("new"))]) }
        let found = try acme.tenant.read { try $0.pushAudience(of: id, after: nil, limit: 1) }
        let names = found.audience?.recipients.first?.subscriptions.map { $0.endpoint.split(separator: "/").last }
        #expect(names?.count == PushSubscription.countMax)
        #expect(names?.contains("1") == false && names?.contains("bob") == false && names?.contains("0") == true)
    }

    @Test func aBrowserIsWhosePersonSaidSoLast() throws {
        let (acme, id) = try acme()
        try acme.tenant.write { try $0.apply([.subscribed(Acme.carol, subscription("bob"))]) }
        #expect(try woken(id, in: acme) == [Acme.carol])
        try acme.tenant.write { try $0.apply([.unsubscribed(Acme.bob, endpoint: subscription("bob").endpoint)]) }
        let found = try acme.tenant.read { try $0.pushAudience(of: id, after: nil, limit: 9) }
        #expect(found.audience?.recipients.first?.subscriptions.count == 3, "nobody ends another's")
    }

    @Test func whatIsToDisappearIsNotTold() throws {
        let (acme, _) = try acme()
        try acme.commit(
            .conversationUpdate(ConversationUpdate(conversation: Acme.team, expiresAfterSeconds: 60)), as: Acme.alice)
        let id = MessageID.number(8)
        try acme.commit(.messageSend(MessageSend(conversation: Acme.team, id: id, text: "secret")), as: Acme.alice)
        let found = try acme.tenant.read { try $0.pushAudience(of: id, after: nil, limit: 9) }
        #expect(found.audience?.text == "" && found.audience?.recipients.isEmpty == false)
    }

    @Test func preferencesThatChangedSinceAreToldOnce() throws {
        let (acme, _) = try acme()
        try acme.commit(
            .preferenceSet(PreferenceSet(.pin, conversation: Acme.team, isOn: true)), as: Acme.bob)
        let newest = try acme.tenant.read { try $0.newestOffset }
        func states(_ user: UserID?, since: UInt64) throws -> [String] {
            try acme.tenant.read { try $0.changedStates(of: user, since: since) }.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let told =
            #"{"event":"conversation.preferences","conversation":"\#(Acme.team.text)","muted":false,"#
            + #""archived":false,"pinned":true}"#
        #expect(try states(Acme.bob, since: newest) == [told])
        #expect(try states(nil, since: 0) == [told])
        #expect(try states(Acme.bob, since: newest + 1).isEmpty)
        #expect(try states(Acme.carol, since: 0).isEmpty)
    }
}
