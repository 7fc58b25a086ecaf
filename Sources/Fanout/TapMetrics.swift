internal import Operations
internal import Synchronization

/// What a worker's taps count, carried over from `TapCounts` at each tick.
final class TapMetrics: Sendable {
    private let counters: [(Counter, @Sendable (TapCounts) -> UInt64)]
    private let gauges: [(Gauge, @Sendable (TapCounts) -> Int)]
    private let last = Mutex(TapCounts())

    init(_ metrics: Metrics) {
        func counter(
            _ name: String, _ help: String, _ labels: [String: String] = [:],
            _ read: @escaping @Sendable (TapCounts) -> UInt64
        ) -> (Counter, @Sendable (TapCounts) -> UInt64) {
            (metrics.counter("parley_tap_\(name)_total", help: help, labels: labels), read)
        }
        func gauge(
            _ name: String, _ help: String, _ read: @escaping @Sendable (TapCounts) -> Int
        ) -> (Gauge, @Sendable (TapCounts) -> Int) {
            (metrics.gauge("parley_tap_\(name)", help: help), read)
        }
        let rebound = "Publishers closed and bound anew, by why: a key ended, or too many subscriptions."
        counters = [
            counter("requests", "Requests of taps on the stream socket.") { $0.requests },
            counter("refusals", "Requests of taps that were refused.") { $0.refusals },
            counter("messages", "Messages sent to taps on streams and replays.") { $0.sent },
            counter("log_events", "Events read from routers' logs for taps.") { $0.logEvents },
            counter("states_dropped", "State events that a stream was too far behind for.") { $0.statesDropped },
            counter("stalled", "Streams ended because their tap took nothing.") { $0.stalled },
            counter("published", "Events sent on tenants' publishers.") { $0.published },
            counter("rebound", rebound, ["why": "key"]) { $0.reboundForKeys },
            counter("rebound", rebound, ["why": "subscriptions"]) { $0.reboundForSubscriptions },
            counter("bind_failures", "Tries to bind a port for taps that failed.") { $0.bindFailures },
            counter("handshakes_refused", "Handshakes of taps with a key that is not let in, or none.") {
                $0.refusedHandshakes
            },
        ]
        gauges = [
            gauge("flows", "Streams and replays under way.") { $0.flows },
            gauge("publishers", "Tenants with a publisher of their own.") { $0.doors },
            gauge("subscriptions", "Topics that subscribers have asked for.") { $0.subscriptions },
        ]
    }

    func update(_ counts: TapCounts) {
        last.withLock { last in
            // A socket that was closed takes its failed handshakes along.
            for (counter, read) in counters where read(counts) > read(last) {
                counter.add(Int(read(counts) - read(last)))
            }
            for (gauge, read) in gauges { gauge.set(read(counts)) }
            last = counts
        }
    }
}
