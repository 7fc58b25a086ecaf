internal import DequeModule
internal import Foundation

/// Work for threads that wait for it: bounded, in order, closable.
///
/// `@unchecked` holds: `items` and `isClosed` are touched with `condition` locked, and in no other way.
final class WorkQueue<Item: Sendable>: @unchecked Sendable {
    let capacity: Int
    private let condition = NSCondition()
    private var items: Deque<Item> = []
    private var isClosed = false

    /// - Parameter capacity: items that wait at most, 1 and up.
    init(capacity: Int) { self.capacity = capacity }

    var count: Int { condition.withLock { items.count } }

    /// Takes as many of the first as there is room for. Once closed it takes all and drops it: the process ends, and
    /// who asked asks the next run.
    ///
    /// - Returns: how many were taken.
    func offer(_ offered: some Collection<Item>) -> Int {
        let taken = condition.withLock {
            guard !isClosed else { return offered.count }
            let taken = min(offered.count, capacity - items.count)
            items.append(contentsOf: offered.prefix(taken))
            return taken
        }
        if taken == 1 { condition.signal() } else if taken > 1 { condition.broadcast() }
        return taken
    }

    func offer(_ item: Item) -> Bool { offer(CollectionOfOne(item)) == 1 }

    /// Waits for work, at most until `deadline`.
    ///
    /// - Parameter joins: whether an item may be taken along with the one before it; without it every item may.
    /// - Returns: the first items, at most `max`; none where the deadline passed; nil once closed and empty.
    func take(
        max: Int, until deadline: ContinuousClock.Instant?, joins: ((Item, Item) -> Bool)? = nil
    ) -> [Item]? {
        condition.lock()
        defer { condition.unlock() }
        while items.isEmpty {
            if isClosed { return nil }
            guard let deadline else {
                condition.wait()
                continue
            }
            let left = ContinuousClock.now.duration(to: deadline)
            if left <= .zero { return [] }
            _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
        }
        var count = min(max, items.count)
        if let joins, let last = (1..<count).first(where: { !joins(items[$0 - 1], items[$0]) }) { count = last }
        let taken = Array(items.prefix(count))
        items.removeFirst(count)
        return taken
    }

    /// What waits is still handed out.
    func close() {
        condition.withLock { isClosed = true }
        condition.broadcast()
    }
}
