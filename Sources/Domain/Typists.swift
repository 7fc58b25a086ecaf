public import Wire

/// Who is typing where in one tenant: input and `now` in, whose typing ends out; each of these is to be told with
/// `Typist.ended`. Typing is relayed only once it is in here, so that each beginning that the others heard of has an end.
public struct Typists: Sendable {
    /// How many can type at once: at some hundred bytes each, a tenant's share of memory stays below some megabytes.
    public static let countMaxDefault = 10_000

    private let countMax: Int
    private var expiries: [Typist: ContinuousClock.Instant] = [:]

    public init(countMax: Int = countMaxDefault) { self.countMax = countMax }

    public var isEmpty: Bool { expiries.isEmpty }

    /// When `expire` has something to do next; nil where nobody types.
    public var nextExpiry: ContinuousClock.Instant? { expiries.values.min() }

    /// Typing began or goes on, for another 6 s. False where too many type already: nobody is to hear of it.
    public mutating func start(_ typist: Typist, now: ContinuousClock.Instant) -> Bool {
        guard expiries[typist] != nil || expiries.count < countMax else { return false }
        expiries[typist] = now.advanced(by: .milliseconds(Limits.typingMilliseconds))
        return true
    }

    /// The typist says so. False where they were not typing: nobody is to hear of it.
    public mutating func stop(_ typist: Typist) -> Bool { expiries.removeValue(forKey: typist) != nil }

    /// A message ends its sender's typing, leaving a conversation that of whoever leaves.
    public mutating func ended(by happenings: [Happening]) -> [Typist] {
        guard !expiries.isEmpty else { return [] }
        return happenings.flatMap { happening -> [Typist] in
            switch happening.event {
            case .messageCreated(let message, _):
                end(Typist(conversation: message.conversation, user: message.sender)).map { [$0] } ?? []
            case .memberRemoved(let changed):
                changed.users.compactMap { end(Typist(conversation: changed.details.id, user: $0)) }
            case .messageDeleted, .conversationCreated, .conversationUpdated, .memberAdded, .memberRole, .blockAdded,
                .blockRemoved, .tenantUpdated, .cursor, .preferences, .typing, .presence:
                []
            }
        }
    }

    /// The user's last connection is gone.
    public mutating func gone(_ user: UserID) -> [Typist] { end(where: { typist, _ in typist.user == user }) }

    /// Nobody renewed these for 6 s.
    public mutating func expire(now: ContinuousClock.Instant) -> [Typist] { end(where: { _, expiry in expiry <= now }) }

    private mutating func end(_ typist: Typist) -> Typist? {
        expiries.removeValue(forKey: typist) == nil ? nil : typist
    }

    /// In order of conversation, then of user.
    private mutating func end(where isOver: (Typist, ContinuousClock.Instant) -> Bool) -> [Typist] {
        let over = expiries.filter { isOver($0.key, $0.value) }.keys
        for typist in over { expiries[typist] = nil }
        return over.sorted { ($0.conversation, $0.user) < ($1.conversation, $1.user) }
    }
}
