internal import Bus
internal import Operations
internal import Synchronization

/// What a fan-out worker counts, carried over from `RelayCounts` and the bus at each tick.
final class FanoutMetrics: Sendable {
    private typealias Carried = CarriedMetrics<RelayCounts>

    private let carried: Carried
    private let sockets: [(String, Counter, @Sendable (SocketCounters) -> UInt64)]
    private let last = Mutex([String: SocketCounters]())

    init(_ metrics: Metrics) {
        let evictions = "Events, or tenants whole, that went from the rings because a bound was reached."
        let replays = "Replay requests of gateways, by who answered: the ring, a router, or nobody."
        let counters = [
            Carried.counter("events", "Events that came from routers.") { $0.events },
            Carried.counter("bytes", "Bytes of events that came from routers.") { $0.bytes },
            Carried.counter("heartbeats", "Heartbeats that came from routers.") { $0.heartbeats },
            Carried.counter("malformed", "Bus messages that could not be read.") { $0.malformed },
            Carried.counter("repeats", "Events that had come before.") { $0.repeats },
            Carried.counter("gaps", "Holes in a tenant's events.") { $0.gaps },
            Carried.counter("missing_events", "Events in the holes.") { $0.missing },
            Carried.counter("announced_events", "Events that a heartbeat told of before they came.") {
                $0.announcedMissing
            },
            Carried.counter("filled_events", "Missing events that a router replayed.") { $0.filled },
            Carried.counter("emptied_events", "Events whose text was deleted while they were in a ring.") {
                $0.emptied
            },
            Carried.counter("epoch_changes", "Rings dropped because their tenant's epoch changed.") { $0.epochChanges },
            Carried.counter("replay_requests", "Replay requests of gateways.") { $0.replaysAsked },
            Carried.counter("replays", replays, ["by": "ring"]) { $0.replaysFromRing },
            Carried.counter("replays", replays, ["by": "router"]) { $0.replaysFromRouter },
            Carried.counter("replays", replays, ["by": "nobody"]) { $0.replaysUnavailable },
            Carried.counter("answers_lost", "Replay answers that their gateway did not take.") { $0.answersLost },
            Carried.counter("asks_unsent", "Replay requests that a router did not take.") { $0.asksUnsent },
            Carried.counter("asks_timed_out", "Replay requests that a router did not answer in time.") {
                $0.asksTimedOut
            },
            Carried.counter("late_answers", "Answers of routers that nobody waited for any more.") { $0.lateAnswers },
            Carried.counter("ring_evictions", evictions, ["bound": "events"]) { $0.evictedByEvents },
            Carried.counter("ring_evictions", evictions, ["bound": "bytes"]) { $0.evictedByBytes },
            Carried.counter("ring_evictions", evictions, ["bound": "age"]) { $0.evictedByAge },
            Carried.counter("ring_evictions", evictions, ["bound": "tenants"]) { $0.evictedTenants },
        ]
        let gauges = [
            Carried.gauge("ring_tenants", "Tenants with a ring.") { $0.tenants },
            Carried.gauge("ring_events", "Events in the rings.") { $0.ringEvents },
            Carried.gauge("ring_bytes", "Bytes of events in the rings.") { $0.ringBytes },
            Carried.gauge("asks", "Replay requests at routers, and gateways waiting for them.") { $0.asks },
        ]
        carried = Carried(metrics, prefix: "parley_fanout", nothing: RelayCounts(), counters, gauges)
        let outcomes: [(String, @Sendable (SocketCounters) -> UInt64)] = [
            ("sent", { $0.sent }), ("received", { $0.received }), ("full", { $0.full }),
            ("unroutable", { $0.unroutable }), ("failed", { $0.failed }), ("malformed", { $0.malformed }),
        ]
        sockets = FanoutDriver.socketNames.flatMap { name in
            outcomes.map { outcome, read in
                let counter = metrics.counter(
                    "parley_fanout_bus_messages_total", help: "Messages on the bus's sockets, by what became of them.",
                    labels: ["socket": name, "outcome": outcome])
                return (name, counter, read)
            }
        }
    }

    func update(_ counts: RelayCounts, _ socketCounters: [String: SocketCounters]) {
        carried.update(counts)
        last.withLock { last in
            for (name, counter, read) in sockets {
                let former = last[name].map(read) ?? 0
                counter.add(Int((socketCounters[name].map(read) ?? former) - former))
            }
            last = socketCounters
        }
    }
}
