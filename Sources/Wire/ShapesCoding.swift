/// The shapes as JSON. Fields stand in the order of docs/protocol.md §3, Shapes.

extension User {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id.text)
        writer.field("name", name)
        writer.field("picture", picture)
        writer.endObject()
    }
}

extension Message {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id)
        writer.field("conversation", conversation)
        writer.field("seq", seq)
        writer.field("sender", sender.text)
        writer.field("at", at)
        writer.field("text", text)
        writer.field("attachments", each: attachments) { $1.write(to: &$0) }
        writer.field("reply_to", replyTo)
        writer.field("thread", thread)
        if threadCount > 0 { writer.field("thread_count", threadCount) }
        if isVoice { writer.field("voice", true) }
        if isDeleted { writer.field("deleted", true) }
        writer.endObject()
    }
}

/// What stands in a message's place: `{id, conversation, seq, hidden:true}` for who blocks its sender, the same with
/// `deleted:true` in the log.
struct MessageStub {
    enum Reason: String {
        case hidden
        case deleted
    }

    let reason: Reason
    let id: MessageID
    let conversation: ConversationID
    let seq: UInt64

    init(reason: Reason, id: MessageID, conversation: ConversationID, seq: UInt64) {
        self.reason = reason
        self.id = id
        self.conversation = conversation
        self.seq = seq
    }

    init(reason: Reason, _ message: Message) {
        self.init(reason: reason, id: message.id, conversation: message.conversation, seq: message.seq)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id)
        writer.field("conversation", conversation)
        writer.field("seq", seq)
        switch reason {
        case .hidden: writer.field("hidden", true)
        case .deleted: writer.field("deleted", true)
        }
        writer.endObject()
    }
}

extension MessageView {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .shown(let message):
            message.write(to: &writer)
        case .hidden(let id, let conversation, let seq):
            MessageStub(reason: .hidden, id: id, conversation: conversation, seq: seq).write(to: &writer)
        }
    }
}

extension ConversationDetails {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeHead(to: &writer)
        writeTail(to: &writer)
        writer.endObject()
    }

    fileprivate func writeHead(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("kind", kind.rawValue)
        writer.field("title", title)
        writer.field("picture", picture)
        writer.field("created_at", createdAt)
        writer.field("member_count", memberCount)
        writer.field("last_seq", lastSeq)
    }

    fileprivate func writeTail(to writer: inout JSONWriter) {
        writer.field("history", history.rawValue)
        writer.field("expires_after_s", expiresAfterSeconds)
    }
}

extension ConversationView {
    /// With `members` and `pins` where the members are given.
    func write(to writer: inout JSONWriter, members: [Member]? = nil) {
        writer.beginObject()
        details.writeHead(to: &writer)
        if let lastMessage {
            writer.key("last_message")
            lastMessage.write(to: &writer)
        }
        writer.field("role", role.rawValue)
        writer.field("read_seq", readSeq)
        writer.field("received_seq", receivedSeq)
        writer.field("unread", unread)
        writer.field("mentions_unread", 0)
        preferences.writeFields(to: &writer)
        details.writeTail(to: &writer)
        if let other {
            writer.key("other")
            other.write(to: &writer)
        }
        if let members {
            writer.field("members", each: members) { $1.write(to: &$0) }
            writer.key("pins")
            writer.beginArray()
            writer.endArray()
        }
        writer.endObject()
    }
}

extension Member {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("user", user.text)
        writer.field("role", role.rawValue)
        writer.field("read_seq", readSeq)
        writer.field("received_seq", receivedSeq)
        writer.field("joined_at", joinedAt)
        writer.endObject()
    }
}

extension ClientLimits {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("text", text)
        writer.field("frame_bytes", frameBytes)
        writer.field("file_bytes", fileBytes)
        writer.field("in_flight", inFlight)
        writer.endObject()
    }
}
