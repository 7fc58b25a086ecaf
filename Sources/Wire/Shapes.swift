/// The shapes that replies and events share (docs/protocol.md §3, Shapes).

/// `user {id, name, picture?}`. A user without a name is shown by their id.
public struct User: Equatable, Sendable {
    public let id: UserID
    public let name: String
    public let picture: String?

    public init(id: UserID, name: String, picture: String? = nil) {
        self.id = id
        self.name = name
        self.picture = picture
    }
}

/// A stored message; `MessageView` is what a reader gets of it.
public struct Message: Equatable, Sendable {
    public let id: MessageID
    public let conversation: ConversationID
    /// From 1, contiguous in its conversation.
    public let seq: UInt64
    public let sender: UserID
    public let at: Timestamp
    /// Empty where the message is deleted.
    public let text: String
    public let attachments: [Attachment]
    public let replyTo: MessageID?
    public let thread: MessageID?
    /// How many messages the thread under this one has; left out of JSON at 0.
    public let threadCount: UInt64
    /// Its one attachment is what somebody said.
    public let isVoice: Bool
    public let isDeleted: Bool

    public init(
        id: MessageID, conversation: ConversationID, seq: UInt64, sender: UserID, at: Timestamp, text: String,
        attachments: [Attachment] = [], replyTo: MessageID? = nil, thread: MessageID? = nil, threadCount: UInt64 = 0,
        isVoice: Bool = false, isDeleted: Bool = false
    ) {
        self.id = id
        self.conversation = conversation
        self.seq = seq
        self.sender = sender
        self.at = at
        self.text = text
        self.attachments = attachments
        self.replyTo = replyTo
        self.thread = thread
        self.threadCount = threadCount
        self.isVoice = isVoice
        self.isDeleted = isDeleted
    }
}

/// A message as one reader may see it.
public enum MessageView: Equatable, Sendable {
    case shown(Message)
    /// `{id, conversation, seq, hidden:true}`: the reader blocks its sender.
    case hidden(id: MessageID, conversation: ConversationID, seq: UInt64)
}

public enum ConversationKind: String, CaseIterable, Sendable {
    case direct
    case group
}

public enum MemberRole: String, CaseIterable, Sendable {
    case owner
    case admin
    case member
}

/// What later members may read.
public enum HistoryVisibility: String, CaseIterable, Sendable {
    case all
    case sinceJoin = "since_join"
}

/// A conversation as all its members see it: `details` in events.
public struct ConversationDetails: Equatable, Sendable {
    public let id: ConversationID
    public let kind: ConversationKind
    public var title: String?
    public var picture: String?
    public let createdAt: Timestamp
    public var memberCount: UInt64
    public var lastSeq: UInt64
    public let history: HistoryVisibility
    /// Disappearing messages: 0 off.
    public var expiresAfterSeconds: UInt64

    public init(
        id: ConversationID, kind: ConversationKind, title: String? = nil, picture: String? = nil, createdAt: Timestamp,
        memberCount: UInt64, lastSeq: UInt64 = 0, history: HistoryVisibility = .all, expiresAfterSeconds: UInt64 = 0
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.picture = picture
        self.createdAt = createdAt
        self.memberCount = memberCount
        self.lastSeq = lastSeq
        self.history = history
        self.expiresAfterSeconds = expiresAfterSeconds
    }
}

/// A conversation as one member sees it.
public struct ConversationView: Equatable, Sendable {
    public let details: ConversationDetails
    public let lastMessage: MessageView?
    public let role: MemberRole
    public let readSeq: UInt64
    public let receivedSeq: UInt64
    public let unread: UInt64
    public let preferences: ConversationPreferences
    /// The other person of a direct conversation.
    public let other: User?

    public init(
        details: ConversationDetails, lastMessage: MessageView? = nil, role: MemberRole, readSeq: UInt64 = 0,
        receivedSeq: UInt64 = 0, unread: UInt64 = 0, preferences: ConversationPreferences = .usual, other: User? = nil
    ) {
        self.details = details
        self.lastMessage = lastMessage
        self.role = role
        self.readSeq = readSeq
        self.receivedSeq = receivedSeq
        self.unread = unread
        self.preferences = preferences
        self.other = other
    }
}

/// `member {user, role, read_seq, received_seq, joined_at}`; `user` is the id, as it is in events.
public struct Member: Equatable, Sendable {
    public let user: UserID
    public let role: MemberRole
    public let readSeq: UInt64
    public let receivedSeq: UInt64
    public let joinedAt: Timestamp

    public init(user: UserID, role: MemberRole, readSeq: UInt64 = 0, receivedSeq: UInt64 = 0, joinedAt: Timestamp) {
        self.user = user
        self.role = role
        self.readSeq = readSeq
        self.receivedSeq = receivedSeq
        self.joinedAt = joinedAt
    }
}

/// `limits` in the reply to `hello` and in `tenant.updated`: `{text, frame_bytes, file_bytes, in_flight}`.
public struct ClientLimits: Equatable, Sendable {
    /// Code points.
    public let text: UInt64
    public let frameBytes: UInt64
    public let fileBytes: UInt64
    public let inFlight: UInt64

    public init(_ settings: TenantSettings) {
        text = settings[.textMax]
        frameBytes = UInt64(Limits.frameBytes)
        fileBytes = settings[.fileBytesMax]
        inFlight = settings[.inFlightMax]
    }
}
