internal import Synchronization
internal import Wire

/// A tenant as the gateway uses it; replaced as a whole when something changes.
final class TenantEntry: Sendable {
    let record: TenantRecord
    let keys: TokenKeys
    let origins: Set<String>
    let suspendedUsers: Set<UserID>

    init(_ record: TenantRecord) async {
        self.record = record
        keys = await TokenKeys(record.keys)
        origins = Set(record.origins)
        suspendedUsers = Set(record.suspendedUsers)
    }

    var settings: TenantSettings { record.settings }

    func isSuspended(_ user: UserID) -> Bool {
        record.state == .suspended || suspendedUsers.contains(user)
    }
}

/// All tenants, as the routers told.
final class Directory: Sendable {
    private struct State {
        var entries: [TenantSlug: TenantEntry] = [:]
        /// Of how many tenants each origin is.
        var origins: [String: Int] = [:]

        mutating func replace(_ tenant: TenantSlug, by entry: TenantEntry?) {
            for origin in entries[tenant]?.origins ?? [] {
                let count = origins[origin, default: 1] - 1
                origins[origin] = count > 0 ? count : nil
            }
            entries[tenant] = entry
            for origin in entry?.origins ?? [] { origins[origin, default: 0] += 1 }
        }
    }

    private let state = Mutex(State())

    subscript(tenant: TenantSlug) -> TenantEntry? { state.withLock { $0.entries[tenant] } }

    /// Whether any tenant lists the origin: all that a preflight, which has no token, can be asked.
    func lists(_ origin: String) -> Bool { state.withLock { $0.origins[origin] != nil } }

    func put(_ entry: TenantEntry) { state.withLock { $0.replace(entry.record.tenant, by: entry) } }

    func remove(_ tenant: TenantSlug) { state.withLock { $0.replace(tenant, by: nil) } }

    var count: Int { state.withLock { $0.entries.count } }
}
