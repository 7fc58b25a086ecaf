/// Everything that can be published (docs/protocol.md §4). A durable event holds all that the tables need to know, so
/// that they are a fold of the log.
public enum Event: Equatable, Sendable {
    case messageCreated(Message, expiresAt: Timestamp?)
    case messageDeleted(MessageDeleted)
    case conversationCreated(ConversationCreated)
    case conversationUpdated(ConversationDetails, by: UserID)
    case memberAdded(MembersChanged)
    case memberRemoved(MembersChanged)
    case memberRole(conversation: ConversationID, by: UserID, user: UserID, role: MemberRole)
    case blockAdded(by: UserID, user: UserID)
    case blockRemoved(by: UserID, user: UserID)
    case tenantUpdated(name: String, limits: ClientLimits)

    case cursor(CursorMoved)
    case preferences(PreferencesChanged)

    case typing(conversation: ConversationID, user: UserID, active: Bool)
    case presence(Presence)
}

/// `message.deleted`; where the message expired, `by` is its sender.
public struct MessageDeleted: Equatable, Sendable {
    public let conversation: ConversationID
    public let seq: UInt64
    public let id: MessageID
    public let by: UserID
    /// The offset of its `message.created`, whose text goes with it.
    public let empties: UInt64

    public init(conversation: ConversationID, seq: UInt64, id: MessageID, by: UserID, empties: UInt64) {
        self.conversation = conversation
        self.seq = seq
        self.id = id
        self.by = by
        self.empties = empties
    }
}

/// `conversation.created`. `members` stand in the routing header and in the log, not in the JSON.
public struct ConversationCreated: Equatable, Sendable {
    public let details: ConversationDetails
    public let by: UserID
    /// With their roles, the creator's own included.
    public let members: [UserID: MemberRole]

    public init(details: ConversationDetails, by: UserID, members: [UserID: MemberRole]) {
        self.details = details
        self.by = by
        self.members = members
    }
}

/// `member.added`, `member.removed`; leaving is removing oneself.
public struct MembersChanged: Equatable, Sendable {
    /// The conversation after the change.
    public let details: ConversationDetails
    public let by: UserID
    /// At least one, in ascending order.
    public let users: [UserID]

    public init(details: ConversationDetails, by: UserID, users: [UserID]) {
        self.details = details
        self.by = by
        self.users = users
    }
}

/// `read`, `received`: a member's cursor moved forward.
public struct CursorMoved: Equatable, Sendable {
    public let kind: CursorKind
    public let conversation: ConversationID
    public let user: UserID
    public let seq: UInt64

    public init(kind: CursorKind, conversation: ConversationID, user: UserID, seq: UInt64) {
        self.kind = kind
        self.conversation = conversation
        self.user = user
        self.seq = seq
    }
}

public enum CursorKind: String, CaseIterable, Sendable {
    case read
    case received
}

extension Event {
    /// What an event is, by the name that clients see.
    public enum Kind: String, CaseIterable, Sendable {
        case messageCreated = "message.created"
        case messageDeleted = "message.deleted"
        case conversationCreated = "conversation.created"
        case conversationUpdated = "conversation.updated"
        case memberAdded = "member.added"
        case memberRemoved = "member.removed"
        case memberRole = "member.role"
        case blockAdded = "block.added"
        case blockRemoved = "block.removed"
        case tenantUpdated = "tenant.updated"
        case read
        case received
        case preferences = "conversation.preferences"
        case typing
        case presence

        /// Stored before anyone sees it, with an offset.
        public var isDurable: Bool {
            switch self {
            case .messageCreated, .messageDeleted, .conversationCreated, .conversationUpdated, .memberAdded,
                .memberRemoved, .memberRole, .blockAdded, .blockRemoved, .tenantUpdated:
                true
            case .read, .received, .preferences, .typing, .presence: false
            }
        }
    }

    public var kind: Kind {
        switch self {
        case .messageCreated: .messageCreated
        case .messageDeleted: .messageDeleted
        case .conversationCreated: .conversationCreated
        case .conversationUpdated: .conversationUpdated
        case .memberAdded: .memberAdded
        case .memberRemoved: .memberRemoved
        case .memberRole: .memberRole
        case .blockAdded: .blockAdded
        case .blockRemoved: .blockRemoved
        case .tenantUpdated: .tenantUpdated
        case .cursor(let moved): moved.kind == .read ? .read : .received
        case .preferences: .preferences
        case .typing: .typing
        case .presence: .presence
        }
    }

    /// The name clients see, such as `message.created`.
    public var name: String { kind.rawValue }

    public var durability: Envelope.Durability {
        switch self {
        case .messageCreated, .messageDeleted, .conversationCreated, .conversationUpdated, .memberAdded, .memberRemoved,
            .memberRole, .blockAdded, .blockRemoved, .tenantUpdated:
            .durable
        case .cursor, .preferences: .state
        case .typing, .presence: .ephemeral
        }
    }
}
