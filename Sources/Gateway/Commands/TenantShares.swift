internal import DequeModule
internal import Wire

/// How much of what routers have in hand is each tenant's, on one event loop.
///
/// While several tenants talk, one that talks more than routers carry out waits here for itself, in its own order. What
/// would wait in routers instead keeps both processes busy without a pause, and every other tenant's command then waits
/// for a processor at each thread it passes (docs/performance.md).
struct TenantShares<Request> {
    private struct Share {
        var inHand = 0
        var line: Deque<Request> = []
        var lastMoved: ContinuousClock.Instant
    }

    /// Routers that answer nothing for so long make nobody wait here: what they have too much of is refused as ever.
    static var patience: Duration { .seconds(1) }

    private let inHandMax: Int
    private var shares: [TenantSlug: Share] = [:]
    /// Requests that wait.
    private(set) var waitingCount = 0

    /// - Parameter inHandMax: a tenant's requests that routers may have while others talk too; 1 and up.
    init(inHandMax: Int) { self.inHandMax = inHandMax }

    /// - Returns: what goes to a router now; nil where it waits.
    mutating func take(
        _ request: Request, of tenant: TenantSlug, isContended: Bool, now: ContinuousClock.Instant
    ) -> Request? {
        var share = shares.removeValue(forKey: tenant) ?? Share(lastMoved: now)
        defer { shares[tenant] = share }
        if share.line.isEmpty, !isContended || share.inHand < inHandMax {
            if share.inHand == 0 { share.lastMoved = now }
            share.inHand += 1
            return request
        }
        share.line.append(request)
        waitingCount += 1
        return nil
    }

    /// One of the tenant's has its answer, or gets none.
    ///
    /// - Returns: what goes to a router now.
    mutating func answered(_ tenant: TenantSlug, isContended: Bool, now: ContinuousClock.Instant) -> [Request] {
        guard var share = shares.removeValue(forKey: tenant) else { return [] }
        share.inHand -= 1
        share.lastMoved = now
        let room = isContended ? max(0, inHandMax - share.inHand) : share.line.count
        let freed = free(min(room, share.line.count), of: &share)
        if share.inHand > 0 { shares[tenant] = share }
        return freed
    }

    /// What waits behind requests that nobody answers.
    mutating func released(now: ContinuousClock.Instant) -> [Request] {
        guard waitingCount > 0 else { return [] }
        var freed: [Request] = []
        for (tenant, var share) in shares where !share.line.isEmpty && share.lastMoved + Self.patience <= now {
            freed += free(share.line.count, of: &share)
            shares[tenant] = share
        }
        return freed
    }

    private mutating func free(_ count: Int, of share: inout Share) -> [Request] {
        guard count > 0 else { return [] }
        let freed = Array(share.line.prefix(count))
        share.line.removeFirst(count)
        share.inHand += count
        waitingCount -= count
        return freed
    }
}
