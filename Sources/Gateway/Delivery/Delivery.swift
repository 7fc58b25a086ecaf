internal import NIOCore
internal import Wire

/// Everything that one event loop hands out, tenant by tenant. A connection is known by its slot: a small number of
/// its loop's, free for another once it is closed.
struct Delivery {
    private var audiences: [TenantSlug: Audience] = [:]
    private var tenants: [Int: TenantSlug] = [:]

    /// The connection begins to catch up: everything that comes from now on concerns it.
    ///
    /// - Returns: true where it is the tenant's first on this loop.
    mutating func open(_ slot: Int, _ caller: Caller) -> Bool {
        tenants[slot] = caller.tenant
        let isFirst = audiences[caller.tenant] == nil
        audiences[caller.tenant, default: Audience(tenant: caller.tenant)].open(slot, caller)
        return isFirst
    }

    /// By `Audience.complete`.
    mutating func complete(
        _ slot: Int, reached: UInt64, _ conversations: [ConversationID], states: [[UInt8]] = []
    ) -> [CatchUpPage.Event]? {
        guard let tenant = tenants[slot] else { return [] }
        return audiences[tenant]?.complete(slot, reached: reached, conversations, states: states)
    }

    /// - Returns: the tenant, where this was its last connection on this loop.
    mutating func close(_ slot: Int) -> TenantSlug? {
        guard let tenant = tenants.removeValue(forKey: slot) else { return nil }
        audiences[tenant]?.close(slot)
        guard audiences[tenant]?.isEmpty == true else { return nil }
        audiences[tenant] = nil
        return tenant
    }

    mutating func dispatch(
        _ events: [Envelope], of tenant: TenantSlug, cursor: UInt64, into dispatch: inout Dispatch
    ) {
        audiences[tenant]?.dispatch(events, cursor: cursor, into: &dispatch)
    }

    func mark(_ slot: Int) -> UInt64? { tenants[slot].flatMap { audiences[$0]?.mark(slot) } }

    func slots(of tenant: TenantSlug) -> [Int] { audiences[tenant]?.slots ?? [] }

    var heldCount: Int { audiences.values.reduce(0) { $0 + $1.heldCount } }
}
