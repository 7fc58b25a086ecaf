internal import DequeModule
internal import Wire

/// The rings of all tenants, within bounds of their own: past them, the ring of a tenant that has been quiet longest,
/// or nearly, goes whole.
struct Tenants: Equatable {
    struct Bounds: Equatable, Sendable {
        var ring: Ring.Bounds
        var tenants: Int
        /// Of all rings' events together.
        var bytes: Int
    }

    /// Whether the ring's missing events are asked for.
    enum Filling: Equatable {
        case no
        case asked
        case due(ContinuousClock.Instant)
    }

    struct Tenant: Equatable {
        var ring: Ring
        /// Whose stream it comes on.
        var router: Int
        var filling = Filling.no
        /// It has had events, or been asked for, since `evict` last looked at it.
        var isRecent = true
    }

    let bounds: Bounds
    private var tenants: [TenantSlug: Tenant] = [:]
    /// Each tenant once. The front is looked at first: recent ones go to the back (second chance, after F. Corbató, "A
    /// Paging Experiment with the Multics System", 1969), which is nearly least-recently-used without a list to mend at
    /// every event.
    private var queue: Deque<TenantSlug> = []
    /// Those whose `filling` is `due`.
    private var dueSlugs: Set<TenantSlug> = []
    private(set) var bytes = 0
    private(set) var events = 0

    init(_ bounds: Bounds) { self.bounds = bounds }

    var count: Int { tenants.count }
    var isFull: Bool { tenants.count >= bounds.tenants }

    subscript(slug: TenantSlug) -> Tenant? { tenants[slug] }

    /// Changes a tenant that is here; nil where it is not.
    mutating func update<Result>(_ slug: TenantSlug, _ change: (inout Tenant) -> Result) -> Result? {
        guard let index = tenants.index(forKey: slug) else { return nil }
        let (bytesBefore, eventsBefore) = (tenants.values[index].ring.bytes, tenants.values[index].ring.count)
        let result = change(&tenants.values[index])
        bytes += tenants.values[index].ring.bytes - bytesBefore
        events += tenants.values[index].ring.count - eventsBefore
        if case .due = tenants.values[index].filling { dueSlugs.insert(slug) } else { dueSlugs.remove(slug) }
        return result
    }

    /// In the former one's place, where there is one; nothing of it is asked for yet.
    mutating func put(_ tenant: Tenant, for slug: TenantSlug) {
        if let former = tenants.updateValue(tenant, forKey: slug) {
            bytes -= former.ring.bytes
            events -= former.ring.count
        } else {
            queue.append(slug)
        }
        bytes += tenant.ring.bytes
        events += tenant.ring.count
        dueSlugs.remove(slug)
    }

    /// - Returns: how many rings had to go.
    mutating func evict() -> Int {
        var evicted = 0
        while tenants.count > bounds.tenants || bytes > bounds.bytes, let slug = queue.popFirst() {
            guard let tenant = tenants[slug] else { continue }
            if tenant.isRecent, tenants.count > 1 {
                tenants[slug]?.isRecent = false
                queue.append(slug)
                continue
            }
            tenants[slug] = nil
            dueSlugs.remove(slug)
            bytes -= tenant.ring.bytes
            events -= tenant.ring.count
            evicted += 1
        }
        return evicted
    }

    var slugs: [TenantSlug] { Array(tenants.keys) }

    /// Whose missing events are to be asked for now.
    func due(now: ContinuousClock.Instant) -> [TenantSlug] {
        dueSlugs.filter { slug in
            if case .due(let at) = tenants[slug]?.filling { at <= now } else { false }
        }
    }
}
