internal import DequeModule
internal import Wire

/// What waits, in a line for each tenant; the lines take turns, so that a tenant with much to do waits for itself and
/// not the others for it. Within a line the order is kept. What belongs to no tenant has a line of its own.
///
/// A line that fills gives up what is of little weight first, by `Precedence`; so do all of them together, of what is
/// left once a single one is full: a tenant that fills its own line takes nothing from the others.
struct FairLines<Item> {
    /// What may wait, of all lines together and of one.
    struct Bounds: Equatable {
        var items: Int
        var bytes = Int.max
        var lineItems: Int
        var lineBytes = Int.max
    }

    private struct Line {
        var items: Deque<(item: Item, bytes: Int)> = []
        var bytes = 0
    }

    let bounds: Bounds
    private var lines: [TenantSlug?: Line] = [:]
    /// Whose line has something, in the order of their turns.
    private var turns: Deque<TenantSlug?> = []
    private(set) var count = 0
    private(set) var bytes = 0

    /// - Parameter bounds: each 1 and up.
    init(_ bounds: Bounds) {
        self.bounds = Bounds(
            items: bounds.items, bytes: bounds.bytes, lineItems: min(bounds.lineItems, bounds.items),
            lineBytes: min(bounds.lineBytes, bounds.bytes))
    }

    var isEmpty: Bool { count == 0 }

    /// - Parameter bytes: about what the item takes.
    /// - Returns: false where there is no room.
    mutating func append(
        _ item: Item, of tenant: TenantSlug?, _ precedence: Precedence = .kept, bytes size: Int = 0
    ) -> Bool {
        guard Self.hasRoom(precedence, count, of: bounds.items, line: bounds.lineItems),
            Self.hasRoom(precedence, bytes, of: bounds.bytes, line: bounds.lineBytes),
            Self.append(item, size, to: &lines[tenant, default: Line()], precedence, bounds)
        else { return false }
        if lines[tenant]?.items.count == 1 { turns.append(tenant) }
        count += 1
        bytes += size
        return true
    }

    private static func append(
        _ item: Item, _ size: Int, to line: inout Line, _ precedence: Precedence, _ bounds: Bounds
    ) -> Bool {
        guard precedence.fits(line.items.count, of: bounds.lineItems), precedence.fits(line.bytes, of: bounds.lineBytes)
        else { return false }
        line.items.append((item, size))
        line.bytes += size
        return true
    }

    private static func hasRoom(_ precedence: Precedence, _ waiting: Int, of max: Int, line: Int) -> Bool {
        line < max ? precedence.fits(waiting - line, of: max - line) : precedence.fits(waiting, of: max)
    }

    /// The first of the line whose turn it is, at most `max`, which goes to the end of the turns with what is left.
    ///
    /// - Parameter joins: whether an item may be taken along with the one before it.
    mutating func takeTurn(max: Int, joins: ((Item, Item) -> Bool)?) -> [Item] {
        guard let tenant = turns.popFirst(), var line = lines.removeValue(forKey: tenant) else { return [] }
        var portion = min(max, line.items.count)
        if let joins, let last = (1..<portion).first(where: { !joins(line.items[$0 - 1].item, line.items[$0].item) }) {
            portion = last
        }
        let taken = Array(line.items.prefix(portion))
        let size = taken.reduce(0) { $0 + $1.bytes }
        line.items.removeFirst(portion)
        line.bytes -= size
        count -= portion
        bytes -= size
        if !line.items.isEmpty {
            lines[tenant] = line
            turns.append(tenant)
        }
        return taken.map(\.item)
    }
}
