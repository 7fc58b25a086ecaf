internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the primary key.
    public func isBlocked(_ user: UserID, by blocker: UserID) throws -> Bool {
        let sql = "SELECT 1 FROM block WHERE blocker = ? AND blocked = ? AND active = 1"
        return try database.has(sql, [.user(blocker), .user(user)])
    }

    public func blockOffset(of user: UserID, by blocker: UserID) throws -> UInt64 {
        let sql = "SELECT offset FROM block WHERE blocker = ? AND blocked = ?"
        return try database.first(sql, [.user(blocker), .user(user)]) { $0.number(0) } ?? 0
    }

    public func blocked(by user: UserID) throws -> [UserID] {
        let sql = "SELECT blocked FROM block WHERE blocker = ? AND active = 1 ORDER BY blocked"
        return try database.all(sql, [.user(user)]) { try $0.user(0) }
    }

    /// A range of `block_of`.
    public func blockers(of user: UserID) throws -> [UserID] {
        let sql = "SELECT blocker FROM block INDEXED BY block_of WHERE blocked = ? AND active = 1 ORDER BY blocker"
        return try database.all(sql, [.user(user)]) { try $0.user(0) }
    }

    /// Nothing but a look-up on `block_of` where nobody blocks the user.
    public func blockers(of user: UserID, in conversation: ConversationID) throws -> [UserID] {
        try database.all(Self.blockersAmongMembers, [.user(user), .id(conversation)]) { try $0.user(0) }
    }
    private static let blockersAmongMembers = """
        SELECT b.blocker FROM block b INDEXED BY block_of
        CROSS JOIN member m ON m.conversation = ?2 AND m.user = b.blocker
        WHERE b.blocked = ?1 AND b.active = 1 ORDER BY b.blocker
        """

    public func blocked(by user: UserID, in conversation: ConversationID) throws -> [UserID] {
        try database.all(Self.blockedAmongMembers, [.user(user), .id(conversation)]) { try $0.user(0) }
    }
    private static let blockedAmongMembers = """
        SELECT b.blocked FROM block b CROSS JOIN member m ON m.conversation = ?2 AND m.user = b.blocked
        WHERE b.blocker = ?1 AND b.active = 1 ORDER BY b.blocked
        """
}

extension SQLiteTransaction {
    func apply(blocked user: UserID, by blocker: UserID, isActive: Bool, offset: UInt64) throws {
        let sql = """
            INSERT INTO block (blocker, blocked, active, offset) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (blocker, blocked) DO UPDATE SET active = ?3, offset = ?4
            """
        try database.run(sql, [.user(blocker), .user(user), .flag(isActive), .number(offset)])
    }
}
