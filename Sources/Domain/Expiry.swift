public import Wire

/// Deletes the messages that are due to disappear at `now`, the oldest first, at most `limit` of them: `message.deleted`
/// by their senders.
public func deleteExpired(at now: Timestamp, in tenant: some MessageReads, limit: Int) throws -> [Happening] {
    try tenant.expired(at: now, limit: limit).map { $0.deleted(by: $0.message.sender) }
}
