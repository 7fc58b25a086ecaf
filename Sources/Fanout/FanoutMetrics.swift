internal import Bus
internal import Operations
internal import Synchronization

/// What a fan-out worker counts, carried over from `RelayCounts` and the bus at each tick.
final class FanoutMetrics: Sendable {
    private let counters: [(Counter, @Sendable (RelayCounts) -> UInt64)]
    private let gauges: [(Gauge, @Sendable (RelayCounts) -> Int)]
    private let sockets: [(String, Counter, @Sendable (SocketCounters) -> UInt64)]
    private let last = Mutex((counts: RelayCounts(), sockets: [String: SocketCounters]()))

    init(_ metrics: Metrics) {
        func counter(
            _ name: String, _ help: String, _ labels: [String: String] = [:],
            _ read: @escaping @Sendable (RelayCounts) -> UInt64
        ) -> (Counter, @Sendable (RelayCounts) -> UInt64) {
            (metrics.counter("parley_fanout_\(name)_total", help: help, labels: labels), read)
        }
        func gauge(
            _ name: String, _ help: String, _ read: @escaping @Sendable (RelayCounts) -> Int
        ) -> (Gauge, @Sendable (RelayCounts) -> Int) {
            (metrics.gauge("parley_fanout_\(name)", help: help), read)
        }
        let evictions = "Events, or tenants whole, that went from the rings because a bound was reached."
        let replays = "Replay requests of gateways, by who answered: the ring, a router, or nobody."
        counters = [
            counter("events", "Events that came from routers.") { $0.events },
            counter("bytes", "Bytes of events that came from routers.") { $0.bytes },
            counter("heartbeats", "Heartbeats that came from routers.") { $0.heartbeats },
            counter("malformed", "Bus messages that could not be read.") { $0.malformed },
            counter("repeats", "Events that had come before.") { $0.repeats },
            counter("gaps", "Holes in a tenant's events.") { $0.gaps },
            counter("missing_events", "Events in the holes.") { $0.missing },
            counter("announced_events", "Events that a heartbeat told of before they came.") { $0.announcedMissing },
            counter("filled_events", "Missing events that a router replayed.") { $0.filled },
            counter("emptied_events", "Events whose text was deleted while they were in a ring.") { $0.emptied },
            counter("epoch_changes", "Rings dropped because their tenant's epoch changed.") { $0.epochChanges },
            counter("replay_requests", "Replay requests of gateways.") { $0.replaysAsked },
            counter("replays", replays, ["by": "ring"]) { $0.replaysFromRing },
            counter("replays", replays, ["by": "router"]) { $0.replaysFromRouter },
            counter("replays", replays, ["by": "nobody"]) { $0.replaysUnavailable },
            counter("answers_lost", "Replay answers that their gateway did not take.") { $0.answersLost },
            counter("asks_unsent", "Replay requests that a router did not take.") { $0.asksUnsent },
            counter("asks_timed_out", "Replay requests that a router did not answer in time.") { $0.asksTimedOut },
            counter("late_answers", "Answers of routers that nobody waited for any more.") { $0.lateAnswers },
            counter("ring_evictions", evictions, ["bound": "events"]) { $0.evictedByEvents },
            counter("ring_evictions", evictions, ["bound": "bytes"]) { $0.evictedByBytes },
            counter("ring_evictions", evictions, ["bound": "age"]) { $0.evictedByAge },
            counter("ring_evictions", evictions, ["bound": "tenants"]) { $0.evictedTenants },
        ]
        gauges = [
            gauge("ring_tenants", "Tenants with a ring.") { $0.tenants },
            gauge("ring_events", "Events in the rings.") { $0.ringEvents },
            gauge("ring_bytes", "Bytes of events in the rings.") { $0.ringBytes },
            gauge("asks", "Replay requests at routers, and gateways waiting for them.") { $0.asks },
        ]
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
        last.withLock { last in
            for (counter, read) in counters { counter.add(Int(read(counts) - read(last.counts))) }
            for (gauge, read) in gauges { gauge.set(read(counts)) }
            for (name, counter, read) in sockets {
                let former = last.sockets[name].map(read) ?? 0
                counter.add(Int((socketCounters[name].map(read) ?? former) - former))
            }
            last = (counts, socketCounters)
        }
    }
}
