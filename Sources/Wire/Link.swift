/// The link between a gateway and a router: DEALER to ROUTER, one frame a message.
///
/// Both directions count their batches from 0. A side that misses one (a cut connection, a full queue, a restarted
/// peer) drops what comes after it, and the gateway opens the link anew under another id and sends again, in their
/// first order, all commands that have no reply yet. So commands of one connection are carried out in order, and
/// none is lost or answered twice, whatever the transport does.

/// From a gateway to a router.
public enum ToRouter: Equatable, Sendable {
    /// Begins a link; the router forgets the gateway's former one. Repeated every second until `opened` comes.
    case open(link: UInt64, gateway: String, watched: [TenantSlug])
    /// The requests of one turn of the gateway's bus thread; sent every second even when empty, as a sign of life.
    case batch(link: UInt64, number: UInt64, requests: [Request])
}

/// From a router to a gateway.
public enum ToGateway: Equatable, Sendable {
    /// The link holds. The whole directory of tenants follows in the first batches, closed by `directoryComplete`.
    case opened(link: UInt64, run: UInt64)
    case batch(link: UInt64, number: UInt64, answers: [Answer])
    /// The router knows no such link or missed a batch: open anew.
    case reset(link: UInt64)
}

/// What a gateway asks of a router.
public enum Request: Equatable, Sendable {
    /// A client's command, already validated once by the gateway's `Frame` parser. `json` is the client's bytes.
    case command(id: UInt64, caller: Caller, json: [UInt8])
    /// One page of what a user missed; see `CatchUp`.
    case catchUp(id: UInt64, CatchUp)
    /// About a file. A service says on whose behalf.
    case file(id: UInt64, caller: Caller, actingAs: UserID?, FileRequest)
    /// The user's last connection on this gateway is gone: their typing ends, and they are no longer here.
    case gone(tenant: TenantSlug, user: UserID)
    /// How users are at this gateway, each over all their connections there. `isRenewal`: as it was before this link.
    /// It holds until it is told otherwise, and no longer than the router's lease once the link has ended.
    case present(tenant: TenantSlug, [Attending], isRenewal: Bool)
    case interest(tenant: TenantSlug, PresenceInterest)
    /// A token named a tenant or key that the gateway's directory lacks: read the registry now.
    case lookUp(id: UInt64, tenant: TenantSlug)
    /// This gateway has connections of the tenant (or no longer): include it in heartbeats.
    case watch(TenantSlug)
    case unwatch(TenantSlug)
}

/// What a router tells a gateway.
public enum Answer: Equatable, Sendable {
    /// The reply to a command, ready to send; `code` is nil where it is `ok`.
    case reply(id: UInt64, code: Refusal.Code?, json: [UInt8])
    case page(id: UInt64, CatchUpPage)
    case refusedPage(id: UInt64, Refusal.Code)
    /// A tenant as it now is.
    case tenant(TenantRecord)
    case tenantGone(TenantSlug)
    case directoryComplete
    /// The registry was read; `tenant` came before it where there is one.
    case lookedUp(id: UInt64)
    case presence(TenantSlug, [PresenceNews])
    case file(id: UInt64, FileAnswer)
}

/// Who a command comes from. Gateways prove it, routers believe it.
public struct Caller: Equatable, Sendable {
    public enum Role: UInt8, Sendable {
        case user = 0
        /// Acts for the tenant: reads everything, writes as somebody.
        case service = 1
    }

    public let tenant: TenantSlug
    public let user: UserID
    public let role: Role
    /// What the token says about the user; the router stores what is new.
    public let profile: Profile

    public init(tenant: TenantSlug, user: UserID, role: Role, profile: Profile = Profile()) {
        self.tenant = tenant
        self.user = user
        self.role = role
        self.profile = profile
    }
}

/// The claims `name` and `picture` of a token.
public struct Profile: Hashable, Sendable {
    public let name: String?
    public let picture: String?

    public init(name: String? = nil, picture: String? = nil) {
        self.name = name
        self.picture = picture
    }
}

