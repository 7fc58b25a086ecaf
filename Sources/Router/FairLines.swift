internal import DequeModule
internal import Wire

/// What waits, in a line for each tenant; the lines take turns, so that a tenant with much to do waits for itself and
/// not the others for it. Within a line the order is kept. What belongs to no tenant has a line of its own.
struct FairLines<Item> {
    let capacity: Int
    /// What may wait in one line.
    let lineMax: Int
    private var lines: [TenantSlug?: Deque<Item>] = [:]
    /// Whose line has something, in the order of their turns.
    private var turns: Deque<TenantSlug?> = []
    private(set) var count = 0

    /// - Parameters:
    ///   - capacity: of all lines together, 1 and up.
    ///   - lineMax: 1 and up.
    init(capacity: Int, lineMax: Int) {
        self.capacity = capacity
        self.lineMax = min(lineMax, capacity)
    }

    var isEmpty: Bool { count == 0 }

    /// - Returns: false where there is no room.
    mutating func append(_ item: Item, of tenant: TenantSlug?) -> Bool {
        guard count < capacity else { return false }
        let isTaken = Self.append(item, to: &lines[tenant, default: []], max: lineMax)
        guard isTaken.now else { return false }
        if isTaken.first { turns.append(tenant) }
        count += 1
        return true
    }

    private static func append(_ item: Item, to line: inout Deque<Item>, max: Int) -> (now: Bool, first: Bool) {
        guard line.count < max else { return (false, false) }
        line.append(item)
        return (true, line.count == 1)
    }

    /// The first of the line whose turn it is, at most `max`, which goes to the end of the turns with what is left.
    ///
    /// - Parameter joins: whether an item may be taken along with the one before it.
    mutating func takeTurn(max: Int, joins: ((Item, Item) -> Bool)?) -> [Item] {
        guard let tenant = turns.popFirst(), var line = lines.removeValue(forKey: tenant) else { return [] }
        var portion = min(max, line.count)
        if let joins, let last = (1..<portion).first(where: { !joins(line[$0 - 1], line[$0]) }) { portion = last }
        let taken = Array(line.prefix(portion))
        line.removeFirst(portion)
        count -= portion
        if !line.isEmpty {
            lines[tenant] = line
            turns.append(tenant)
        }
        return taken
    }
}
