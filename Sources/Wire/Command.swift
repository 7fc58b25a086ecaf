/// One client frame: `{"op":…, "ref":…, …}`, parsed once and valid for good.
public struct Frame: Equatable, Sendable {
    /// At most 64 code points; comes back in the reply.
    public let ref: String?
    /// `as`: whom a service acts for.
    public let actingAs: UserID?
    public let command: Command

    public init(ref: String?, actingAs: UserID? = nil, command: Command) {
        self.ref = ref
        self.actingAs = actingAs
        self.command = command
    }
}

/// A command by where it may go: the lane that owns the tenant, a snapshot of its store, memory, or the gateway.
public enum Command: Equatable, Sendable {
    case write(Write)
    case query(Query)
    case signal(Signal)
    case presence(PresenceCommand)
    case session(SessionCommand)
}

/// Stores something.
public enum Write: Equatable, Sendable {
    case messageSend(MessageSend)
    case messageDelete(MessageDelete)
    case cursorMove(CursorMove)
    case conversationCreate(ConversationCreate)
    case conversationUpdate(ConversationUpdate)
    case conversationLeave(ConversationLeave)
    case preferenceSet(PreferenceSet)
    case memberAdd(MemberAdd)
    case memberRemove(MemberRemove)
    case memberRole(MemberRoleSet)
    case blockAdd(BlockAdd)
    case blockRemove(BlockRemove)
    case pushSubscribe(PushSubscribe)
    case pushUnsubscribe(PushUnsubscribe)
    case userUpdate(UserUpdate)
}

/// Reads from a snapshot.
public enum Query: Equatable, Sendable {
    case messageGet(MessageGet)
    case messageList(MessageList)
    case conversationList(ConversationList)
    case conversationGet(ConversationGet)
    case conversationMembers(ConversationMembers)
    case blockList(BlockList)
    case userGet(UserGet)
    case userSearch(UserSearch)
    case fileLinks(FileLinks)
}

/// Goes through the lane's memory only.
public enum Signal: Equatable, Sendable {
    case typing(Typing)
}

/// Says or asks who is here, which the router has in memory.
public enum PresenceCommand: Equatable, Sendable {
    case set(PresenceSet)
    case watch(PresenceWatch)
}

/// The gateway's own.
public enum SessionCommand: Equatable, Sendable {
    case hello(Hello)
    case ping(Ping)
    case tokenRefresh(TokenRefresh)
}
