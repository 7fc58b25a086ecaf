internal import Operations

/// What a worker's taps count, carried over from `TapCounts` at each tick.
struct TapMetrics: Sendable {
    private typealias Carried = CarriedMetrics<TapCounts>

    private let carried: Carried

    init(_ metrics: Metrics) {
        let rebound = "Publishers closed and bound anew, by why: a key ended, or too many subscriptions."
        let counters = [
            Carried.counter("requests", "Requests of taps on the stream socket.") { $0.requests },
            Carried.counter("refusals", "Requests of taps that were refused.") { $0.refusals },
            Carried.counter("messages", "Messages sent to taps on streams and replays.") { $0.sent },
            Carried.counter("log_events", "Events read from routers' logs for taps.") { $0.logEvents },
            Carried.counter("states_dropped", "State events that a stream was too far behind for.") {
                $0.statesDropped
            },
            Carried.counter("stalled", "Streams ended because their tap took nothing.") { $0.stalled },
            Carried.counter("published", "Events sent on tenants' publishers.") { $0.published },
            Carried.counter("rebound", rebound, ["why": "key"]) { $0.reboundForKeys },
            Carried.counter("rebound", rebound, ["why": "subscriptions"]) { $0.reboundForSubscriptions },
            Carried.counter("bind_failures", "Tries to bind a port for taps that failed.") { $0.bindFailures },
            Carried.counter("handshakes_refused", "Handshakes of taps with a key that is not let in, or none.") {
                $0.refusedHandshakes
            },
        ]
        let gauges = [
            Carried.gauge("flows", "Streams and replays under way.") { $0.flows },
            Carried.gauge("publishers", "Tenants with a publisher of their own.") { $0.doors },
            Carried.gauge("subscriptions", "Topics that subscribers have asked for.") { $0.subscriptions },
        ]
        carried = Carried(metrics, prefix: "parley_tap", nothing: TapCounts(), counters, gauges)
    }

    func update(_ counts: TapCounts) { carried.update(counts) }
}
