internal import Wire

/// Whose presence anybody at this gateway watches, counted over all event loops: routers hear of the first and the last.
struct Interests {
    private var counts: [TenantSlug: [UserID: Int]] = [:]

    /// - Returns: those whom nobody watched before.
    mutating func begin(_ users: [UserID], in tenant: TenantSlug) -> [UserID] {
        users.filter { user in
            let count = counts[tenant]?[user] ?? 0
            counts[tenant, default: [:]][user] = count + 1
            return count == 0
        }
    }

    /// - Returns: those whom nobody watches any longer.
    mutating func end(_ users: [UserID], in tenant: TenantSlug) -> [UserID] {
        let over = users.filter { user in
            guard let count = counts[tenant]?[user] else { return false }
            counts[tenant]?[user] = count > 1 ? count - 1 : nil
            return count == 1
        }
        if counts[tenant]?.isEmpty == true { counts[tenant] = nil }
        return over
    }

    var all: [(tenant: TenantSlug, users: [UserID])] { counts.map { ($0.key, $0.value.keys.sorted()) } }
    var count: Int { counts.values.reduce(0) { $0 + $1.count } }
}
