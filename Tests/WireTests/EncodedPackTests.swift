import Testing
import Wire

@Suite struct EncodedPackTests {
    @Test func itIsTheSamePackWithoutDecoding() throws {
        let tenant = try #require(TenantSlug("acme"))
        let alice = try #require(UserID("alice"))
        let room = ConversationID(bits: UUIDBits(high: 1, low: 2))
        let envelopes = [
            Envelope(
                offset: 5, durability: .durable, scope: .conversation(room), effect: .joins([alice]), json: [1, 2]),
            Envelope(offset: 0, durability: .ephemeral, scope: .user(alice), except: [alice], json: []),
            Envelope(offset: 6, durability: .durable, scope: .system, hiddenFor: [alice], hidden: [9], json: [3]),
        ]
        let pack = EventPack(tenant: tenant, epoch: "e7", envelopes: envelopes)
        let encoded = try EncodedPack(pack.bytes)
        #expect(encoded.tenant == tenant)
        #expect(encoded.epoch == "e7")
        #expect(encoded.events.map(\.offset) == [5, 0, 6])
        #expect(encoded.bytes == pack.bytes)
        #expect(encoded.answerBytes(id: 3) == ReplayAnswer.events(id: 3, pack).bytes)
        let part = EncodedPack(tenant: tenant, epoch: "e7", events: [encoded.events[0], encoded.events[2]])
        #expect(
            part.bytes == EventPack(tenant: tenant, epoch: "e7", envelopes: [envelopes[0], envelopes[2]]).bytes)
    }

    @Test func whatIsNotWholeIsRefused() throws {
        let tenant = try #require(TenantSlug("acme"))
        let envelope = Envelope(offset: 5, durability: .durable, scope: .system, json: [1, 2])
        let bytes = EventPack(tenant: tenant, epoch: "e7", envelopes: [envelope]).bytes
        for count in 0..<bytes.count { #expect(throws: BinaryFault.self) { try EncodedPack(Array(bytes[..<count])) } }
        #expect(throws: BinaryFault.self) { try EncodedPack(bytes + [0]) }
    }
}
