internal import Synchronization
internal import Wire

/// The newest offset of each tenant that this run has had in hand, for heartbeats: kept past the closing of a tenant's
/// file, since an idle tenant's subscribers listen on.
final class Positions: Sendable {
    /// How long after its last commit a tenant is in heartbeats without anybody watching: a fan-out worker that missed
    /// the commit's events learns of them.
    static let lively: Duration = .seconds(60)

    private struct Entry {
        var position: Heartbeat.Position
        var committed: ContinuousClock.Instant?
    }

    private let entries = Mutex<[TenantSlug: Entry]>([:])

    func contains(_ tenant: TenantSlug) -> Bool { entries.withLock { $0[tenant] != nil } }

    /// What a lane committed.
    func committed(_ position: Heartbeat.Position, now: ContinuousClock.Instant) {
        entries.withLock { $0[position.tenant] = Entry(position: position, committed: now) }
    }

    /// What a reader found: it may be older than what a lane has committed meanwhile.
    func found(_ position: Heartbeat.Position) {
        entries.withLock { entries in
            guard let entry = entries[position.tenant], entry.position.epoch == position.epoch else {
                entries[position.tenant] = Entry(position: position, committed: nil)
                return
            }
            if entry.position.offset < position.offset { entries[position.tenant]?.position = position }
        }
    }

    func forget(_ tenant: TenantSlug) { entries.withLock { _ = $0.removeValue(forKey: tenant) } }

    /// What a heartbeat says: tenants that are watched or lively, in the order of their slugs.
    func heartbeat(watched: (TenantSlug) -> Bool, now: ContinuousClock.Instant) -> [Heartbeat.Position] {
        let positions = entries.withLock { entries in
            entries.values.filter { entry in
                let isLively = entry.committed.map { $0 + Self.lively > now } ?? false
                return isLively || watched(entry.position.tenant)
            }.map(\.position)
        }
        return positions.sorted { $0.tenant.text < $1.tenant.text }
    }
}
