public import Wire

/// Somebody as a reader may see them, but for whether they are here now: that is the router's to say.
public struct PresenceView: Equatable, Sendable {
    public let user: UserID
    /// A block stands between the two: the reader sees them offline, and no more than that.
    public let isHidden: Bool
    /// What is stored; nil where they never went.
    public let lastSeen: Timestamp?

    public init(_ user: UserID, isHidden: Bool = false, lastSeen: Timestamp? = nil) {
        self.user = user
        self.isHidden = isHidden
        self.lastSeen = isHidden ? nil : lastSeen
    }

    /// - Parameter now: of the same user.
    public func presence(_ now: Presence) -> Presence {
        if isHidden { return Presence(user: user) }
        guard now.status == .offline, now.lastSeen == nil else { return now }
        return Presence(user: user, lastSeen: lastSeen)
    }
}

extension PresenceWatch {
    /// Whom the reader sees, in the order in which they were named. As with everything else, a user whom nobody has seen
    /// is `not_found`.
    public func answer(_ turn: Turn<some TenantReads>) throws -> [PresenceView] {
        let seen = try turn.tenant.lastSeen(of: users)
        let hidden: Set<UserID> =
            switch turn.reader {
            case .user(let reader): try Set(turn.tenant.blockedEitherWay(with: reader))
            case .service: []
            }
        return try users.map { user in
            guard let lastSeen = seen[user] else { throw Refusal.notFound }
            return PresenceView(user, isHidden: hidden.contains(user), lastSeen: lastSeen)
        }
    }
}

extension PresenceSet {
    /// Whose presence it is.
    public func user(_ turn: Turn<some TenantReads>) throws -> UserID { try turn.knownUser }
}

/// A person's presence to be told, as they are shown to those who may see it.
public struct PresenceTelling: Equatable, Sendable {
    public let presence: Presence
    /// Nobody else is told; nil: all who watch.
    public let only: UserID?

    public init(_ presence: Presence, only: UserID? = nil) {
        self.presence = presence
        self.only = only
    }

    /// What goes out: nothing of a person reaches anyone across a block.
    public func news(in tenant: some BlockReads & UserReads) throws -> PresenceNews {
        let user = presence.user
        let view = PresenceView(
            user, isHidden: try only.map { try tenant.isBlockedEitherWay(user, $0) } ?? false,
            lastSeen: try isIncomplete ? tenant.lastSeen(of: [user])[user] ?? nil : nil)
        let except = try only == nil ? tenant.blockedEitherWay(with: user) : []
        // What is not stored has no time in its JSON.
        let json = Event.presence(view.presence(presence)).json(offset: nil, at: .zero)
        return PresenceNews(user: user, only: only, except: except, json: json)
    }

    private var isIncomplete: Bool { presence.status == .offline && presence.lastSeen == nil }
}

extension BlockReads {
    /// The users who block the user or whom the user blocks, in ascending order.
    func blockedEitherWay(with user: UserID) throws -> [UserID] {
        let blockers = try blockers(of: user)
        let blocked = try blocked(by: user)
        if blocked.isEmpty { return blockers }
        if blockers.isEmpty { return blocked }
        return Set(blockers).union(blocked).sorted()
    }
}
