/// Every op a client may name: the one table of them.
public enum Op: String, CaseIterable, Sendable {
    case hello
    case ping
    case tokenRefresh = "token.refresh"
    case messageSend = "message.send"
    case messageDelete = "message.delete"
    case messageGet = "message.get"
    case messageList = "message.list"
    case read
    case received
    case typing
    case conversationCreate = "conversation.create"
    case conversationList = "conversation.list"
    case conversationGet = "conversation.get"
    case conversationMembers = "conversation.members"
    case conversationUpdate = "conversation.update"
    case conversationLeave = "conversation.leave"
    case conversationMute = "conversation.mute"
    case conversationArchive = "conversation.archive"
    case conversationPin = "conversation.pin"
    case memberAdd = "member.add"
    case memberRemove = "member.remove"
    case memberRole = "member.role"
    case blockAdd = "block.add"
    case blockRemove = "block.remove"
    case blockList = "block.list"
    case pushSubscribe = "push.subscribe"
    case pushUnsubscribe = "push.unsubscribe"
    case fileLinks = "file.links"
    case presenceSet = "presence.set"
    case presenceWatch = "presence.watch"
    case userGet = "user.get"
    case userSearch = "user.search"
    case userUpdate = "user.update"

    /// Where a command goes: one of `Command`'s cases.
    public enum Route: String, CaseIterable, Sendable {
        /// To the lane that owns the tenant; the only route that stores something.
        case write
        /// To a snapshot of the tenant's store.
        case query
        /// Through the lane's memory.
        case signal
        /// To what the router knows of who is here.
        case presence
        /// Nowhere: it is the gateway's own.
        case session
    }

    public var route: Route {
        switch self {
        case .hello, .ping, .tokenRefresh: .session
        case .messageSend, .messageDelete, .read, .received, .conversationCreate, .conversationUpdate,
            .conversationLeave, .memberAdd, .memberRemove, .memberRole, .blockAdd, .blockRemove, .userUpdate,
            .conversationMute, .conversationArchive, .conversationPin, .pushSubscribe, .pushUnsubscribe:
            .write
        case .messageGet, .messageList, .conversationList, .conversationGet, .conversationMembers, .blockList, .userGet,
            .userSearch, .fileLinks:
            .query
        case .typing: .signal
        case .presenceSet, .presenceWatch: .presence
        }
    }

    /// Nil where `utf8` is no op's name.
    init?(utf8: some Collection<UInt8>) {
        guard let op = Self.names.first(where: { $0.utf8.count == utf8.count && $0.utf8.elementsEqual(utf8) }) else {
            return nil
        }
        self = op.op
    }

    /// A look along two dozen names is cheaper than a string and its hash.
    private static let names: [(utf8: [UInt8], op: Op)] = allCases.map { (Array($0.rawValue.utf8), $0) }
}

