/// What the notifier asks of a router for each message of a tenant with push subscriptions: whom to wake? DEALER to
/// ROUTER on the socket for replays, two frames, the first of them `marker`.
public struct PushQuestion: Equatable, Sendable {
    public static let marker = Array("push".utf8)
    /// People in one answer; who asks again `after` the last of them gets the rest.
    public static let recipientsMax = 500

    /// The asker's own number, which the answer carries.
    public let id: UInt64
    public let tenant: TenantSlug
    public let message: MessageID
    public let after: UserID?

    public init(id: UInt64, tenant: TenantSlug, message: MessageID, after: UserID? = nil) {
        self.id = id
        self.tenant = tenant
        self.message = message
        self.after = after
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter(capacity: 64)
        writer.put(id)
        writer.put(tenant.text)
        writer.put(message)
        writer.putOptional(after) { $0.put($1.text) }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        id = try reader.integer()
        tenant = try reader.tenant()
        message = try reader.identifier()
        after = try reader.optional { (reader) throws(BinaryFault) in try reader.user() }
        try reader.finish()
    }
}

/// That a push service no longer knows an endpoint, or that its browser's keys are none: DEALER to ROUTER, as
/// `PushQuestion`, behind `marker`. It has no answer: one that is lost is said again at the next push.
public struct PushEnd: Equatable, Sendable {
    public static let marker = Array("push-end".utf8)

    public let tenant: TenantSlug
    public let user: UserID
    public let endpoint: String

    public init(tenant: TenantSlug, user: UserID, endpoint: String) {
        self.tenant = tenant
        self.user = user
        self.endpoint = endpoint
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.put(tenant.text)
        writer.put(user.text)
        writer.put(endpoint)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        tenant = try reader.tenant()
        user = try reader.user()
        endpoint = try reader.text()
        try reader.finish()
    }
}

/// The answer, behind `PushQuestion.marker` too.
public enum PushAnswer: Equatable, Sendable {
    /// Come again: too much waits, or the tenant can't be read.
    case unavailable(id: UInt64)
    /// Nobody is left to be asked for where `next` is nil.
    case audience(id: UInt64, PushAudience?, next: UserID?)

    public var id: UInt64 {
        switch self {
        case .unavailable(let id), .audience(let id, _, _): id
        }
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        switch self {
        case .unavailable(let id):
            writer.put(UInt8(0))
            writer.put(id)
        case .audience(let id, let audience, let next):
            writer.put(UInt8(1))
            writer.put(id)
            writer.putOptional(audience) { $1.write(to: &$0) }
            writer.putOptional(next) { $0.put($1.text) }
        }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        switch try reader.byte() {
        case 0: self = .unavailable(id: try reader.integer())
        case 1:
            self = .audience(
                id: try reader.integer(),
                try reader.optional { (reader) throws(BinaryFault) in try PushAudience(from: &reader) },
                next: try reader.optional { (reader) throws(BinaryFault) in try reader.user() })
        default: throw BinaryFault("push answer")
        }
        try reader.finish()
    }
}

/// A message and who is to be woken for it.
public struct PushAudience: Equatable, Sendable {
    /// A member with subscriptions who has not read the message.
    public struct Recipient: Equatable, Sendable {
        public let user: UserID
        /// In the conversation.
        public let unread: UInt64
        public let subscriptions: [PushSubscription]

        public init(user: UserID, unread: UInt64, subscriptions: [PushSubscription]) {
            self.user = user
            self.unread = unread
            self.subscriptions = subscriptions
        }
    }

    public let conversation: ConversationID
    public let seq: UInt64
    /// Whom the message is from, by name.
    public let sender: String
    /// The group's; nil for a direct conversation, and where it has none.
    public let title: String?
    public let text: String
    public let at: Timestamp
    public var recipients: [Recipient]

    public init(
        conversation: ConversationID, seq: UInt64, sender: String, title: String?, text: String, at: Timestamp,
        recipients: [Recipient]
    ) {
        self.conversation = conversation
        self.seq = seq
        self.sender = sender
        self.title = title
        self.text = text
        self.at = at
        self.recipients = recipients
    }

    fileprivate func write(to writer: inout BinaryWriter) {
        writer.put(conversation)
        writer.put(seq)
        writer.put(sender)
        writer.putOptional(title) { $0.put($1) }
        writer.put(text)
        writer.put(UInt64(bitPattern: at.milliseconds))
        writer.putList(recipients) { writer, recipient in
            writer.put(recipient.user.text)
            writer.put(recipient.unread)
            writer.putList(recipient.subscriptions) { writer, subscription in
                writer.put(subscription.endpoint)
                writer.put(subscription.publicKey)
                writer.put(subscription.secret)
            }
        }
    }

    fileprivate init(from reader: inout BinaryReader) throws(BinaryFault) {
        conversation = try reader.identifier()
        seq = try reader.integer()
        sender = try reader.text()
        title = try reader.optional { (reader) throws(BinaryFault) in try reader.text() }
        text = try reader.text()
        at = Timestamp(milliseconds: Int64(bitPattern: try reader.integer()))
        recipients = try reader.list { (reader) throws(BinaryFault) in
            Recipient(
                user: try reader.user(), unread: try reader.integer(),
                subscriptions: try reader.list { (reader) throws(BinaryFault) in
                    PushSubscription(
                        endpoint: try reader.text(), publicKey: try reader.blob(), secret: try reader.blob())
                })
        }
    }
}
