/// `conversation.members`: a page in the order of joining.
public struct ConversationMembers: Equatable, Sendable {
    public let conversation: ConversationID
    /// Opaque to clients.
    public let cursor: String?
    /// 1 to 100.
    public let limit: Int

    public init(conversation: ConversationID, cursor: String? = nil, limit: Int = 100) {
        self.conversation = conversation
        self.cursor = cursor
        self.limit = limit
    }
}

/// `member.add`; 1 to 100 users, without repeats.
public struct MemberAdd: Equatable, Sendable {
    public let conversation: ConversationID
    public let users: [UserID]

    public init(conversation: ConversationID, users: [UserID]) {
        self.conversation = conversation
        self.users = users
    }
}

/// `member.remove`; 1 to 100 users, without repeats.
public struct MemberRemove: Equatable, Sendable {
    public let conversation: ConversationID
    public let users: [UserID]

    public init(conversation: ConversationID, users: [UserID]) {
        self.conversation = conversation
        self.users = users
    }
}

/// `member.role`.
public struct MemberRoleSet: Equatable, Sendable {
    public let conversation: ConversationID
    public let user: UserID
    public let role: MemberRole

    public init(conversation: ConversationID, user: UserID, role: MemberRole) {
        self.conversation = conversation
        self.user = user
        self.role = role
    }
}

extension ConversationMembers {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        cursor = try fields.optionalText("cursor", codePoints: 1...Limits.cursorCodePoints)
        limit = try fields.limit(max: Limits.membersPerPage, otherwise: Limits.membersPerPage)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("cursor", cursor)
        writer.field("limit", UInt64(limit))
    }
}

extension MemberAdd {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        users = try fields.users("users", count: 1...Limits.usersPerCommand)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("users", each: users) { $0.value($1.text) }
    }
}

extension MemberRemove {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        users = try fields.users("users", count: 1...Limits.usersPerCommand)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("users", each: users) { $0.value($1.text) }
    }
}

extension MemberRoleSet {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        user = try fields.user("user")
        role = try fields.choice("role")
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("user", user.text)
        writer.field("role", role.rawValue)
    }
}
