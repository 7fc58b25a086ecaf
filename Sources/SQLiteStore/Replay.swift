internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// The durable events of a closed range as they are to be routed now: who blocks a message's sender at this moment
    /// gets its hidden twin, whether they did when it was sent or not.
    ///
    /// - Returns: at most `limit` events and, after the first, about `bytesMax` bytes of JSON, from `from` on without a
    ///   gap. Empty where the log has nothing of the range; begins later than `from` where it no longer reaches back.
    public func replay(
        from: UInt64, to: UInt64, limit: Int, bytesMax: Int = .max
    ) throws -> [Envelope] {
        guard from <= to else { return [] }
        var envelopes: [Envelope] = []
        var bytes = 0
        var blockers: [BlockersKey: [UserID]] = [:]
        try database.each(Self.logRange, [.number(from), .number(to), .count(limit)]) { row in
            let offset = row.number(0)
            let json = row.blob(Self.jsonColumn)
            bytes += json.count
            guard envelopes.isEmpty || bytes <= bytesMax else { return false }
            let conversation: ConversationID? = try row.optionalID(3)
            var hiddenFor: [UserID] = []
            if row.integer(1) == LogKind.messageCreated.rawValue, let conversation {
                let key = BlockersKey(sender: try row.user(5), conversation: conversation)
                hiddenFor = try blockers[key] ?? blockersEver(key)
                blockers[key] = hiddenFor
            }
            let scope: Scope =
                if let conversation { .conversation(conversation) } else if let user = try row.optionalUser(4) {
                    .user(user)
                } else { .system }
            envelopes.append(
                Envelope(
                    offset: offset, durability: .durable, scope: scope,
                    effect: row.isNull(8) ? .none : try Envelope.Effect(row.blob(8)), hiddenFor: hiddenFor,
                    hidden: hiddenFor.isEmpty ? [] : try row.hiddenTwin(offset: offset), json: json))
            return true
        }
        return envelopes
    }
    private static let logRange =
        "SELECT \(logColumns) FROM log WHERE offset >= ? AND offset <= ? ORDER BY offset LIMIT ?"

    private struct BlockersKey: Hashable {
        let sender: UserID
        let conversation: ConversationID
    }

    /// Whoever blocks the sender and is or was a member of the group: replay may reach back to when they were.
    private func blockersEver(_ key: BlockersKey) throws -> [UserID] {
        try database.all(Self.blockersAmongFormer, [.user(key.sender), .id(key.conversation)]) { try $0.user(0) }
    }
    private static let blockersAmongFormer = """
        SELECT b.blocker FROM block b INDEXED BY block_of
        WHERE b.blocked = ?1 AND b.active = 1
        AND EXISTS (SELECT 1 FROM conversation WHERE id = ?2 AND kind = 1)
        AND EXISTS (SELECT 1 FROM membership m WHERE m.user = b.blocker AND m.conversation = ?2)
        ORDER BY b.blocker
        """
}