/// Asks for what a connection missed, page by page, and at the end for what it needs to go live. The first page
/// registers the user where they are new.
public struct CatchUp: Equatable, Sendable {
    public let caller: Caller
    /// The client's position, or where the former page ended; nil for a client that starts afresh.
    public let since: UInt64?
    public let epoch: String?
    /// The client's own position, the same on every page: `CatchUpPage.states` are what changed since. Nil: `since`.
    public let statesSince: UInt64?
    /// At most so many events, and about so many bytes, in the page.
    public let eventsMax: UInt32
    public let bytesMax: UInt32

    public init(
        caller: Caller, since: UInt64?, epoch: String?, statesSince: UInt64? = nil, eventsMax: UInt32, bytesMax: UInt32
    ) {
        self.caller = caller
        self.since = since
        self.epoch = epoch
        self.statesSince = statesSince
        self.eventsMax = eventsMax
        self.bytesMax = bytesMax
    }
}

public struct CatchUpPage: Equatable, Sendable {
    public struct Event: Equatable, Sendable {
        public let offset: UInt64
        public let json: [UInt8]
        public init(offset: UInt64, json: [UInt8]) {
            self.offset = offset
            self.json = json
        }
    }

    public let epoch: String
    /// The tenant's newest offset when the page was read.
    public let newest: UInt64
    /// Everything up to here that concerned the user has now been sent.
    public let reached: UInt64
    /// False: the position means nothing here; the client has to reload, and goes live at `reached`.
    public let resumed: Bool
    /// The last page: `states` and `conversations` are those of `reached`.
    public let complete: Bool
    public let user: User
    /// Durable events with an offset above `since`, in order, as this user may see them now.
    public let events: [Event]
    /// State events whose values changed since.
    public let states: [[UInt8]]
    /// The conversations the user is a member of at `reached`.
    public let conversations: [ConversationID]

    public init(
        epoch: String, newest: UInt64, reached: UInt64, resumed: Bool, complete: Bool, user: User, events: [Event],
        states: [[UInt8]], conversations: [ConversationID]
    ) {
        self.epoch = epoch
        self.newest = newest
        self.reached = reached
        self.resumed = resumed
        self.complete = complete
        self.user = user
        self.events = events
        self.states = states
        self.conversations = conversations
    }
}

/// A tenant as gateways need it: whom to let in and how much they may ask.
public struct TenantRecord: Equatable, Sendable {
    public enum State: UInt8, Sendable {
        case active = 0
        case suspended = 1
    }

    /// A key that proves tokens.
    public struct Key: Equatable, Sendable {
        public enum Algorithm: String, CaseIterable, Sendable {
            case hs256 = "HS256"
            case es256 = "ES256"
            case rs256 = "RS256"
            case eddsa = "EdDSA"
        }

        public let id: String
        public let algorithm: Algorithm
        /// HS256: the secret's bytes, at least 32. Otherwise: the public key as PEM (SPKI).
        public let material: [UInt8]

        public init(id: String, algorithm: Algorithm, material: [UInt8]) {
            self.id = id
            self.algorithm = algorithm
            self.material = material
        }
    }

    public let tenant: TenantSlug
    public let name: String
    public let state: State
    /// Origins that browsers may come from, as a browser writes them (`https://chat.example`).
    public let origins: [String]
    public let keys: [Key]
    public let settings: TenantSettings
    public let suspendedUsers: [UserID]
    /// Proves links to files; 32 bytes that only routers and gateways know.
    public let linkKey: [UInt8]

    public init(
        tenant: TenantSlug, name: String, state: State = .active, origins: [String] = [], keys: [Key] = [],
        settings: TenantSettings = TenantSettings(), suspendedUsers: [UserID] = [],
        linkKey: [UInt8] = []
    ) {
        self.tenant = tenant
        self.name = name
        self.state = state
        self.origins = origins
        self.keys = keys
        self.settings = settings
        self.suspendedUsers = suspendedUsers
        self.linkKey = linkKey
    }
}
