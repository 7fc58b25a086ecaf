internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the primary key.
    public func preferences(of user: UserID, in conversation: ConversationID) throws -> ConversationPreferences {
        let sql = "SELECT muted, archived, pinned FROM member WHERE conversation = ? AND user = ?"
        return try database.first(sql, [.id(conversation), .user(user)]) { $0.preferences(from: 0) } ?? .usual
    }

    /// The `conversation.preferences` events whose values changed at `since` or after it, as JSON; all of the tenant
    /// where `user` is nil. A range of `member_preferring`, which holds only what somebody ever set.
    func changedPreferences(of user: UserID?, since: UInt64) throws -> [[UInt8]] {
        // As everybody begins stands at offset 0.
        var values: [Bound] = [.number(max(since, 1))]
        if let user { values.append(.user(user)) }
        return try database.all(user == nil ? Self.changedOfAll : Self.changedOfUser, values) { row in
            let changed = PreferencesChanged(
                conversation: try row.id(0), user: try row.user(1), preferences: row.preferences(from: 2))
            return Event.preferences(changed).json(offset: nil, at: Timestamp(milliseconds: 0))
        }
    }
    private static let changedOfAll = """
        SELECT conversation, user, muted, archived, pinned FROM member INDEXED BY member_preferring
        WHERE preferences_offset >= ?1 AND preferences_offset > 0
        """
    private static let changedOfUser = changedOfAll + " AND user = ?2"
}

extension SQLiteTransaction {
    /// Stamped with the tenant's newest offset, as cursors are; before the first event there is no conversation.
    func apply(_ changed: PreferencesChanged) throws {
        let preferences = changed.preferences
        let values: [Bound] = [
            .flag(preferences.muted), .flag(preferences.archived), .flag(preferences.pinned), .number(nextOffset - 1),
            .id(changed.conversation), .user(changed.user),
        ]
        guard try database.run(Self.setPreferences, values) == 1 else {
            throw StoreFailure(.contradiction, "preferences of somebody who is no member")
        }
    }
    private static let setPreferences = """
        UPDATE member SET muted = ?1, archived = ?2, pinned = ?3, preferences_offset = ?4
        WHERE conversation = ?5 AND user = ?6
        """
}

extension Columns {
    fileprivate func preferences(from column: Int32) -> ConversationPreferences {
        ConversationPreferences(muted: flag(column), archived: flag(column + 1), pinned: flag(column + 2))
    }
}