extension Command {
    /// The command of this op, made of its fields.
    init(_ op: Op, _ fields: inout Fields) throws(Refusal) {
        switch op {
        case .hello: self = .session(.hello(try Hello(&fields)))
        case .ping: self = .session(.ping(Ping()))
        case .tokenRefresh: self = .session(.tokenRefresh(try TokenRefresh(&fields)))
        case .messageSend: self = .write(.messageSend(try MessageSend(&fields)))
        case .messageDelete: self = .write(.messageDelete(try MessageDelete(&fields)))
        case .messageGet: self = .query(.messageGet(try MessageGet(&fields)))
        case .messageList: self = .query(.messageList(try MessageList(&fields)))
        case .read: self = .write(.cursorMove(try CursorMove(.read, &fields)))
        case .received: self = .write(.cursorMove(try CursorMove(.received, &fields)))
        case .typing: self = .signal(.typing(try Typing(&fields)))
        case .conversationCreate: self = .write(.conversationCreate(try ConversationCreate(&fields)))
        case .conversationList: self = .query(.conversationList(try ConversationList(&fields)))
        case .conversationGet: self = .query(.conversationGet(try ConversationGet(&fields)))
        case .conversationMembers: self = .query(.conversationMembers(try ConversationMembers(&fields)))
        case .conversationUpdate: self = .write(.conversationUpdate(try ConversationUpdate(&fields)))
        case .conversationLeave: self = .write(.conversationLeave(try ConversationLeave(&fields)))
        case .conversationMute: self = .write(.preferenceSet(try PreferenceSet(.mute, &fields)))
        case .conversationArchive: self = .write(.preferenceSet(try PreferenceSet(.archive, &fields)))
        case .conversationPin: self = .write(.preferenceSet(try PreferenceSet(.pin, &fields)))
        case .memberAdd: self = .write(.memberAdd(try MemberAdd(&fields)))
        case .memberRemove: self = .write(.memberRemove(try MemberRemove(&fields)))
        case .memberRole: self = .write(.memberRole(try MemberRoleSet(&fields)))
        case .blockAdd: self = .write(.blockAdd(try BlockAdd(&fields)))
        case .blockRemove: self = .write(.blockRemove(try BlockRemove(&fields)))
        case .blockList: self = .query(.blockList(BlockList()))
        case .pushSubscribe: self = .write(.pushSubscribe(try PushSubscribe(&fields)))
        case .pushUnsubscribe: self = .write(.pushUnsubscribe(try PushUnsubscribe(&fields)))
        case .fileLinks: self = .query(.fileLinks(try FileLinks(&fields)))
        case .presenceSet: self = .presence(.set(try PresenceSet(&fields)))
        case .presenceWatch: self = .presence(.watch(try PresenceWatch(&fields)))
        case .userGet: self = .query(.userGet(try UserGet(&fields)))
        case .userSearch: self = .query(.userSearch(try UserSearch(&fields)))
        case .userUpdate: self = .write(.userUpdate(try UserUpdate(&fields)))
        }
    }

    public var op: Op {
        switch self {
        case .write(let write): write.op
        case .query(let query): query.op
        case .signal(let signal): signal.op
        case .presence(let presence): presence.op
        case .session(let session): session.op
        }
    }
}

extension Write {
    public var op: Op {
        switch self {
        case .messageSend: .messageSend
        case .messageDelete: .messageDelete
        case .cursorMove(let move): move.kind == .read ? .read : .received
        case .conversationCreate: .conversationCreate
        case .conversationUpdate: .conversationUpdate
        case .conversationLeave: .conversationLeave
        case .preferenceSet(let set):
            switch set.kind {
            case .mute: .conversationMute
            case .archive: .conversationArchive
            case .pin: .conversationPin
            }
        case .pushSubscribe: .pushSubscribe
        case .pushUnsubscribe: .pushUnsubscribe
        case .memberAdd: .memberAdd
        case .memberRemove: .memberRemove
        case .memberRole: .memberRole
        case .blockAdd: .blockAdd
        case .blockRemove: .blockRemove
        case .userUpdate: .userUpdate
        }
    }
}

extension Query {
    public var op: Op {
        switch self {
        case .messageGet: .messageGet
        case .messageList: .messageList
        case .conversationList: .conversationList
        case .conversationGet: .conversationGet
        case .conversationMembers: .conversationMembers
        case .blockList: .blockList
        case .userGet: .userGet
        case .userSearch: .userSearch
        case .fileLinks: .fileLinks
        }
    }
}

extension Signal {
    public var op: Op {
        switch self {
        case .typing: .typing
        }
    }
}

extension PresenceCommand {
    public var op: Op {
        switch self {
        case .set: .presenceSet
        case .watch: .presenceWatch
        }
    }
}

extension SessionCommand {
    public var op: Op {
        switch self {
        case .hello: .hello
        case .ping: .ping
        case .tokenRefresh: .tokenRefresh
        }
    }
}
