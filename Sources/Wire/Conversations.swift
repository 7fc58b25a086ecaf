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

extension ConversationCreate {
    init(_ fields: inout Fields) throws(Refusal) {
        kind = try fields.choice("kind")
        // The caller may stand among them or not: whether one too many remains is for the rules to say.
        members = try fields.users("members", count: 0...Limits.groupMembers)
        id = try fields.optionalIdentifier("id")
        if kind == .group, id == nil { throw Fields.wrong("id") }
        let title = try fields.optionalTrimmedText("title", codePoints: 0...Limits.titleCodePoints)
        if kind == .direct, title != nil { throw Fields.wrong("title") }
        self.title = title?.isEmpty == false ? title : nil
        history = try fields.optionalChoice("history") ?? .all
    }

    func write(to writer: inout JSONWriter) {
        writer.field("kind", kind.rawValue)
        writer.field("members", each: members) { $0.value($1.text) }
        writer.field("id", id)
        writer.field("title", title)
        if history != .all { writer.field("history", history.rawValue) }
    }
}

extension ConversationList {
    init(_ fields: inout Fields) throws(Refusal) {
        limit = try fields.limit(max: Limits.conversationsPerPage, otherwise: 50)
        cursor = try fields.optionalText("cursor", codePoints: 1...Limits.cursorCodePoints)
        archived = try fields.optionalBoolean("archived") ?? false
    }

    func write(to writer: inout JSONWriter) {
        writer.field("limit", UInt64(limit))
        writer.field("cursor", cursor)
        if archived { writer.field("archived", true) }
    }
}

extension ConversationGet {
    init(_ fields: inout Fields) throws(Refusal) { conversation = try fields.identifier("conversation") }

    func write(to writer: inout JSONWriter) { writer.field("conversation", conversation) }
}

extension ConversationUpdate {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        title = try fields.optionalTrimmedText("title", codePoints: 0...Limits.titleCodePoints)
        picture = try fields.optionalTrimmedText("picture", codePoints: 0...Limits.pictureCodePoints)
        expiresAfterSeconds = try fields.optionalInteger("expires_after_s")
        if let seconds = expiresAfterSeconds, seconds != 0,
            !(Limits.expirySecondsMin...Limits.expirySecondsMax).contains(seconds)
        {
            throw Fields.wrong("expires_after_s")
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("title", title)
        writer.field("picture", picture)
        writer.field("expires_after_s", expiresAfterSeconds)
    }
}

extension ConversationLeave {
    init(_ fields: inout Fields) throws(Refusal) { conversation = try fields.identifier("conversation") }

    func write(to writer: inout JSONWriter) { writer.field("conversation", conversation) }
}
