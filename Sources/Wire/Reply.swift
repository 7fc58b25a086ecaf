/// What a command gets back: `{"ref":…,"ok":true,…}` or `{"ref":…,"ok":false,"error":{…}}`.
public struct Reply: Equatable, Sendable {
    public let ref: String?
    public let outcome: Swift.Result<Answered, Refusal>

    public init(ref: String?, _ outcome: Swift.Result<Answered, Refusal>) {
        self.ref = ref
        self.outcome = outcome
    }
}

/// The fields of a reply that is `ok`, by shape (docs/protocol.md §3).
public enum Answered: Equatable, Sendable {
    case done
    /// `offset`: of the last event, or of the one that made the state; 0 where there is none.
    case stored(offset: UInt64)
    /// A message is changed: `offset` and time of the event that did it.
    case changed(offset: UInt64, at: Timestamp)
    case sent(id: MessageID, seq: UInt64, offset: UInt64, at: Timestamp, isDuplicate: Bool)
    case cursor(seq: UInt64, unread: UInt64)
    case message(MessageView)
    /// In ascending seq; `hasMore` in the direction that was asked for.
    case messages([MessageView], hasMore: Bool)
    case conversation(ConversationView)
    /// With its first 100 members.
    case conversationInFull(ConversationView, members: [Member])
    case conversations([ConversationView], unreadTotal: UInt64, cursor: String?)
    case members([Member], cursor: String?)
    case user(User)
    case users([User])
    case presences([Presence])
    /// Of those files that the reader may see, in the order asked for.
    case links([FileLink], expiresAt: Timestamp)
    case expires(Timestamp)
}
