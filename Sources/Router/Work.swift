internal import Domain
internal import Wire

/// Where an answer goes: the link, and the request's number on it.
struct Origin: Hashable, Sendable {
    let link: LinkID
    let id: UInt64
}

/// A command on its way, parsed and addressed.
struct Commission<Body: Sendable>: Sendable {
    let origin: Origin
    let caller: Caller
    let ref: String?
    let actingAs: UserID?
    let op: Op
    let body: Body
    /// Of the JSON that it came as.
    var bytes = 0

    /// On whose behalf it is carried out.
    ///
    /// - Throws: `bad_request`, field `as`, where somebody who is no service names another.
    func reader() throws(Refusal) -> Reader {
        try Reader.of(caller, actingAs: actingAs)
    }
}

/// What a lane does, in the order of arrival.
enum LaneItem: Sendable {
    case write(Commission<Write>)
    case signal(Commission<Signal>)
    case file(FileCommission)
    /// Registers the caller, then the item is read.
    case register(Caller, then: ReadItem)
    case gone(TenantSlug, UserID)
    /// A reader found the moment at which the tenant's next message is due to disappear.
    case due(TenantSlug, Timestamp)
    /// The tenant's name or limits are other than before.
    case updated(TenantRecord)
    /// Nobody wants anything, but what runs out by itself is to be looked after.
    case keepUp(TenantSlug)
    /// Users went: when they were last seen.
    case seen(TenantSlug, [UserID: Timestamp])
    /// Contents are removed, all that were to be or some of them.
    case removed(TenantSlug, [String], areAll: Bool)
    /// The tenant is deleted: its files go.
    case erase(TenantSlug)
    /// A push service no longer knows a browser.
    case pushEnded(PushEnd)

    var tenant: TenantSlug {
        switch self {
        case .write(let commission): commission.caller.tenant
        case .signal(let commission): commission.caller.tenant
        case .file(let commission): commission.caller.tenant
        case .register(let caller, _): caller.tenant
        case .gone(let tenant, _), .due(let tenant, _), .keepUp(let tenant), .seen(let tenant, _), .erase(let tenant),
            .removed(let tenant, _, _):
            tenant
        case .updated(let record): record.tenant
        case .pushEnded(let end): end.tenant
        }
    }

    var load: Load {
        switch self {
        case .write(let commission): Load(precedence: commission.op.precedence, bytes: commission.bytes)
        case .signal(let commission): Load(precedence: commission.op.precedence, bytes: commission.bytes)
        case .file: Load(bytes: FileCommission.bytes)
        case .register(_, let item): item.load
        case .seen: Load(precedence: .presence)
        case .pushEnded: Load(precedence: .history)
        case .gone, .due, .updated, .keepUp, .erase, .removed: Load()
        }
    }
}

/// What a reader does, in any order.
enum ReadItem: Sendable {
    case query(Commission<Query>)
    case file(FileCommission)
    case presence(Commission<PresenceCommand>)
    /// Whom may it be told to?
    case tell(PresenceBook.Due)
    case catchUp(Origin, CatchUp)
    case replay(ReplayRequest, from: [UInt8])
    /// Somebody watches the tenant: where does its log stand?
    case position(TenantSlug)
    /// Nobody has come to the tenant in this run: does something run out in it?
    case visit(TenantSlug)
    /// Whom is a message to wake?
    case push(PushQuestion, from: [UInt8])

    var tenant: TenantSlug {
        switch self {
        case .query(let commission): commission.caller.tenant
        case .file(let commission): commission.caller.tenant
        case .presence(let commission): commission.caller.tenant
        case .tell(let due): due.tenant
        case .catchUp(_, let catchUp): catchUp.caller.tenant
        case .replay(let request, _): request.tenant
        case .position(let tenant), .visit(let tenant): tenant
        case .push(let question, _): question.tenant
        }
    }

    var load: Load {
        switch self {
        case .query(let commission): Load(precedence: commission.op.precedence, bytes: commission.bytes)
        case .presence(let commission): Load(precedence: commission.op.precedence, bytes: commission.bytes)
        case .file: Load(precedence: .history, bytes: FileCommission.bytes)
        case .tell: Load(precedence: .presence)
        case .push, .visit: Load(precedence: .history)
        case .catchUp, .replay, .position: Load()
        }
    }

    /// Whether it can be answered from the snapshot of the one before it: only catch-ups, whose pages are bounded, so
    /// that nobody waits behind a long query.
    func joins(_ previous: ReadItem) -> Bool {
        guard case .catchUp(_, let own) = self, case .catchUp(_, let other) = previous else { return false }
        return own.caller.tenant == other.caller.tenant
    }
}

/// What the threads hand to the bus thread.
enum RouterInput: Sendable {
    case finished(Finished)
    case directory([Directory.Change])
    /// Whom fan-out workers may let in.
    case taps(TapDirectory)
    /// The process ends.
    case stop
}

/// The outcome of a batch, handed over as one: events and the replies to the commands that caused them.
struct Finished: Sendable {
    /// One commit's events of one tenant, as they go onto the bus.
    struct Publication: Equatable, Sendable {
        let tenant: TenantSlug
        /// Of an `EventPack`.
        let pack: [UInt8]
        let eventCount: Int
    }

    var answers: [(answer: Answer, link: LinkID)] = []
    var publications: [Publication] = []
    var replays: [(answer: ReplayAnswer, identity: [UInt8])] = []
    var presence: [PresenceResult] = []
    var pushes: [(tenant: TenantSlug, answer: PushAnswer, identity: [UInt8])] = []

    var isEmpty: Bool {
        answers.isEmpty && publications.isEmpty && replays.isEmpty && presence.isEmpty && pushes.isEmpty
    }

    mutating func reply(_ outcome: Result<Answered, Refusal>, to commission: Commission<some Sendable>) {
        reply(outcome, ref: commission.ref, to: commission.origin)
    }

    mutating func reply(_ outcome: Result<Answered, Refusal>, ref: String?, to origin: Origin) {
        let code: Refusal.Code? = if case .failure(let refusal) = outcome { refusal.code } else { nil }
        let answer = Answer.reply(id: origin.id, code: code, json: Reply(ref: ref, outcome).bytes)
        answers.append((answer, origin.link))
    }

    mutating func publish(_ envelopes: [Envelope], of tenant: TenantSlug, epoch: String) {
        guard !envelopes.isEmpty else { return }
        let pack = EventPack(tenant: tenant, epoch: epoch, envelopes: envelopes)
        publications.append(Publication(tenant: tenant, pack: pack.bytes, eventCount: envelopes.count))
    }
}
