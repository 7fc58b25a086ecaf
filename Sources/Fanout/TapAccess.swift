internal import Wire

/// Who may read which tenant by a tap: what routers told last, less what has run out since.
struct TapAccess: Equatable {
    struct Grant: Equatable {
        let tenant: TenantSlug
        let tap: TapRecord
    }

    /// A tenant whose publisher is to be open, and for whom.
    struct Door: Equatable {
        /// Its port is the first of the range and so many more.
        let place: Int
        /// Keys that may see everything.
        let keys: Set<CurveKey>
    }

    /// What a change asks of the sockets.
    struct Change: Equatable {
        /// Tenants whose door is other than before; nil: it closes.
        var doors: [TenantSlug: Door?] = [:]
        /// Keys that may no longer read.
        var ended: Set<CurveKey> = []

        var isEmpty: Bool { doors.isEmpty && ended.isEmpty }
    }

    private var directories: [TapDirectory?]
    private(set) var grants: [CurveKey: Grant] = [:]
    private(set) var doors: [TenantSlug: Door] = [:]
    /// When the next tap runs out.
    private var nextExpiry: Timestamp?

    init(routers: Int) { directories = Array(repeating: nil, count: routers) }

    /// Before that nothing may be open: a peer that is refused does not come again by itself.
    var isKnown: Bool { directories.allSatisfy { $0 != nil } }

    func version(of router: Int) -> TapDirectory.Version { directories[router]?.version ?? .none }

    subscript(key: CurveKey) -> Grant? { grants[key] }

    mutating func update(_ directory: TapDirectory, of router: Int, at now: Timestamp) -> Change {
        directories[router] = directory
        return renew(at: now)
    }

    mutating func ticked(at now: Timestamp) -> Change {
        guard let nextExpiry, nextExpiry <= now else { return Change() }
        return renew(at: now)
    }

    private mutating func renew(at now: Timestamp) -> Change {
        var grants: [CurveKey: Grant] = [:]
        var doors: [TenantSlug: Door] = [:]
        nextExpiry = nil
        for tenant in directories.compactMap({ $0?.tenants }).joined() {
            let taps = tenant.taps.filter { $0.isInForce(at: now) }
            for tap in taps {
                grants[tap.key] = Grant(tenant: tenant.tenant, tap: tap)
                if let expiresAt = tap.expiresAt { nextExpiry = min(nextExpiry ?? expiresAt, expiresAt) }
            }
            let keys = Set(taps.filter(\.scope.isWhole).map(\.key))
            if !keys.isEmpty { doors[tenant.tenant] = Door(place: Int(tenant.place), keys: keys) }
        }
        var change = Change()
        for slug in Set(doors.keys).union(self.doors.keys) where doors[slug] != self.doors[slug] {
            change.doors.updateValue(doors[slug], forKey: slug)
        }
        change.ended = Set(self.grants.filter { grants[$0.key] != $0.value }.keys)
        self.grants = grants
        self.doors = doors
        return change
    }
}
