internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// The state events whose values changed at `since` or after it, as JSON: cursors and preferences.
    ///
    /// - Parameter user: nil for a service, which hears of everybody.
    public func changedStates(of user: UserID?, since: UInt64) throws -> [[UInt8]] {
        try changedCursors(of: user, since: since) + changedPreferences(of: user, since: since)
    }

    /// The `read` and `received` events whose values changed at `since` or after it, as JSON: of all members in the
    /// user's conversations of up to `Limits.receiptsMembers`, of the user alone in larger ones, and of nobody on the
    /// other side of a block. A value that the user knows already may come again.
    private func changedCursors(of user: UserID?, since: UInt64) throws -> [[UInt8]] {
        // Cursors that never moved stand at offset 0.
        let since = max(since, 1)
        var states: [[UInt8]] = []
        let read: (Columns) throws -> Bool = { row in
            let conversation: ConversationID = try row.id(0)
            let member = try row.user(1)
            for (kind, seq, offset) in [(CursorKind.read, Int32(2), Int32(3)), (.received, 4, 5)]
            where row.number(offset) >= since {
                let moved = CursorMoved(kind: kind, conversation: conversation, user: member, seq: row.number(seq))
                states.append(Event.cursor(moved).json(offset: nil, at: Timestamp(milliseconds: 0)))
            }
            return true
        }
        if let user {
            let values: [Bound] = [.user(user), .number(since), .number(Limits.receiptsMembers)]
            try database.each(Self.statesOfUser, values, read)
        } else {
            try database.each(Self.statesOfAll, [.number(since)], read)
        }
        return states
    }
    private static let cursorColumns =
        "m.conversation, m.user, m.read_seq, m.read_offset, m.received_seq, m.received_offset"
    private static let statesOfUser = """
        SELECT \(cursorColumns) FROM member o INDEXED BY member_of
        CROSS JOIN conversation c ON c.id = o.conversation
        CROSS JOIN member m ON m.conversation = o.conversation
        WHERE o.user = ?1 AND c.cursor_offset >= ?2 AND (m.read_offset >= ?2 OR m.received_offset >= ?2)
        AND (m.user = ?1 OR c.member_count <= ?3
            AND NOT EXISTS (SELECT 1 FROM block WHERE blocker = ?1 AND blocked = m.user AND active = 1)
            AND NOT EXISTS (SELECT 1 FROM block WHERE blocker = m.user AND blocked = ?1 AND active = 1))
        """
    private static let statesOfAll = """
        SELECT \(cursorColumns) FROM conversation c CROSS JOIN member m ON m.conversation = c.id
        WHERE c.cursor_offset >= ?1 AND (m.read_offset >= ?1 OR m.received_offset >= ?1)
        """
}

extension SQLiteTransaction {
    /// Stamps the cursor with the tenant's newest offset, which tells later whether a client has seen it.
    func apply(_ moved: CursorMoved) throws {
        let newest = nextOffset - 1
        let sql =
            switch moved.kind {
            case .read: Self.moveRead
            case .received: Self.moveReceived
            }
        let values: [Bound] = [.number(moved.seq), .number(newest), .id(moved.conversation), .user(moved.user)]
        guard try database.run(sql, values) == 1 else {
            throw StoreFailure(.contradiction, "a cursor that moves back, or of somebody who is no member")
        }
        try database.run(Self.stampConversation, [.number(newest), .id(moved.conversation)])
    }
    private static let moveRead = """
        UPDATE member SET read_seq = ?1, read_offset = ?2 WHERE conversation = ?3 AND user = ?4 AND read_seq < ?1
        """
    private static let moveReceived = """
        UPDATE member SET received_seq = ?1, received_offset = ?2
        WHERE conversation = ?3 AND user = ?4 AND received_seq < ?1
        """
    private static let stampConversation = """
        UPDATE conversation SET cursor_offset = ?1 WHERE id = ?2 AND cursor_offset < ?1
        """
}
