internal import DequeModule

/// The latest durable events of one tenant in one epoch, encoded, by offset. What it lacks among them, it knows.
struct Ring: Equatable {
    /// When one is passed, the oldest events go.
    struct Bounds: Equatable, Sendable {
        var events: Int
        var bytes: Int
        var age: Duration
    }

    enum Placement: Equatable {
        /// Next in order, or after a gap of so many events.
        case appended(gap: Int)
        /// It was missing, and nobody has had it from here.
        case filled
        /// It was missing, but is no news: it is from before this ring began, or has gone out with a text since deleted.
        case restored
        /// It is here already.
        case repeated
        /// Older than what is kept.
        case old
        /// So many events ahead that nothing before it is worth keeping: the ring begins anew with it.
        case leapt(gap: UInt64)
    }

    struct Evicted: Equatable {
        var byEvents = 0
        var byBytes = 0
        var byAge = 0
    }

    private struct Entry: Equatable {
        let bytes: [UInt8]
        let at: ContinuousClock.Instant
    }

    /// Offsets above are no router's: they leave room for sums.
    static let offsetMax = UInt64(Int64.max)

    let epoch: String
    private let bounds: Bounds
    /// Nil where the event is missing.
    private var slots: Deque<Entry?> = []
    /// The offset of the first slot.
    private(set) var first: UInt64
    /// Of all events here.
    private(set) var bytes = 0
    private(set) var missing = 0
    /// Missing ones from before are history.
    private let newsFrom: UInt64
    /// Missing ones that have gone out in another form.
    private var emptied: Set<UInt64> = []

    /// - Parameters:
    ///   - first: the offset of the event that is expected first, 1…`offsetMax`.
    ///   - history: so many events before it are to be had too, where there are so many.
    init(epoch: String, first: UInt64, bounds: Bounds, history: Int = 0) {
        let history = Int(min(UInt64(min(history, bounds.events)), first - 1))
        self.epoch = epoch
        self.first = first - UInt64(history)
        self.bounds = bounds
        newsFrom = first
        expect(history)
    }

    /// Whether some of what came before this ring is still missing.
    var lacksHistory: Bool {
        missing > 0 && first < newsFrom && slots.prefix(Int(newsFrom - first)).contains { $0 == nil }
    }

    /// The offset of the event that is expected next.
    var next: UInt64 { first + UInt64(slots.count) }

    /// Missing ones not counted.
    var count: Int { slots.count - missing }

    /// - Parameter offset: 1…`offsetMax`.
    mutating func place(_ offset: UInt64, _ event: [UInt8], now: ContinuousClock.Instant) -> Placement {
        guard offset >= first else { return .old }
        let entry = Entry(bytes: event, at: now)
        guard offset >= next else {
            let place = Int(offset - first)
            guard slots[place] == nil else { return .repeated }
            slots[place] = entry
            missing -= 1
            bytes += event.count
            return emptied.remove(offset) != nil || offset < newsFrom ? .restored : .filled
        }
        let gap = offset - next
        guard gap < UInt64(bounds.events) else {
            self = Ring(epoch: epoch, first: offset, bounds: bounds)
            append(entry)
            return .leapt(gap: gap)
        }
        expect(Int(gap))
        append(entry)
        return .appended(gap: Int(gap))
    }

    /// A heartbeat says that the log reaches up to `offset`, below `offsetMax`.
    ///
    /// - Returns: how many events are found missing by it; more than the ring could hold begin it anew behind them.
    mutating func announced(_ offset: UInt64) -> UInt64 {
        guard offset >= next else { return 0 }
        let gap = offset - next + 1
        if gap <= UInt64(bounds.events) {
            expect(Int(gap))
        } else {
            self = Ring(epoch: epoch, first: offset + 1, bounds: bounds)
        }
        return gap
    }

    /// The log no longer has anything before `oldest`.
    mutating func forget(before oldest: UInt64) {
        while first < oldest, !slots.isEmpty { removeFirst() }
    }

    /// The event's text is gone from the log: what stands here is dropped, to be asked for anew.
    ///
    /// - Returns: whether it was here.
    mutating func empty(_ offset: UInt64) -> Bool {
        guard offset >= first, offset < next, let entry = slots[Int(offset - first)] else { return false }
        slots[Int(offset - first)] = nil
        missing += 1
        bytes -= entry.bytes.count
        emptied.insert(offset)
        return true
    }

    mutating func evict(now: ContinuousClock.Instant) -> Evicted {
        var evicted = Evicted()
        while let oldest = slots.first {
            if slots.count > bounds.events {
                evicted.byEvents += 1
            } else if bytes > bounds.bytes {
                evicted.byBytes += 1
            } else if let oldest, oldest.at + bounds.age <= now {
                evicted.byAge += 1
            } else {
                break
            }
            removeFirst()
            // Not worth filling any more: what came before is gone too.
            while case .some(.none) = slots.first { removeFirst() }
        }
        return evicted
    }

    /// The first events that are missing, at most `max` in a row.
    func gap(max: UInt64) -> ClosedRange<UInt64>? {
        guard missing > 0, let start = slots.firstIndex(where: { $0 == nil }) else { return nil }
        var end = start
        while end + 1 < slots.count, slots[end + 1] == nil, UInt64(end + 1 - start) < max { end += 1 }
        return first + UInt64(start)...first + UInt64(end)
    }

    /// The events from `from` on, without a gap, up to `to`, `eventsMax` or about `bytesMax`; at least one where the
    /// first is here, else none.
    func events(
        from: UInt64, to: UInt64, eventsMax: Int, bytesMax: Int
    ) -> [(offset: UInt64, bytes: [UInt8])] {
        guard from >= first, from < next else { return [] }
        var found: [(offset: UInt64, bytes: [UInt8])] = []
        var size = 0
        var offset = from
        while offset <= to, offset < next, found.count < eventsMax, size < bytesMax {
            guard let entry = slots[Int(offset - first)] else { break }
            found.append((offset, entry.bytes))
            size += entry.bytes.count
            offset += 1
        }
        return found
    }

    private mutating func expect(_ gap: Int) {
        slots.append(contentsOf: repeatElement(nil, count: gap))
        missing += gap
    }

    private mutating func append(_ entry: Entry) {
        slots.append(entry)
        bytes += entry.bytes.count
    }

    private mutating func removeFirst() {
        if !emptied.isEmpty { emptied.remove(first) }
        first += 1
        if let entry = slots.removeFirst() { bytes -= entry.bytes.count } else { missing -= 1 }
    }
}
