public import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the primary key.
    public func conversation(_ id: ConversationID) throws -> StoredConversation? {
        try database.first(Self.conversationByID, [.id(id)]) { row in
            let details = ConversationDetails(
                id: id, kind: try row.kind(0), title: row.optionalText(1), picture: row.optionalText(2),
                createdAt: row.time(3), memberCount: row.number(4), lastSeq: row.number(5),
                history: row.flag(6) ? .sinceJoin : .all, expiresAfterSeconds: row.number(7))
            return StoredConversation(
                details: details, creator: try row.user(8), createdOffset: row.number(9), updatedOffset: row.number(10))
        }
    }
    private static let conversationByID = """
        SELECT kind, title, picture, created_at, member_count, last_seq, history, expires_after_s, creator,
            created_offset, updated_offset
        FROM conversation WHERE id = ?
        """

    public func directConversation(between one: UserID, and other: UserID) throws -> ConversationID? {
        try database.first("SELECT id FROM conversation WHERE pair = ?", [.text(Self.pair(one, other))]) {
            try $0.id(0)
        }
    }

    /// All conversations of the user are looked up and sorted: what a message would cost that kept an order for each
    /// member is a write per member. A member who has just joined has that as the newest activity, however long ago
    /// the last message is.
    public func conversations(
        of user: UserID, archived: Bool, activeBefore offset: UInt64?, limit: Int
    ) throws -> [(conversation: ConversationID, activity: UInt64)] {
        let sql = archived ? Self.archivedOf : Self.conversationsOf
        return try database.all(sql, [.user(user), .number(offset ?? .max), .count(limit)]) {
            (conversation: try $0.id(0), activity: $0.number(1))
        }
    }
    private static let conversationsOf = conversations("NOT IN")
    private static let archivedOf = conversations("IN")

    private static func conversations(_ inArchive: String) -> String {
        """
        SELECT m.conversation, MAX(c.last_offset, m.joined_offset) AS activity
        FROM member m INDEXED BY member_of CROSS JOIN conversation c ON c.id = m.conversation
        WHERE m.user = ?1 AND MAX(c.last_offset, m.joined_offset) < ?2 AND m.conversation \(inArchive)
            (SELECT conversation FROM member INDEXED BY member_archived WHERE user = ?1 AND archived = 1)
        ORDER BY activity DESC LIMIT ?3
        """
    }

    /// No user id has a space in it.
    static func pair(_ one: UserID, _ other: UserID) -> String {
        one < other ? "\(one.text) \(other.text)" : "\(other.text) \(one.text)"
    }
}

extension SQLiteTransaction {
    func apply(_ created: ConversationCreated, at: Timestamp, offset: UInt64) throws {
        let details = created.details
        let members = created.members.sorted { $0.key < $1.key }
        let pair: String? =
            details.kind == .direct && members.count == 2
            ? SQLiteReads.pair(members[0].key, members[1].key) : nil
        try database.run(
            Self.insertConversation,
            [
                .id(details.id), .flag(details.kind == .group), .text(details.title), .text(details.picture),
                .time(details.createdAt), .user(created.by), .text(pair), .flag(details.history == .sinceJoin),
                .number(details.expiresAfterSeconds), .count(members.count), .number(offset),
            ])
        for (user, role) in members {
            try join(user, role, in: details.id, seq: 0, firstSeq: 1, at: at, offset: offset)
        }
    }
    private static let insertConversation = """
        INSERT INTO conversation (id, kind, title, picture, created_at, creator, pair, history, expires_after_s,
            member_count, last_seq, last_offset, created_offset, updated_offset)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, ?11, ?11)
        """

    func apply(updated details: ConversationDetails, offset: UInt64) throws {
        let sql = """
            UPDATE conversation SET title = ?, picture = ?, expires_after_s = ?, updated_offset = ? WHERE id = ?
            """
        let values: [Bound] = [
            .text(details.title), .text(details.picture), .number(details.expiresAfterSeconds), .number(offset),
            .id(details.id),
        ]
        guard try database.run(sql, values) == 1 else {
            throw StoreFailure(.contradiction, "an update of a conversation that does not exist")
        }
    }
}

extension Columns {
    func kind(_ column: Int32) throws -> ConversationKind {
        switch integer(column) {
        case 0: .direct
        case 1: .group
        default: throw StoreFailure(.corrupt, "a kind of conversation that is none")
        }
    }
}
