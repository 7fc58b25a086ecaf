extension Reply {
    /// The whole reply: `{"ref":…,"ok":true,…}` or `{"ref":…,"ok":false,"error":{…}}`, without `ref` where the command
    /// had none.
    public var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.beginObject()
        writer.field("ref", ref)
        switch outcome {
        case .success(let answered):
            writer.field("ok", true)
            answered.write(to: &writer)
        case .failure(let refusal):
            writer.field("ok", false)
            writer.key("error")
            refusal.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension Refusal {
    /// The error object: `{"code":…,"message":…,"field"?:…,"reason"?:…,"retry_after_ms"?:…}`.
    public var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 128)
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("code", code.rawValue)
        writer.field("message", code.message)
        writer.field("field", field)
        writer.field("reason", reason)
        writer.field("retry_after_ms", retryAfterMs.map { UInt64(max(0, $0)) })
        writer.endObject()
    }
}

extension Answered {
    /// The fields after `ok`.
    func write(to writer: inout JSONWriter) {
        switch self {
        case .done:
            break
        case .stored(let offset):
            writer.field("offset", offset)
        case .changed(let offset, let at):
            writer.field("offset", offset)
            writer.field("at", at)
        case .sent(let id, let seq, let offset, let at, let isDuplicate):
            writer.field("id", id)
            writer.field("seq", seq)
            writer.field("offset", offset)
            writer.field("at", at)
            if isDuplicate { writer.field("duplicate", true) }
        case .cursor(let seq, let unread):
            writer.field("seq", seq)
            writer.field("unread", unread)
        case .message(let message):
            writer.key("message")
            message.write(to: &writer)
        case .messages(let messages, let hasMore):
            writer.field("messages", each: messages) { $1.write(to: &$0) }
            writer.field("more", hasMore)
        case .conversation(let conversation):
            writer.key("conversation")
            conversation.write(to: &writer)
        case .conversationInFull(let conversation, let members):
            writer.key("conversation")
            conversation.write(to: &writer, members: members)
        case .conversations(let conversations, let unreadTotal, let cursor):
            writer.field("conversations", each: conversations) { $1.write(to: &$0) }
            writer.field("unread_total", unreadTotal)
            writer.field("cursor", cursor)
        case .members(let members, let cursor):
            writer.field("members", each: members) { $1.write(to: &$0) }
            writer.field("cursor", cursor)
        case .user(let user):
            writer.key("user")
            user.write(to: &writer)
        case .users(let users):
            writer.field("users", each: users) { $1.write(to: &$0) }
        case .presences(let presences):
            writer.field("presences", each: presences) { $1.write(to: &$0) }
        case .links(let links, let expiresAt):
            writer.key("links")
            writer.beginObject()
            for link in links {
                writer.key(link.file)
                writer.value(link.url)
            }
            writer.endObject()
            writer.field("expires_at", expiresAt)
        case .expires(let at):
            writer.field("expires", at)
        }
    }
}
