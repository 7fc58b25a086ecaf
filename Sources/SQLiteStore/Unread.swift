internal import GRDB
public import Wire

/// How much of a conversation its reader has not seen. Messages are counted one by one on `message_by_seq` only next to
/// the reader's place and at the conversation's end; between them `tally` has a row for each full block of them, and
/// one for each sender in it. A running count per sender instead would dirty another page for every message sent.
extension SQLiteReads {
    public func unread(in conversation: ConversationID, after seq: UInt64, by user: UserID) throws -> UInt64 {
        let values: [Bound] = [.user(user), .id(conversation), .number(seq)]
        let sql = try blocksAnybody(user) ? Self.unreadUnblocked : Self.unread
        return try database.first(sql, values) { $0.number(0) } ?? 0
    }

    /// Over all conversations of the user that have anything new.
    public func unreadTotal(of user: UserID) throws -> UInt64 {
        let sql = try blocksAnybody(user) ? Self.totalUnblocked : Self.total
        return try database.first(sql, [.user(user)]) { $0.number(0) } ?? 0
    }

    private func blocksAnybody(_ user: UserID) throws -> Bool {
        try database.has("SELECT 1 FROM block WHERE blocker = ? AND active = 1 LIMIT 1", [.user(user)])
    }

    private static let unread = unreadOne(blocksAnybody: false)
    private static let unreadUnblocked = unreadOne(blocksAnybody: true)
    private static let total = unreadOfAll(blocksAnybody: false)
    private static let totalUnblocked = unreadOfAll(blocksAnybody: true)

    private static func unreadOne(blocksAnybody: Bool) -> String {
        """
        SELECT \(count(after: "?3", blocksAnybody: blocksAnybody)) FROM conversation c WHERE c.id = ?2 AND c.last_seq > ?3
        """
    }

    private static func unreadOfAll(blocksAnybody: Bool) -> String {
        """
        SELECT SUM(\(count(after: "r.read_seq", blocksAnybody: blocksAnybody))) FROM member o INDEXED BY member_of
        CROSS JOIN conversation c ON c.id = o.conversation
        CROSS JOIN member r ON r.conversation = o.conversation AND r.user = o.user
        WHERE o.user = ?1 AND c.last_seq > r.read_seq
        """
    }

    /// An expression over the conversation `c`, whose last seq is above `seq`, and the reader `?1`.
    private static func count(after seq: String, blocksAnybody: Bool) -> String {
        // The first block that lies past `seq` as a whole.
        let block = "((\(seq) + \(tallied - 1)) / \(tallied))"
        let isBlocked = "IN (SELECT blocked FROM block WHERE blocker = ?1 AND active = 1)"
        let counted = """
            SELECT COUNT(*) FROM message m INDEXED BY message_by_seq WHERE m.conversation = c.id
            AND m.sender <> ?1 AND m.deleted = 0 \(blocksAnybody ? "AND m.sender NOT \(isBlocked)" : "")
            """
        func sum(_ senders: String) -> String {
            """
            COALESCE((SELECT SUM(t.count) FROM tally t
            WHERE t.conversation = c.id AND t.sender \(senders) AND t.block >= \(block)), 0)
            """
        }
        return """
            (\(counted) AND m.seq > \(seq) AND m.seq <= \(block) * \(tallied))
            + (\(counted) AND m.seq > MAX(\(block), c.last_seq / \(tallied)) * \(tallied))
            + \(sum("= ''")) - \(sum("= ?1")) \(blocksAnybody ? "- \(sum(isBlocked))" : "")
            """
    }

    /// Messages in a block: few enough to count, and enough that its rows are few against them.
    fileprivate static var tallied: UInt64 { 256 }
}

extension SQLiteTransaction {
    /// Block n, from 0, has the seqs from 256 · n + 1 on.
    func tallyIfFull(upTo seq: UInt64, of conversation: ConversationID) throws {
        guard seq.isMultiple(of: SQLiteReads.tallied) else { return }
        let start = seq - SQLiteReads.tallied
        let values: [Bound] = [.id(conversation), .number(start), .number(seq), .number(start / SQLiteReads.tallied)]
        try database.run(Self.tallyBySender, values)
        try database.run(Self.tallyAll, values)
    }
    private static let tallyBySender = """
        INSERT INTO tally (conversation, sender, block, count)
        SELECT ?1, sender, ?4, COUNT(*) FROM message INDEXED BY message_by_seq
        WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 AND deleted = 0 GROUP BY sender
        """
    private static let tallyAll = """
        INSERT INTO tally (conversation, sender, block, count)
        SELECT ?1, '', ?4, COUNT(*) FROM message INDEXED BY message_by_seq
        WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 AND deleted = 0
        """

    /// Changes nothing where the message's block is not full yet.
    func untally(_ deleted: MessageDeleted) throws {
        let sql = """
            UPDATE tally SET count = count - 1 WHERE conversation = ?1 AND block = ?2
            AND (sender = '' OR sender = (SELECT sender FROM message WHERE id = ?3))
            """
        let block = (deleted.seq - 1) / SQLiteReads.tallied
        try database.run(sql, [.id(deleted.conversation), .number(block), .id(deleted.id)])
    }
}
