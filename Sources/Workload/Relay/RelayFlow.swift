internal import Synchronization

/// How far each reader of a relayed stream has come: what lets the source run ahead of the slowest by a window and no
/// more, so that nothing is dropped at a high-water mark and what is measured is what arrives.
final class RelayFlow: Sendable {
    private struct State {
        /// The newest offset that each reader has seen; 0: none yet.
        var seen: [UInt64]
        var events: UInt64 = 0
        /// Offsets that a reader did not get in their place.
        var lost: UInt64 = 0
        var doubled: UInt64 = 0
    }

    struct Totals: Equatable {
        let events: UInt64
        let lost: UInt64
        let doubled: UInt64
    }

    /// Readers of one tenant stand side by side.
    let readersPerTenant: Int
    private let state: Mutex<State>

    init(tenants: Int, readersPerTenant: Int) {
        self.readersPerTenant = readersPerTenant
        state = Mutex(State(seen: Array(repeating: 0, count: tenants * readersPerTenant)))
    }

    /// Events `first` to `last`, without a hole between them, reached a reader.
    func arrived(_ first: UInt64, through last: UInt64, at reader: Int) {
        state.withLock { state in
            let seen = state.seen[reader]
            // What went by before a reader was connected is not lost.
            if seen > 0, first > seen + 1 { state.lost += first - seen - 1 }
            if first <= seen { state.doubled += seen - first + 1 }
            state.events += last - first + 1
            state.seen[reader] = max(seen, last)
        }
    }

    /// The newest offset that all readers of a tenant have seen.
    func slowest(of tenant: Int) -> UInt64 {
        state.withLock { state in
            state.seen[tenant * readersPerTenant..<(tenant + 1) * readersPerTenant].min() ?? 0
        }
    }

    var isEveryoneThere: Bool { state.withLock { state in state.seen.allSatisfy { $0 > 0 } } }

    var totals: Totals {
        state.withLock { Totals(events: $0.events, lost: $0.lost, doubled: $0.doubled) }
    }
}
