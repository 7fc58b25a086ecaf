internal import Wire

/// Whose presence the connections of one event loop watch, by slot and by user.
struct Watchers {
    /// What a connection asked for; it holds from the router's answer on.
    struct Watch {
        let tenant: TenantSlug
        /// Who sees it: a service that acts for nobody sees everybody.
        let viewer: UserID?
        let users: [UserID]
        /// Of the request: a later one counts, whichever is answered first.
        let request: UInt64
    }

    private var watches: [Int: Watch] = [:]
    private var slots: [TenantSlug: [UserID: [Int]]] = [:]

    var count: Int { watches.values.reduce(0) { $0 + $1.users.count } }

    /// - Returns: what no longer holds, since it is replaced, or came too late.
    mutating func put(_ watch: Watch, at slot: Int) -> Watch {
        if let former = watches[slot], former.request > watch.request { return watch }
        let former = remove(slot)
        watches[slot] = watch
        for user in watch.users { slots[watch.tenant, default: [:]][user, default: []].append(slot) }
        return former ?? Watch(tenant: watch.tenant, viewer: nil, users: [], request: 0)
    }

    /// The connection is gone.
    mutating func remove(_ slot: Int) -> Watch? {
        guard let watch = watches.removeValue(forKey: slot) else { return nil }
        for user in watch.users {
            slots[watch.tenant]?[user]?.removeAll { $0 == slot }
            if slots[watch.tenant]?[user]?.isEmpty == true { slots[watch.tenant]?[user] = nil }
        }
        if slots[watch.tenant]?.isEmpty == true { slots[watch.tenant] = nil }
        return watch
    }

    /// Which connections get it.
    func slots(for news: PresenceNews, in tenant: TenantSlug) -> [Int] {
        (slots[tenant]?[news.user] ?? []).filter { slot in watches[slot].map { news.concerns($0.viewer) } ?? false }
    }
}
