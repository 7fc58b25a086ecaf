extension Event {
    /// The event's JSON, as every client gets it: `{"event":…,"offset":…,"conversation":…,"seq":…,"at":…,…}`.
    ///
    /// `offset` is a durable event's place in the log, nil for the others, which show neither it nor `at`.
    public func json(offset: UInt64?, at: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 640)
        writer.beginObject()
        writer.field("event", name)
        writer.field("offset", offset)
        writePlace(to: &writer)
        if offset != nil { writer.field("at", at) }
        writeRest(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// `message.hidden`: what stands at a `message.created`'s offset for those who block its sender.
    public static func hiddenTwin(
        offset: UInt64, at: Timestamp, conversation: ConversationID, id: MessageID, seq: UInt64
    ) -> [UInt8] {
        let stub = MessageStub(reason: .hidden, id: id, conversation: conversation, seq: seq)
        return json("message.hidden", of: stub, offset: offset, at: at)
    }

    /// What is left of a `message.created` in the log once the message is deleted.
    public static func emptied(
        offset: UInt64, at: Timestamp, conversation: ConversationID, id: MessageID, seq: UInt64
    ) -> [UInt8] {
        let stub = MessageStub(reason: .deleted, id: id, conversation: conversation, seq: seq)
        return json("message.created", of: stub, offset: offset, at: at)
    }

    private static func json(_ name: String, of stub: MessageStub, offset: UInt64, at: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.field("event", name)
        writer.field("offset", offset)
        writer.field("conversation", stub.conversation)
        writer.field("seq", stub.seq)
        writer.field("at", at)
        writer.key("message")
        stub.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Which conversation and, for a message or a cursor, which place in it.
    private func writePlace(to writer: inout JSONWriter) {
        switch self {
        case .messageCreated(let message, _):
            writer.field("conversation", message.conversation)
            writer.field("seq", message.seq)
        case .messageDeleted(let deleted):
            writer.field("conversation", deleted.conversation)
            writer.field("seq", deleted.seq)
        case .conversationCreated(let created):
            writer.field("conversation", created.details.id)
        case .conversationUpdated(let details, _):
            writer.field("conversation", details.id)
        case .memberAdded(let changed), .memberRemoved(let changed):
            writer.field("conversation", changed.details.id)
        case .memberRole(let conversation, _, _, _), .typing(let conversation, _, _):
            writer.field("conversation", conversation)
        case .cursor(let moved):
            writer.field("conversation", moved.conversation)
        case .preferences(let changed):
            writer.field("conversation", changed.conversation)
        case .blockAdded, .blockRemoved, .tenantUpdated, .presence:
            break
        }
    }

    private func writeRest(to writer: inout JSONWriter) {
        switch self {
        case .messageCreated(let message, _):
            writer.key("message")
            if message.isDeleted {
                MessageStub(reason: .deleted, message).write(to: &writer)
            } else {
                message.write(to: &writer)
            }
        case .messageDeleted(let deleted):
            writer.field("id", deleted.id)
            writer.field("by", deleted.by.text)
            writer.field("empties", deleted.empties)
        case .conversationCreated(let created):
            writer.field("by", created.by.text)
            writer.key("details")
            created.details.write(to: &writer)
        case .conversationUpdated(let details, let by):
            writer.field("by", by.text)
            writer.key("details")
            details.write(to: &writer)
        case .memberAdded(let changed):
            writer.field("by", changed.by.text)
            writer.field("users", each: changed.users) { $0.value($1.text) }
            writer.key("details")
            changed.details.write(to: &writer)
        case .memberRemoved(let changed):
            writer.field("by", changed.by.text)
            writer.field("users", each: changed.users) { $0.value($1.text) }
        case .memberRole(_, let by, let user, let role):
            writer.field("by", by.text)
            writer.field("user", user.text)
            writer.field("role", role.rawValue)
        case .blockAdded(_, let user), .blockRemoved(_, let user):
            writer.field("user", user.text)
        case .tenantUpdated(let name, let limits):
            writer.field("name", name)
            writer.key("limits")
            limits.write(to: &writer)
        case .cursor(let moved):
            writer.field("user", moved.user.text)
            writer.field("seq", moved.seq)
        case .preferences(let changed):
            changed.preferences.writeFields(to: &writer)
        case .typing(_, let user, let active):
            writer.field("user", user.text)
            writer.field("active", active)
        case .presence(let presence): presence.writeFields(to: &writer)
        }
    }
}
