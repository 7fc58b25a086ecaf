internal import Bus
internal import Operations
internal import SQLiteStore
internal import Wire

/// What a router counts. Instruments are made once, at start.
struct RouterMetrics: Sendable {
    private let given: [Precedence: Counter]
    let batchSize: Histogram
    let commitSeconds: Histogram
    let commitFailures: Counter
    let queries: Histogram
    let eventsPublished: Counter
    let eventsUnsent: Counter
    let heartbeats: Counter
    let links: Gauge
    let linkResets: Gauge
    let replays: Counter
    let replayedEvents: Counter
    let pushQuestions: Counter
    let catchUpPages: Counter
    let malformed: Counter
    let resultsDropped: Counter
    let replaysUnsent: Counter
    let tenants: Gauge
    let handshakesRefused: Gauge
    let present: Gauge
    let presenceTold: Counter
    let presenceDelayed: Counter
    let lastSeenDropped: Counter
    let contentsRemoved: Counter
    let contentsNotRemoved: Counter
    let tenantsNearlyFull: Gauge
    /// By op, then by code, «done» first.
    private let commands: [Op: [Counter]]
    private let fileRequests: [FileRequest.Kind: [Counter]]

    init(_ metrics: Metrics) {
        given = Dictionary(
            uniqueKeysWithValues: Precedence.allCases.map { kind in
                let counter = metrics.counter(
                    "parley_router_shed_total", help: "What found no room in a queue, by what it was.",
                    labels: ["kind": kind.rawValue])
                return (kind, counter)
            })
        batchSize = metrics.histogram(
            "parley_router_batch_items", help: "Commands of one tenant in one transaction.", buckets: Histogram.sizes)
        commitSeconds = metrics.histogram(
            "parley_router_transaction_seconds", help: "From the beginning of a transaction to its fsync.")
        commitFailures = metrics.counter(
            "parley_router_transaction_failures_total", help: "Transactions that were rolled back by a failure.")
        queries = metrics.histogram("parley_router_query_seconds", help: "Time to answer one command that reads.")
        eventsPublished = metrics.counter("parley_router_events_published_total", help: "Events put on the bus.")
        eventsUnsent = metrics.counter(
            "parley_router_events_unsent_total", help: "Events that the bus did not take; subscribers ask for them.")
        heartbeats = metrics.counter("parley_router_heartbeats_total", help: "Heartbeat messages put on the bus.")
        links = metrics.gauge("parley_router_links", help: "Gateways whose link holds.")
        linkResets = metrics.gauge(
            "parley_router_link_resets", help: "Links ended by a lost batch, a full queue or silence.")
        replays = metrics.counter("parley_router_replays_total", help: "Replay requests answered.")
        replayedEvents = metrics.counter("parley_router_replayed_events_total", help: "Events in replay answers.")
        pushQuestions = metrics.counter(
            "parley_router_push_questions_total", help: "Questions of the notifier whom a message is to wake, answered."
        )
        catchUpPages = metrics.counter("parley_router_catch_up_pages_total", help: "Pages of missed events answered.")
        malformed = metrics.counter("parley_router_malformed_total", help: "Bus messages that could not be read.")
        resultsDropped = metrics.counter(
            "parley_router_results_dropped_total", help: "Batches' outcomes that the bus thread did not take in 10 s.")
        replaysUnsent = metrics.counter(
            "parley_router_replays_unsent_total", help: "Replay answers that found no room or nobody to go to.")
        tenants = metrics.gauge("parley_router_tenants", help: "Tenants in the directory.")
        handshakesRefused = metrics.gauge(
            "parley_router_handshakes_refused", help: "Connections of processes with unknown keys, since the start.")
        present = metrics.gauge("parley_router_present_users", help: "Users shown as online or away.")
        presenceTold = metrics.counter(
            "parley_router_presence_told_total", help: "Changes of somebody's presence told to a gateway.")
        presenceDelayed = metrics.counter(
            "parley_router_presence_delayed_total",
            help: "Times that changes of presence waited for busy readers.")
        lastSeenDropped = metrics.counter(
            "parley_router_last_seen_dropped_total",
            help: "Users whose last moment here was not stored, since their lane was full.")
        var commands: [Op: [Counter]] = [:]
        for op in Op.allCases {
            commands[op] = ([nil] + Refusal.Code.allCases).map { code in
                metrics.counter(
                    "parley_router_commands_total", help: "Commands answered, by op and outcome.",
                    labels: ["op": op.rawValue, "code": code?.rawValue ?? "ok"])
            }
        }
        self.commands = commands
        contentsRemoved = metrics.counter(
            "parley_router_files_removed_total", help: "Contents removed from the store of files.")
        contentsNotRemoved = metrics.counter(
            "parley_router_files_not_removed_total",
            help: "Times that a content could not be removed from the store of files; it is tried again.")
        tenantsNearlyFull = metrics.gauge(
            "parley_router_storage_nearly_full_tenants",
            help: "Tenants in use whose files take more than 80 % of storage_bytes_max.")
        var fileRequests: [FileRequest.Kind: [Counter]] = [:]
        for kind in FileRequest.Kind.allCases {
            fileRequests[kind] = ([nil] + Refusal.Code.allCases).map { code in
                metrics.counter(
                    "parley_router_file_requests_total", help: "Requests of gateways about files, by outcome.",
                    labels: ["request": kind.rawValue, "code": code?.rawValue ?? "ok"])
            }
        }
        self.fileRequests = fileRequests
    }

    /// What is read when somebody asks.
    static func read(
        _ metrics: Metrics, lanes: [WorkQueue<LaneItem>], readers: WorkQueue<ReadItem>, tenants: SQLiteTenants,
        bus: BusThread<RouterDriver>
    ) {
        for (number, lane) in lanes.enumerated() {
            metrics.gauge(
                "parley_router_lane_depth", help: "Commands that wait for a lane.", labels: ["lane": "\(number)"]
            ) { Double(lane.count) }
        }
        metrics.gauge("parley_router_lane_bytes", help: "Bytes of all commands that wait for lanes.") {
            Double(lanes.reduce(0) { $0 + $1.bytes })
        }
        metrics.gauge("parley_router_reader_depth", help: "Requests that wait for the readers.") {
            Double(readers.count)
        }
        metrics.gauge("parley_router_open_tenants", help: "Tenants whose files are open.") {
            Double(tenants.openCount)
        }
        metrics.gauge("parley_router_bus_depth", help: "Results that wait for the bus thread.") { [weak bus] in
            Double(bus?.snapshot.inputsWaiting ?? 0)
        }
    }

    func shed(_ kind: Precedence) { given[kind]?.add() }

    func carriedOut(_ kind: FileRequest.Kind, _ code: Refusal.Code?) { fileRequests[kind]?[Int(code?.byte ?? 0)].add() }

    func carriedOut(_ op: Op, _ code: Refusal.Code?) {
        commands[op]?[Int(code?.byte ?? 0)].add()
    }
}
