public import Wire

/// Deletes the messages that are due to disappear at `now`, the oldest first, at most `limit` of them: `message.deleted`
/// by their senders. Blocks keep none of these away: whoever kept a text is to lose it.
public func deleteExpired(at now: Timestamp, in tenant: some MessageReads, limit: Int) throws -> [Happening] {
    try tenant.expired(at: now, limit: limit).map { stored in
        let message = stored.message
        let deleted = MessageDeleted(
            conversation: message.conversation, seq: message.seq, id: message.id, by: message.sender,
            empties: stored.offset)
        return Happening(.messageDeleted(deleted), to: .conversation(message.conversation))
    }
}
