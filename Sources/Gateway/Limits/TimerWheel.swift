/// Deadlines by coarse ticks, in a ring, so that thousands of connections need one timer. An entry is a hint to look: who
/// looks compares with what is wanted now.
struct TimerWheel {
    /// How coarse: nothing here needs to be more exact.
    static let tick: Duration = .milliseconds(250)
    /// 64 seconds in all: longer than any usual wait; what lies farther ahead comes round again.
    static let size = 256

    private var buckets: [[Int]] = Array(repeating: [], count: size)
    private var position = 0
    private var start: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) { start = now }

    /// Puts the slot where it comes up at the first tick that is not before `deadline`, but within one round.
    ///
    /// - Returns: the tick's number.
    mutating func schedule(_ slot: Int, at deadline: ContinuousClock.Instant) -> Int {
        let ticks = Int(((deadline - start) / Self.tick).rounded(.up))
        let tick = min(max(ticks, position + 1), position + Self.size - 1)
        buckets[tick % Self.size].append(slot)
        return tick
    }

    /// The slots that have come up since the last time, with the number of their tick.
    mutating func advance(to now: ContinuousClock.Instant) -> [(slot: Int, tick: Int)] {
        var due: [(slot: Int, tick: Int)] = []
        let reached = Int((now - start) / Self.tick)
        // A long sleep goes round once at most.
        if reached > position + Self.size { position = reached - Self.size }
        while position < reached {
            position += 1
            let bucket = position % Self.size
            for slot in buckets[bucket] { due.append((slot, position)) }
            buckets[bucket].removeAll(keepingCapacity: true)
        }
        return due
    }
}
