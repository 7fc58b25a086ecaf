import Wire

/// What the terminal asks of the server.
enum ChatCommand: Equatable, Sendable {
    case conversations
    /// What a conversation shows when it is entered.
    case newest(conversation: String)
    case lookBack(conversation: String, before: UInt64?)
    case members(conversation: String)
    case send(conversation: String, id: MessageID, text: String)
    case read(conversation: String, seq: UInt64)
    case received(conversation: String, seq: UInt64)
    case direct(user: String)
    case group(id: ConversationID, title: String, members: [String])
    case rename(conversation: String, title: String)
    case leave(conversation: String)
    case add(conversation: String, users: [String])
    case remove(conversation: String, users: [String])
    case block(user: String)
    case unblock(user: String)
    case user(String)
    case people(query: String)

    var op: Op {
        switch self {
        case .conversations: .conversationList
        case .newest, .lookBack: .messageList
        case .members: .conversationMembers
        case .send: .messageSend
        case .read: .read
        case .received: .received
        case .direct, .group: .conversationCreate
        case .rename: .conversationUpdate
        case .leave: .conversationLeave
        case .add: .memberAdd
        case .remove: .memberRemove
        case .block: .blockAdd
        case .unblock: .blockRemove
        case .user: .userGet
        case .people: .userSearch
        }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .conversations:
            break
        case .newest(let conversation):
            writer.field("conversation", conversation)
            writer.field("limit", UInt64(Self.historyCount))
        case .lookBack(let conversation, let before):
            writer.field("conversation", conversation)
            writer.field("limit", UInt64(Self.historyCount))
            if let before { writer.field("before", before) }
        case .members(let conversation), .leave(let conversation):
            writer.field("conversation", conversation)
        case .send(let conversation, let id, let text):
            writer.field("conversation", conversation)
            writer.field("id", id)
            writer.field("text", text)
        case .read(let conversation, let seq), .received(let conversation, let seq):
            writer.field("conversation", conversation)
            writer.field("seq", seq)
        case .direct(let user):
            writer.field("kind", "direct")
            writer.key("members")
            Self.write([user], to: &writer)
        case .group(let id, let title, let members):
            writer.field("kind", "group")
            writer.field("id", id)
            writer.field("title", title)
            writer.key("members")
            Self.write(members, to: &writer)
        case .rename(let conversation, let title):
            writer.field("conversation", conversation)
            writer.field("title", title)
        case .add(let conversation, let users), .remove(let conversation, let users):
            writer.field("conversation", conversation)
            writer.key("users")
            Self.write(users, to: &writer)
        case .block(let user), .unblock(let user), .user(let user):
            writer.field("user", user)
        case .people(let query):
            writer.field("query", query)
        }
    }

    /// How many messages a look back shows: about a screen.
    static let historyCount = 20

    private static func write(_ texts: [String], to writer: inout JSONWriter) {
        writer.beginArray()
        for text in texts { writer.value(text) }
        writer.endArray()
    }
}
