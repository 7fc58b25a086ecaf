internal import Foundation
internal import Wire

/// What an item weighs while it waits.
struct Load: Equatable, Sendable {
    var precedence = Precedence.kept
    /// About what it takes in memory.
    var bytes = 0
}

/// Work for threads that wait for it: bounded, in each tenant's order, the tenants by turns, closable.
///
/// `@unchecked` holds: `lines` and `isClosed` are touched with `condition` locked, and in no other way.
final class WorkQueue<Item: Sendable>: @unchecked Sendable {
    /// Taken of one tenant before it is the next one's turn.
    private static var turnMax: Int { 64 }

    let capacity: Int
    private let tenant: @Sendable (Item) -> TenantSlug?
    private let load: @Sendable (Item) -> Load
    private let condition = NSCondition()
    private var lines: FairLines<Item>
    private var isClosed = false

    /// - Parameters:
    ///   - capacity: items that wait at most, 1 and up.
    ///   - bytesMax: of those items together, 1 and up.
    ///   - share: what one tenant's may take of both, in quarters, 1 to 4.
    ///   - tenant: whose an item is; those of nobody share one place in the turns.
    ///   - load: what an item weighs.
    init(
        capacity: Int, bytesMax: Int = .max, share: Int = 4,
        tenant: @escaping @Sendable (Item) -> TenantSlug? = { _ in nil },
        load: @escaping @Sendable (Item) -> Load = { _ in Load() }
    ) {
        self.capacity = capacity
        self.tenant = tenant
        self.load = load
        lines = FairLines(
            FairLines.Bounds(
                items: capacity, bytes: bytesMax, lineItems: max(1, share == 4 ? capacity : capacity / 4 * share),
                lineBytes: max(1, share == 4 ? bytesMax : bytesMax / 4 * share)))
    }

    var count: Int { condition.withLock { lines.count } }
    /// Of what waits.
    var bytes: Int { condition.withLock { lines.bytes } }

    /// Takes what there is room for. Once closed it takes all and drops it: the process ends, and who asked asks the
    /// next run.
    ///
    /// - Returns: what was not taken; of each tenant, the last.
    func offer(_ offered: some Collection<Item>) -> [Item] {
        let left = condition.withLock {
            isClosed
                ? []
                : offered.filter { item in
                    let load = load(item)
                    return !lines.append(item, of: tenant(item), load.precedence, bytes: load.bytes)
                }
        }
        if left.count < offered.count { condition.signal() }
        return left
    }

    func offer(_ item: Item) -> Bool { offer(CollectionOfOne(item)).isEmpty }

    /// Waits for work, at most until `deadline`.
    ///
    /// - Parameter joins: whether an item may be taken along with the one before it; without it every item may.
    /// - Returns: the next items, at most `max`; none where the deadline passed; nil once closed and empty.
    func take(
        max: Int, until deadline: ContinuousClock.Instant?, joins: ((Item, Item) -> Bool)? = nil
    ) -> [Item]? {
        condition.lock()
        defer { condition.unlock() }
        while lines.isEmpty {
            if isClosed { return nil }
            guard let deadline else {
                condition.wait()
                continue
            }
            let left = ContinuousClock.now.duration(to: deadline)
            if left <= .zero { return [] }
            _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
        }
        // One thread is woken for all that came; what it leaves is the next one's.
        defer { if !lines.isEmpty { condition.signal() } }
        // Who joins items wants such as belong together, so it gets no second line.
        guard joins == nil else { return lines.takeTurn(max: max, joins: joins) }
        var taken: [Item] = []
        while taken.count < max, !lines.isEmpty {
            taken += lines.takeTurn(max: min(max - taken.count, Self.turnMax), joins: nil)
        }
        return taken
    }

    /// What waits is still handed out.
    func close() {
        condition.withLock { isClosed = true }
        condition.broadcast()
    }
}
