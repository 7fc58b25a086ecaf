internal import Domain
internal import Wire

/// Who is here, of all tenants: what gateways' links say, and whose presence each of them wants to hear of. In memory
/// alone; a router that starts learns it from the gateways' links (docs/decisions/0009).
struct PresenceBook {
    /// Whose presence is to be told next, of one tenant: to all links whose people watch, or to one.
    struct Due: Equatable {
        let tenant: TenantSlug
        let tellings: [PresenceTelling]
        let link: LinkID?
    }

    /// How long what a link said holds once it was last heard: a gateway whose link broke has opened another by then.
    static let lease = Links.silence
    /// How often what is due is looked for, so that a crowd's changes are told together.
    private static let pace: Duration = .milliseconds(250)
    /// How long the moments at which people were last seen gather before they are stored together.
    private static let storing: Duration = .seconds(10)
    /// Tellings that one reader looks up at a time.
    private static let tellingsAtOnce = 256

    private let settled: ContinuousClock.Instant
    private var tenants: [TenantSlug: Presences<LinkID>] = [:]
    private var nextPace: ContinuousClock.Instant
    private var nextStoring: ContinuousClock.Instant
    /// Whether anything at all may be due.
    private(set) var nextDue: ContinuousClock.Instant?

    /// - Parameter now: the router's start; who was here before it is known one lease later.
    init(now: ContinuousClock.Instant) {
        settled = now + Self.lease
        nextPace = now
        nextStoring = now + Self.storing
    }

    /// How many people are shown as here.
    var count: Int { tenants.values.reduce(0) { $0 + $1.count } }

    mutating func present(
        _ attending: [Attending], isRenewal: Bool, in tenant: TenantSlug, on link: LinkID, _ moment: PresenceMoment
    ) {
        change(tenant) { presences in
            for one in attending {
                presences.report(one.user, one.attendance, by: link, isRenewal: isRenewal, moment)
            }
        }
    }

    mutating func gone(_ user: UserID, in tenant: TenantSlug, on link: LinkID, _ moment: PresenceMoment) {
        change(tenant) { $0.report(user, nil, by: link, moment) }
    }

    /// By what any gateway says.
    func isConnected(_ user: UserID, in tenant: TenantSlug) -> Bool { tenants[tenant]?.isHeld(user) ?? false }

    mutating func interest(_ interest: PresenceInterest, in tenant: TenantSlug, on link: LinkID) {
        change(tenant) { $0.interest(interest, of: link) }
    }

    /// False where too many did so.
    mutating func visit(
        _ user: UserID, _ set: PresenceSet, in tenant: TenantSlug, _ moment: PresenceMoment
    ) -> Bool {
        change(tenant) { $0.visit(user, set, moment) }
    }

    /// - Parameter heard: when something last came on the link.
    mutating func ended(_ link: LinkID, heard: ContinuousClock.Instant) {
        for tenant in Array(tenants.keys) { change(tenant) { $0.ended(link, until: heard + Self.lease) } }
    }

    mutating func forget(_ tenant: TenantSlug) { tenants[tenant] = nil }

    func presence(of user: UserID, in tenant: TenantSlug) -> Presence {
        tenants[tenant]?.presence(of: user) ?? Presence(user: user)
    }

    func watchers(of user: UserID, in tenant: TenantSlug) -> Set<LinkID> {
        tenants[tenant]?.watchers(of: user) ?? []
    }

    /// Two people between whom a block began or ended: each is told of the other, if their people watch.
    func acrossBlock(_ one: UserID, _ other: UserID, in tenant: TenantSlug) -> Due? {
        guard let presences = tenants[tenant] else { return nil }
        let pairs = [(one, other), (other, one)].filter { !presences.watchers(of: $0.0).isEmpty }
        guard !pairs.isEmpty else { return nil }
        return Due(
            tenant: tenant, tellings: pairs.map { PresenceTelling(presences.presence(of: $0.0), only: $0.1) }, link: nil
        )
    }

    /// What was to be told could not be looked up: it is told as it is by then.
    mutating func untold(_ due: Due) {
        let users = due.tellings.map(\.presence.user)
        change(due.tenant) { presences in
            for user in users {
                for link in due.link.map({ [$0] }) ?? Array(presences.watchers(of: user)) {
                    presences.owe([user], to: link)
                }
            }
        }
    }

    /// What time brings, in portions; nothing before `nextDue`.
    mutating func due(_ moment: PresenceMoment) -> [Due] {
        guard let nextDue, nextDue <= moment.now, nextPace <= moment.now else { return [] }
        nextPace = moment.now + Self.pace
        self.nextDue = tenants.values.lazy.compactMap(\.nextDue).filter { $0 > moment.now }.min()
        // The names alone: whoever held on to the rest would have it copied by the first change.
        let ripe = tenants.compactMap { tenant, presences in
            presences.nextDue.map { $0 <= moment.now } == true ? tenant : nil
        }
        var due: [Due] = []
        for tenant in ripe.sorted(by: { $0.text < $1.text }) {
            let found = change(tenant) { $0.due(moment) }
            for (link, group) in Dictionary(grouping: found, by: \.holder) {
                for start in stride(from: 0, to: group.count, by: Self.tellingsAtOnce) {
                    let portion = group[start..<min(start + Self.tellingsAtOnce, group.count)]
                    due.append(Due(tenant: tenant, tellings: portion.map { PresenceTelling($0.presence) }, link: link))
                }
            }
        }
        return due
    }

    /// When people were last seen, to be stored; nothing but every few seconds.
    mutating func takeLeft(now: ContinuousClock.Instant) -> [(tenant: TenantSlug, left: [UserID: Timestamp])] {
        guard nextStoring <= now else { return [] }
        nextStoring = now + Self.storing
        return Array(tenants.keys).compactMap { tenant in
            let left = change(tenant) { $0.takeLeft() }
            return left.isEmpty ? nil : (tenant, left)
        }
    }

    /// In place, so that nothing is copied.
    private mutating func change<Outcome>(
        _ tenant: TenantSlug, _ body: (inout Presences<LinkID>) -> Outcome
    ) -> Outcome {
        let settled = settled
        let result = body(&tenants[tenant, default: Presences(settled: settled)])
        if let due = tenants[tenant]?.nextDue { nextDue = min(nextDue ?? due, due) }
        if tenants[tenant]?.isEmpty == true { tenants[tenant] = nil }
        return result
    }
}
