internal import GRDB
public import Wire

/// How much of a conversation its reader has not seen. Nothing is counted row by row but deleted messages: each message
/// holds the how-manieth of its sender it is, so that the reader's own ones, and those of people whom the reader
/// blocks, past a seq are two look-ups each.
extension SQLiteReads {
    public func unread(in conversation: ConversationID, after seq: UInt64, by user: UserID) throws -> UInt64 {
        try database.first(Self.unreadOne, [.user(user), .id(conversation), .number(seq)]) { $0.number(0) } ?? 0
    }

    public func unreadTotal(of user: UserID) throws -> UInt64 {
        try database.first(Self.unreadAll, [.user(user)]) { $0.number(0) } ?? 0
    }

    private static let unreadOne = """
        SELECT \(unread(of: "?1", in: "c.id", after: "?3"))
        FROM conversation c WHERE c.id = ?2 AND c.last_seq > ?3
        """
    private static let unreadAll = """
        SELECT SUM(\(unread(of: "?1", in: "c.id", after: "m.read_seq")))
        FROM member o INDEXED BY member_of
        CROSS JOIN conversation c ON c.id = o.conversation
        CROSS JOIN member m ON m.conversation = o.conversation AND m.user = o.user
        WHERE o.user = ?1 AND c.last_seq > m.read_seq
        """

    /// An expression over the row `c` of a conversation.
    private static func unread(of user: String, in conversation: String, after seq: String) -> String {
        """
        c.last_seq - \(seq) - \(sent(by: user, in: conversation, after: seq)) - COALESCE((
            SELECT SUM(\(sent(by: "b.blocked", in: conversation, after: seq)))
            FROM block b WHERE b.blocker = \(user) AND b.active = 1), 0) - (
            SELECT COUNT(*) FROM message INDEXED BY message_deleted
            WHERE conversation = \(conversation) AND seq > \(seq) AND deleted = 1 AND sender <> \(user)
            AND NOT EXISTS (SELECT 1 FROM block WHERE blocker = \(user) AND blocked = sender AND active = 1))
        """
    }

    private static func sent(by sender: String, in conversation: String, after seq: String) -> String {
        let newest = """
            SELECT nth FROM message INDEXED BY message_by_sender WHERE conversation = \(conversation) AND sender = \(sender)
            """
        return """
            (COALESCE((\(newest) ORDER BY seq DESC LIMIT 1), 0)
            - COALESCE((\(newest) AND seq <= \(seq) ORDER BY seq DESC LIMIT 1), 0))
            """
    }
}
