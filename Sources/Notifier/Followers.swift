internal import Bus
internal import Wire

/// One tenant's stream and its socket.
struct Follower {
    let keys: CurveKeyPair
    let socket: SocketID
    /// Workers take turns.
    let attempt: Int
    var following: Following
    /// As it lies on disk.
    var saved: Place

    /// Where it stands, where that is not on disk yet.
    var movedPlace: Place? {
        guard following.next > 0, let epoch = following.epoch else { return nil }
        let place = Place(secret: saved.secret, epoch: epoch, next: following.next)
        return place == saved ? nil : place
    }
}

/// All streams, by tenant and by socket.
struct Followers {
    private var byTenant: [TenantSlug: Follower] = [:]
    private var bySocket: [SocketID: TenantSlug] = [:]

    var count: Int { byTenant.count }
    var tenants: [TenantSlug] { Array(byTenant.keys) }

    func tenant(of socket: SocketID) -> TenantSlug? { bySocket[socket] }

    subscript(tenant: TenantSlug) -> Follower? {
        get { byTenant[tenant] }
        _modify { yield &byTenant[tenant] }
    }

    mutating func add(_ follower: Follower, of tenant: TenantSlug) {
        byTenant[tenant] = follower
        bySocket[follower.socket] = tenant
    }

    @discardableResult
    mutating func remove(_ tenant: TenantSlug) -> Follower? {
        guard let follower = byTenant.removeValue(forKey: tenant) else { return nil }
        bySocket[follower.socket] = nil
        return follower
    }

    mutating func saved(_ place: Place, of tenant: TenantSlug) { byTenant[tenant]?.saved = place }

    mutating func keepSaved(_ place: Place, of tenant: TenantSlug) { byTenant[tenant]?.saved = place }
}
