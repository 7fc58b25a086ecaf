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

/// `message.delete`.
public struct MessageDelete: Equatable, Sendable {
    public let id: MessageID
    public init(id: MessageID) { self.id = id }
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

extension MessageSend {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        id = try fields.identifier("id")
        text = try fields.optionalTrimmedText("text", codePoints: 0...Limits.textCodePoints) ?? ""
        attachments =
            try fields.optionalTexts("attachments", countMax: Limits.attachments, codePoints: 1...Limits.refCodePoints)
            ?? []
        if text.isEmpty, attachments.isEmpty { throw Fields.wrong("text") }
        replyTo = try fields.optionalIdentifier("reply_to")
        thread = try fields.optionalIdentifier("thread")
        isVoice = try fields.optionalBoolean("voice") ?? false
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("id", id)
        if !text.isEmpty { writer.field("text", text) }
        if !attachments.isEmpty { writer.field("attachments", each: attachments) { $0.value($1) } }
        writer.field("reply_to", replyTo)
        writer.field("thread", thread)
        if isVoice { writer.field("voice", true) }
    }
}

extension MessageDelete {
    init(_ fields: inout Fields) throws(Refusal) { id = try fields.identifier("id") }

    func write(to writer: inout JSONWriter) { writer.field("id", id) }
}

extension MessageGet {
    init(_ fields: inout Fields) throws(Refusal) { id = try fields.identifier("id") }

    func write(to writer: inout JSONWriter) { writer.field("id", id) }
}

extension MessageList {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        let before = try fields.optionalInteger("before")
        let after = try fields.optionalInteger("after")
        switch (before, after) {
        case (nil, nil): position = .newest
        case (let seq?, nil): position = .before(seq)
        case (nil, let seq?): position = .after(seq)
        case (_?, _?): throw Fields.wrong("after")
        }
        limit = try fields.limit(max: Limits.messagesPerPage, otherwise: Limits.messagesPerPage)
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        switch position {
        case .newest: break
        case .before(let seq): writer.field("before", seq)
        case .after(let seq): writer.field("after", seq)
        }
        writer.field("limit", UInt64(limit))
    }
}
