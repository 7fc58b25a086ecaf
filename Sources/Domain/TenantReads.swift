public import Wire

/// All that a store must offer to the rules: reads through one transaction or snapshot, no rule in them.
public typealias TenantReads = BlockReads & ConversationReads & FileReads & MemberReads & MessageReads & UserReads

/// A message with what only the rules need.
public struct StoredMessage: Equatable, Sendable {
    public let message: Message
    /// Of its `message.created`.
    public let offset: UInt64
    public let expiresAt: Timestamp?
    /// Of its `message.deleted`.
    public let deletion: Deletion?

    public struct Deletion: Equatable, Sendable {
        public let offset: UInt64
        public let at: Timestamp

        public init(offset: UInt64, at: Timestamp) {
            self.offset = offset
            self.at = at
        }
    }

    public init(message: Message, offset: UInt64, expiresAt: Timestamp? = nil, deletion: Deletion? = nil) {
        self.message = message
        self.offset = offset
        self.expiresAt = expiresAt
        self.deletion = deletion
    }
}

public protocol MessageReads {
    func message(_ id: MessageID) throws -> StoredMessage?
    /// In ascending seq, none below `firstSeq`, at most `limit`; whether there are more in the direction asked for.
    func messages(
        in conversation: ConversationID, at position: MessageList.Position, from firstSeq: UInt64, limit: Int
    ) throws -> (messages: [Message], hasMore: Bool)
    /// The message with the highest seq, if any and if its seq is at least `firstSeq`.
    func lastMessage(in conversation: ConversationID, from firstSeq: UInt64) throws -> Message?
    /// How many messages after `seq` are neither by `user` nor by someone `user` blocks, nor deleted.
    func unread(in conversation: ConversationID, after seq: UInt64, by user: UserID) throws -> UInt64
    /// Messages due to disappear at `now`, the oldest first.
    func expired(at now: Timestamp, limit: Int) throws -> [StoredMessage]
}

/// A conversation with what only the rules need.
public struct StoredConversation: Equatable, Sendable {
    public let details: ConversationDetails
    public let creator: UserID
    /// Of `conversation.created`, and of the last `conversation.updated` or else the former.
    public let createdOffset: UInt64
    public let updatedOffset: UInt64

    public init(details: ConversationDetails, creator: UserID, createdOffset: UInt64, updatedOffset: UInt64) {
        self.details = details
        self.creator = creator
        self.createdOffset = createdOffset
        self.updatedOffset = updatedOffset
    }
}

public protocol ConversationReads {
    func conversation(_ id: ConversationID) throws -> StoredConversation?
    func directConversation(between one: UserID, and other: UserID) throws -> ConversationID?
    /// The user's conversations with activity (newest message, or else creation or joining) before that offset, newest
    /// activity first: those that the user has archived, or the others. Each with its activity's offset, which no two
    /// share.
    func conversations(
        of user: UserID, archived: Bool, activeBefore offset: UInt64?, limit: Int
    ) throws -> [(conversation: ConversationID, activity: UInt64)]
    /// Over all conversations of the user, by the rule of `MessageReads.unread`.
    func unreadTotal(of user: UserID) throws -> UInt64
}

/// One user in one conversation, now.
public struct Membership: Equatable, Sendable {
    public let member: Member
    /// The first message that the member may read.
    public let firstSeq: UInt64
    /// Of the event that made the user a member, and of the one that set the role.
    public let joinedOffset: UInt64
    public let roleOffset: UInt64

    public init(member: Member, firstSeq: UInt64, joinedOffset: UInt64, roleOffset: UInt64) {
        self.member = member
        self.firstSeq = firstSeq
        self.joinedOffset = joinedOffset
        self.roleOffset = roleOffset
    }
}

public protocol MemberReads {
    func membership(of user: UserID, in conversation: ConversationID) throws -> Membership?
    /// Of the event that ended the user's last membership; nil where there never was one.
    func leftOffset(of user: UserID, in conversation: ConversationID) throws -> UInt64?
    /// In order of joining, then of id, after that member; at most `limit`.
    func members(
        of conversation: ConversationID, after member: (joinedOffset: UInt64, user: UserID)?, limit: Int
    ) throws -> [Membership]
    /// How the user has the conversation; as everybody begins where the user is no member.
    func preferences(of user: UserID, in conversation: ConversationID) throws -> ConversationPreferences
    func ownerCount(of conversation: ConversationID) throws -> UInt64
    /// The other person of a direct conversation.
    func other(than user: UserID, in conversation: ConversationID) throws -> UserID?
}

public protocol BlockReads {
    func isBlocked(_ user: UserID, by blocker: UserID) throws -> Bool
    /// Of the last `block.added` or `block.removed` between the two in this direction; 0 where there is none.
    func blockOffset(of user: UserID, by blocker: UserID) throws -> UInt64
    /// Whom the user blocks, in ascending order.
    func blocked(by user: UserID) throws -> [UserID]
    /// Who blocks the user, in ascending order.
    func blockers(of user: UserID) throws -> [UserID]
    /// The members that block `user`, in ascending order.
    func blockers(of user: UserID, in conversation: ConversationID) throws -> [UserID]
    /// The members that `user` blocks, in ascending order.
    func blocked(by user: UserID, in conversation: ConversationID) throws -> [UserID]
}

public protocol UserReads {
    func user(_ id: UserID) throws -> User?
    /// What the last token said about the user.
    func claimedProfile(of id: UserID) throws -> Profile?
    /// When the users were last seen, nil where they never went; those whom nobody has seen are left out. At most
    /// `Limits.presenceUsers` of them.
    func lastSeen(of users: [UserID]) throws -> [UserID: Timestamp?]
    /// By the beginning of a word of the name or of the id; in order of name, then of id. Case counts in neither.
    func users(matching query: String, limit: Int) throws -> [User]
}
