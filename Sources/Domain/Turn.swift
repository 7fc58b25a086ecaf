public import Wire

/// One command's turn: who asks, when, and what they may read. Rules take it and return; they never write.
public struct Turn<Tenant: TenantReads> {
    public let tenant: Tenant
    public let reader: Reader
    public let at: Timestamp
    /// The offset that the first event of this turn gets.
    public let nextOffset: UInt64
    public let settings: TenantSettings
    /// Whether push endpoints may be `http`, which an operator allows where all of it stays in a network of his own.
    public var allowsPlainPush = false
    /// Makes a link to a file for a user, good until then, proven by the tenant's key; nil where there are no links.
    public let link: @Sendable (UploadID, UserID, Timestamp) -> FileLink?

    public init(
        tenant: Tenant, reader: Reader, at: Timestamp, nextOffset: UInt64, settings: TenantSettings,
        link: @escaping @Sendable (UploadID, UserID, Timestamp) -> FileLink? = { _, _, _ in nil }
    ) {
        self.tenant = tenant
        self.reader = reader
        self.at = at
        self.nextOffset = nextOffset
        self.settings = settings
        self.link = link
    }
}

/// On whose behalf a command is carried out.
public enum Reader: Equatable, Sendable {
    case user(UserID)
    /// A service that named nobody with `as`: reads any conversation, stores nothing.
    case service
}

/// What follows from a command: the answer, what is logged and published, and what is only stored.
public struct Decision: Equatable, Sendable {
    public var answered: Answered
    /// Durable events get the offsets from `Turn.nextOffset` on, in this order; the others none.
    public var happenings: [Happening]
    public var changes: [Change]

    public init(_ answered: Answered, happenings: [Happening] = [], changes: [Change] = []) {
        self.answered = answered
        self.happenings = happenings
        self.changes = changes
    }
}

/// An event and whom it concerns.
public struct Happening: Equatable, Sendable {
    public let event: Event
    public let scope: Scope
    public let effect: Envelope.Effect
    /// Members who don't get it.
    public let except: [UserID]
    /// Members who get the `message.hidden` twin in its place.
    public let hiddenFor: [UserID]

    public init(
        _ event: Event, to scope: Scope, effect: Envelope.Effect = .none, except: [UserID] = [],
        hiddenFor: [UserID] = []
    ) {
        self.event = event
        self.scope = scope
        self.effect = effect
        self.except = except
        self.hiddenFor = hiddenFor
    }
}

/// What is stored and no client hears of: applied, not logged, so that offsets stay contiguous.
public enum Change: Equatable, Sendable {
    /// The user exists from now on, with this profile; `claimed` is what the last token said.
    case user(User, claimed: Profile)
    /// The user was last seen then.
    case seen(UserID, at: Timestamp)
    /// A browser is the user's, whoever's it was before, and wants to be woken.
    case subscribed(UserID, PushSubscription)
    case unsubscribed(UserID, endpoint: String)
    case file(FileChange)
}
