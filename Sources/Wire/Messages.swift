/// `message.send`.
public struct MessageSend: Equatable, Sendable {
    public let conversation: ConversationID
    public let id: MessageID
    /// Trimmed; 1 to 10,000 code points, none where there are attachments.
    public let text: String
    /// Upload ids, at most 10.
    public let attachments: [String]
    public let replyTo: MessageID?
    public let thread: MessageID?
    public let isVoice: Bool

    public init(
        conversation: ConversationID, id: MessageID, text: String, attachments: [String] = [],
        replyTo: MessageID? = nil, thread: MessageID? = nil, isVoice: Bool = false
    ) {
        self.conversation = conversation
        self.id = id
        self.text = text
        self.attachments = attachments
        self.replyTo = replyTo
        self.thread = thread
        self.isVoice = isVoice
    }
}

/// `message.get`.
public struct MessageGet: Equatable, Sendable {
    public let id: MessageID
    public init(id: MessageID) { self.id = id }
}

/// `message.list`: a page in ascending seq.
public struct MessageList: Equatable, Sendable {
    /// Which page: `before` or `after` a seq, exclusive, or the newest.
    public enum Position: Equatable, Sendable {
        case newest
        case before(UInt64)
        case after(UInt64)
    }

    public let conversation: ConversationID
    public let position: Position
    /// 1 to 50.
    public let limit: Int

    public init(conversation: ConversationID, position: Position = .newest, limit: Int = 50) {
        self.conversation = conversation
        self.position = position
        self.limit = limit
    }
}
