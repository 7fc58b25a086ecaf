import Testing
import Wire

@Suite struct EventCodingTests {
    @Test func anEmptiedEntryIsWhatADeletedMessagesEventBecomes() {
        let emptied = Event.emptied(
            offset: 9, at: Sample.noon, conversation: Sample.lunch, id: Sample.hello, seq: 45)
        #expect(Event.messageCreated(Sample.deleted, expiresAt: nil).json(offset: 9, at: Sample.noon) == emptied)
        #expect(!String(decoding: emptied, as: UTF8.self).contains("text"))
    }

    @Test func whenAMessageDisappearsIsNotTold() {
        let event = Event.messageCreated(Sample.message, expiresAt: nil)
        let expiring = Event.messageCreated(Sample.message, expiresAt: Sample.noon)
        #expect(event.json(offset: 9, at: Sample.noon) == expiring.json(offset: 9, at: Sample.noon))
    }

    @Test func onlyDurableEventsShowAnOffset() {
        let typing = Event.typing(conversation: Sample.lunch, user: Sample.bob, active: true)
        #expect(typing.durability == .ephemeral)
        #expect(!String(decoding: typing.json(offset: nil, at: Sample.noon), as: UTF8.self).contains("\"offset\""))
        let removed = Event.memberRemoved(MembersChanged(details: Sample.details, by: Sample.bob, users: [Sample.bob]))
        #expect(removed.durability == .durable)
        #expect(String(decoding: removed.json(offset: 9, at: Sample.noon), as: UTF8.self).contains("\"offset\":9,"))
    }
}
