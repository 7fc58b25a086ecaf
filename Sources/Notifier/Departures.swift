internal import Wire

/// Which lines have a request under way, and which targets are to be looked at next. A line is one webhook's events of
/// one conversation, or one browser's of one: the next of a line leaves when the former has come to its end, so that
/// they arrive in order, while other lines go on.
struct Departures: Equatable, Sendable {
    struct Bounds: Equatable, Sendable {
        var total = 64
        /// So that a slow receiver leaves room for others.
        var perTarget = 8
        /// Of pushes, whose receivers any user may name: webhooks have the other half for themselves.
        var pushes: Int { max(total / 2, 1) }
        /// So that the slow receivers of one tenant's users leave room for other tenants' pushes.
        var pushesPerTenant: Int { max(total / 4, 1) }
    }

    private let bounds: Bounds
    private var underWay: [String: Set<Int64>] = [:]
    private var wakes: [String: Timestamp] = [:]
    private var pushes: [TenantSlug: Int] = [:]
    /// Push services that were looked at while a tenant had no room.
    private var passedOver: Set<String> = []
    private(set) var count = 0
    private var pushCount = 0

    init(_ bounds: Bounds) { self.bounds = bounds }

    /// Something of the target is due then.
    mutating func wake(_ target: String, at: Timestamp) {
        wakes[target] = min(wakes[target] ?? at, at)
    }

    /// Targets with something due and with room, those that wait longest first.
    func due(at now: Timestamp) -> [String] {
        guard count < bounds.total else { return [] }
        return wakes.filter { $0.value <= now && room(for: $0.key) > 0 }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    /// How many more requests to the target may begin.
    func room(for target: String) -> Int {
        let room = min(bounds.perTarget - (underWay[target]?.count ?? 0), bounds.total - count)
        return max(Self.isWebhook(target) ? room : min(room, bounds.pushes - pushCount), 0)
    }

    func lines(of target: String) -> Set<Int64> { underWay[target] ?? [] }

    /// Tenants that may begin no more pushes for now.
    var fullTenants: [TenantSlug] { pushes.filter { $0.value >= bounds.pushesPerTenant }.map(\.key) }

    /// The target has been looked at.
    ///
    /// - Parameter next: when the next of its lines that is not under way is due; nil where there is none.
    mutating func looked(at target: String, next: Timestamp?) {
        wakes[target] = next
        if !Self.isWebhook(target), !fullTenants.isEmpty { passedOver.insert(target) }
    }

    /// - Returns: false where a request of that line is under way, or there is no room: it must not begin.
    mutating func begin(_ line: Int64, of target: String, for tenant: TenantSlug) -> Bool {
        let isPush = !Self.isWebhook(target)
        guard room(for: target) > 0, !isPush || pushes[tenant, default: 0] < bounds.pushesPerTenant,
            underWay[target, default: []].insert(line).inserted
        else { return false }
        count += 1
        if isPush {
            pushCount += 1
            pushes[tenant, default: 0] += 1
        }
        return true
    }

    mutating func end(_ line: Int64, of target: String, for tenant: TenantSlug, now: Timestamp) {
        guard underWay[target]?.remove(line) != nil else { return }
        if underWay[target]?.isEmpty == true { underWay[target] = nil }
        count -= 1
        wake(target, at: now)
        guard !Self.isWebhook(target) else { return }
        pushCount -= 1
        let left = pushes[tenant, default: 1] - 1
        pushes[tenant] = left > 0 ? left : nil
        for target in passedOver { wake(target, at: now) }
        passedOver = []
    }

    /// Push services go by their origins.
    static func isWebhook(_ target: String) -> Bool { target.hasPrefix("wh_") }
}
