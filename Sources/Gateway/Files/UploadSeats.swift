internal import Synchronization
internal import Wire

/// How many uploads come in at once, or downloads go out, in all, of one tenant and of one person.
final class UploadSeats: Sendable {
    private struct Key: Hashable {
        let tenant: TenantSlug
        let user: UserID
    }

    private struct State {
        var all = 0
        var byTenant: [TenantSlug: Int] = [:]
        var taken: [Key: Int] = [:]
    }

    private let max: Int
    /// A quarter is for the others: who is slow has many for long.
    private var perTenantMax: Int { max - max / 4 }
    private let perUserMax: Int
    private let state = Mutex(State())

    init(max: Int, perUserMax: Int) {
        self.max = max
        self.perUserMax = perUserMax
    }

    var count: Int { state.withLock { $0.all } }

    /// - Returns: false where there is none; otherwise `giveBack` has to come.
    func take(_ user: UserID, in tenant: TenantSlug) -> Bool {
        let key = Key(tenant: tenant, user: user)
        return state.withLock { state in
            guard state.all < max, state.byTenant[tenant, default: 0] < perTenantMax,
                state.taken[key, default: 0] < perUserMax
            else { return false }
            state.all += 1
            state.byTenant[tenant, default: 0] += 1
            state.taken[key, default: 0] += 1
            return true
        }
    }

    func giveBack(_ user: UserID, in tenant: TenantSlug) {
        let key = Key(tenant: tenant, user: user)
        state.withLock { state in
            state.all -= 1
            let others = state.byTenant[tenant, default: 1] - 1
            state.byTenant[tenant] = others > 0 ? others : nil
            let left = state.taken[key, default: 1] - 1
            state.taken[key] = left > 0 ? left : nil
        }
    }
}
