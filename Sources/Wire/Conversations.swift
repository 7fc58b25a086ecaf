/// `conversation.create`.
public struct ConversationCreate: Equatable, Sendable {
    public let kind: ConversationKind
    /// As the client wrote them, without repeats; the caller is a member, named or not.
    public let members: [UserID]
    /// Required for a group; for a direct one the id that it gets if it is new.
    public let id: ConversationID?
    public let title: String?
    public let history: HistoryVisibility

    public init(
        kind: ConversationKind, members: [UserID], id: ConversationID?, title: String? = nil,
        history: HistoryVisibility = .all
    ) {
        self.kind = kind
        self.members = members
        self.id = id
        self.title = title
        self.history = history
    }
}

/// `conversation.list`: newest activity first.
public struct ConversationList: Equatable, Sendable {
    /// 1 to 100.
    public let limit: Int
    /// Opaque to clients.
    public let cursor: String?
    public let archived: Bool

    public init(limit: Int = 50, cursor: String? = nil, archived: Bool = false) {
        self.limit = limit
        self.cursor = cursor
        self.archived = archived
    }
}

/// `conversation.get`.
public struct ConversationGet: Equatable, Sendable {
    public let conversation: ConversationID
    public init(conversation: ConversationID) { self.conversation = conversation }
}

/// `conversation.update`; nil leaves a field as it is, an empty text clears it.
public struct ConversationUpdate: Equatable, Sendable {
    public let conversation: ConversationID
    public let title: String?
    public let picture: String?
    /// 0 or at least 5.
    public let expiresAfterSeconds: UInt64?

    public init(
        conversation: ConversationID, title: String? = nil, picture: String? = nil, expiresAfterSeconds: UInt64? = nil
    ) {
        self.conversation = conversation
        self.title = title
        self.picture = picture
        self.expiresAfterSeconds = expiresAfterSeconds
    }
}

/// `conversation.leave`.
public struct ConversationLeave: Equatable, Sendable {
    public let conversation: ConversationID
    public init(conversation: ConversationID) { self.conversation = conversation }
}
