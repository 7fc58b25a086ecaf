import Synchronization
import Wire

/// The time of a simulated world, which jumps from one thing that happens to the next.
final class Agenda {
    private struct Entry {
        let at: Int64
        let number: UInt64
        let action: () -> Void

        static func < (one: Entry, other: Entry) -> Bool { (one.at, one.number) < (other.at, other.number) }
    }

    let clock = SimulatedClock()
    /// Microseconds since the beginning.
    private(set) var now: Int64 = 0
    /// A binary heap.
    private var entries: [Entry] = []
    private var lastNumber: UInt64 = 0

    func after(_ delay: Int64, _ action: @escaping () -> Void) { at(now + max(delay, 0), action) }

    /// What is put down for one moment happens in the order in which it was.
    func at(_ moment: Int64, _ action: @escaping () -> Void) {
        lastNumber += 1
        entries.append(Entry(at: max(moment, now), number: lastNumber, action: action))
        var place = entries.count - 1
        while place > 0, entries[place] < entries[(place - 1) / 2] {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Lets the next thing happen; false where there is none.
    func step() -> Bool {
        guard let first = entries.first else { return false }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        now = first.at
        clock.set(now)
        first.action()
        return true
    }

    /// Forgets all that was to happen.
    func clear() { entries = [] }

    private func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count && entries[child] < entries[least] {
                least = child
            }
            if least == place { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}

/// What the code under test takes for the clocks.
final class SimulatedClock: Sendable {
    /// Microseconds since the beginning, and how far the wall clock has been stepped, in milliseconds.
    private let state = Mutex<(elapsed: Int64, skew: Int64)>((0, 0))
    private let start = ContinuousClock.now

    var now: ContinuousClock.Instant { start + .microseconds(state.withLock { $0.elapsed }) }
    /// From the middle of 2026 on.
    var wall: Timestamp {
        let (elapsed, skew) = state.withLock { $0 }
        return Timestamp(milliseconds: 1_780_000_000_000 + elapsed / 1_000 + skew)
    }

    func set(_ elapsed: Int64) { state.withLock { $0.elapsed = elapsed } }
    func step(byMilliseconds step: Int64) { state.withLock { $0.skew += step } }
}

/// Microseconds.
enum Microseconds {
    static func milliseconds(_ count: Int64) -> Int64 { count * 1_000 }
    static func seconds(_ count: Int64) -> Int64 { count * 1_000_000 }
}
