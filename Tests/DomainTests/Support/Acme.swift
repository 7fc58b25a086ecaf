import Domain
import Wire

/// A tenant with people in it. Alice owns the team, Bob is its admin, Carol and Dave are members; Alice and Bob have a
/// direct conversation. Erin is in neither; nobody has ever seen the ghost.
struct Acme {
    static let alice = user("alice")
    static let bob = user("bob")
    static let carol = user("carol")
    static let dave = user("dave")
    static let erin = user("erin")
    static let ghost = user("ghost")
    static let team = ConversationID.number(1)
    static let direct = ConversationID.number(2)

    var tenant: MemoryTenant
    var now = Timestamp(milliseconds: 1_767_225_600_000)
    var settings = TenantSettings()

    /// Nobody and nothing but what the tenant has.
    init(tenant: MemoryTenant) { self.tenant = tenant }

    init(history: HistoryVisibility = .all) throws {
        self.init(tenant: MemoryTenant())
        for user in [Self.alice, Self.bob, Self.carol, Self.dave, Self.erin] { try register(user) }
        let members = [Self.bob, Self.carol, Self.dave]
        try commit(
            .conversationCreate(
                ConversationCreate(kind: .group, members: members, id: Self.team, title: "Team", history: history)),
            as: Self.alice)
        try commit(.memberRole(MemberRoleSet(conversation: Self.team, user: Self.bob, role: .admin)), as: Self.alice)
        try commit(
            .conversationCreate(ConversationCreate(kind: .direct, members: [Self.bob], id: Self.direct)),
            as: Self.alice)
    }

    mutating func register(_ user: UserID, _ profile: Profile = Profile()) throws {
        tenant.apply(try Domain.register(user, profile, in: tenant))
    }

    func turn(_ reader: Reader) -> Turn<MemoryTenant> {
        Turn(
            tenant: tenant, reader: reader, at: now, nextOffset: tenant.newestOffset + 1, settings: settings,
            link: { file, user, until in
                TenantSlug("acme").map {
                    FileLink(tenant: $0, user: user, file: file, until: until) { Array($0.prefix(32)) }
                }
            })
    }

    func decide(_ write: Write, as user: UserID) throws -> Decision { try write.decide(turn(.user(user))) }

    /// Decides, and makes it so.
    @discardableResult
    mutating func commit(_ write: Write, as user: UserID) throws -> Decision {
        let decision = try decide(write, as: user)
        tenant.apply(decision.changes)
        tenant.append(decision.happenings, at: now)
        return decision
    }

    mutating func append(_ happenings: [Happening]) { tenant.append(happenings, at: now) }

    func answer(_ query: Query, as user: UserID) throws -> Answered { try query.answer(turn(.user(user))) }

    func relay(_ signal: Signal, as user: UserID) throws -> [Happening] { try signal.relay(turn(.user(user))) }
}

// Short ways to say what a test is not about.
extension Acme {
    /// Message `number` from 1 on, sent by the user.
    @discardableResult
    mutating func send(
        _ number: UInt64, _ text: String = "Hello", to conversation: ConversationID = team, by user: UserID = alice
    ) throws -> Decision {
        try commit(
            .messageSend(MessageSend(conversation: conversation, id: .number(number), text: text)), as: user)
    }

    mutating func block(_ user: UserID, by blocker: UserID) throws {
        try commit(.blockAdd(BlockAdd(user: user)), as: blocker)
    }

    mutating func unblock(_ user: UserID, by blocker: UserID) throws {
        try commit(.blockRemove(BlockRemove(user: user)), as: blocker)
    }

    mutating func add(_ users: UserID..., by user: UserID = alice) throws {
        try commit(.memberAdd(MemberAdd(conversation: Self.team, users: users)), as: user)
    }

    mutating func remove(_ users: UserID..., by user: UserID = alice) throws {
        try commit(.memberRemove(MemberRemove(conversation: Self.team, users: users)), as: user)
    }

    /// The team's members beside those that an `Acme` has, `count` in all.
    mutating func fillTeam(upTo count: UInt64) throws {
        let users = (tenant.rooms[Self.team]?.details.memberCount ?? 0)..<count
        for number in users { try register(Self.user("extra-\(number)")) }
        try commit(
            .memberAdd(MemberAdd(conversation: Self.team, users: users.map { Self.user("extra-\($0)") })),
            as: Self.alice)
    }

    func role(of user: UserID, in conversation: ConversationID = team) -> MemberRole? {
        tenant.membership(of: user, in: conversation)?.member.role
    }

    func view(_ conversation: ConversationID = team, as user: UserID) throws -> ConversationView? {
        guard
            case .conversationInFull(let view, _) = try answer(
                .conversationGet(ConversationGet(conversation: conversation)), as: user)
        else { return nil }
        return view
    }

    func page(
        _ conversation: ConversationID = team, at position: MessageList.Position = .newest, limit: Int = 50,
        as user: UserID
    ) throws -> [MessageView] {
        let list = MessageList(conversation: conversation, position: position, limit: limit)
        guard case .messages(let views, _) = try answer(.messageList(list), as: user) else { return [] }
        return views
    }

    static func user(_ text: String) -> UserID {
        guard let user = UserID(text) else { preconditionFailure("\(text) is no user id") }
        return user
    }
}

extension UUIDIdentifier {
    static func number(_ number: UInt64) -> Self { Self(bits: UUIDBits(high: 0, low: number)) }
}

extension Decision {
    var events: [Event] { happenings.map(\.event) }

    /// Of an answer `stored`.
    var offset: UInt64? {
        guard case .stored(let offset) = answered else { return nil }
        return offset
    }
}

extension MessageView {
    var isHidden: Bool {
        switch self {
        case .shown: false
        case .hidden: true
        }
    }

    var seq: UInt64 {
        switch self {
        case .shown(let message): message.seq
        case .hidden(_, _, let seq): seq
        }
    }
}
