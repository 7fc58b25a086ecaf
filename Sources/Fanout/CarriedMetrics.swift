internal import Operations
internal import Synchronization

/// What a value counts, carried over into metrics each time it is looked at.
final class CarriedMetrics<Counts: Sendable>: Sendable {
    struct CounterLine {
        fileprivate let name: String
        fileprivate let help: String
        fileprivate let labels: [String: String]
        fileprivate let read: @Sendable (Counts) -> UInt64
    }

    struct GaugeLine {
        fileprivate let name: String
        fileprivate let help: String
        fileprivate let read: @Sendable (Counts) -> Int
    }

    private let counters: [(Counter, @Sendable (Counts) -> UInt64)]
    private let gauges: [(Gauge, @Sendable (Counts) -> Int)]
    private let last: Mutex<Counts>

    /// - Parameters:
    ///   - prefix: of all names, `parley_<what>`.
    ///   - nothing: what is counted at the start.
    init(_ metrics: Metrics, prefix: String, nothing: Counts, _ counters: [CounterLine], _ gauges: [GaugeLine]) {
        self.counters = counters.map {
            (metrics.counter("\(prefix)_\($0.name)_total", help: $0.help, labels: $0.labels), $0.read)
        }
        self.gauges = gauges.map { (metrics.gauge("\(prefix)_\($0.name)", help: $0.help), $0.read) }
        last = Mutex(nothing)
    }

    static func counter(
        _ name: String, _ help: String, _ labels: [String: String] = [:],
        _ read: @escaping @Sendable (Counts) -> UInt64
    ) -> CounterLine { CounterLine(name: name, help: help, labels: labels, read: read) }

    static func gauge(_ name: String, _ help: String, _ read: @escaping @Sendable (Counts) -> Int) -> GaugeLine {
        GaugeLine(name: name, help: help, read: read)
    }

    func update(_ counts: Counts) {
        last.withLock { last in
            // A socket that was closed takes what it counted along.
            for (counter, read) in counters where read(counts) > read(last) {
                counter.add(Int(read(counts) - read(last)))
            }
            for (gauge, read) in gauges { gauge.set(read(counts)) }
            last = counts
        }
    }
}
