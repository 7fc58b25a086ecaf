internal import Synchronization

/// A number that only grows. Lock-free.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Made by `Metrics`, so that each one is printed.
    init() {}

    /// - Parameter amount: 0 and up; anything below counts as 0.
    public func add(_ amount: Int = 1) {
        count.wrappingAdd(UInt64(max(amount, 0)), ordering: .relaxed)
    }

    public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down. Lock-free.
public final class Gauge: Sendable {
    private let amount = Atomic<Int>(0)

    init() {}

    public func set(_ value: Int) { amount.store(value, ordering: .relaxed) }

    public func add(_ difference: Int) { amount.wrappingAdd(difference, ordering: .relaxed) }

    public var value: Int { amount.load(ordering: .relaxed) }
}

/// How values spread over buckets. One short lock an observation.
public final class Histogram: Sendable {
    /// Upper bounds, ascending, inclusive.
    let bounds: [Double]

    struct State {
        /// One a bound, and one for what is above the last.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds.sorted()
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    public func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// In seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) / 1e18)
    }

    var snapshot: State { state.withLock { $0 } }

    /// 0.1 ms to 10 s in steps of about 1, 2.5 and 5: from a fast disk's fsync to a request nobody waits for.
    public static let seconds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// 1 to 1,024: sizes of batches.
    public static let sizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]
}
