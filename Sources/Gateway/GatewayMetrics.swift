internal import Operations
internal import Wire

/// The gateway's instruments, made once at start.
final class GatewayMetrics: Sendable {
    let connections: Gauge
    let httpConnections: Gauge
    let accepted: Counter
    let upgrades: Counter
    private let refusedUpgrades: [Counter]
    private let closes: [Counter]
    let closedByPeer: Counter
    private let polls: Fallback
    private let streams: Fallback
    let fallbackSlow: Counter
    private let commands: [Counter]
    private let refusedCommands: [Counter]
    private let refusals: [Counter]
    private let tokenFaults: [Counter]
    let lookUps: Counter
    let deliveries: Counter
    let deliveredBytes: Counter
    let writes: Counter
    let dispatches: Histogram
    let replySeconds: Histogram
    let pending: Gauge
    let held: Gauge
    let lag: Gauge
    let gaps: Counter
    let replays: Counter
    let duplicates: Counter
    let failovers: Counter
    let linksReopened: Counter
    let badBusMessages: Counter
    let heldBack: Counter
    let busFull: Counter
    let expired: Counter
    let unusableKeys: Counter
    let watched: Gauge
    let retryWindow: Gauge
    let presenceTold: Counter
    let presenceShed: Counter

    /// Of clients that read events by HTTP, for one way of doing so.
    struct Fallback {
        let connections: Gauge
        let requests: Counter
        let events: Counter
    }

    init(_ metrics: Metrics) {
        func counter(_ name: String, _ help: String, _ labels: [String: String] = [:]) -> Counter {
            metrics.counter("parley_gateway_\(name)_total", help: help, labels: labels)
        }
        func gauge(_ name: String, _ help: String) -> Gauge { metrics.gauge("parley_gateway_\(name)", help: help) }

        connections = gauge("connections", "WebSockets that are open.")
        httpConnections = gauge("http_connections", "Connections that speak plain HTTP.")
        accepted = counter("accepted", "Connections accepted.")
        let upgraded = "Requests for a WebSocket, by what became of them."
        upgrades = counter("upgrades", upgraded, ["outcome": "accepted"])
        refusedUpgrades = Handshake.Refused.allCases.map { counter("upgrades", upgraded, ["outcome": $0.rawValue]) }
        let closed = "WebSockets closed, by the code that the gateway sent."
        closes = CloseCode.allCases.map { counter("closes", closed, ["code": "\($0.rawValue)"]) }
        closedByPeer = counter("closes", closed, ["code": "peer"])
        func fallback(_ kind: EventReader.Kind) -> Fallback {
            let labels = ["kind": kind.rawValue]
            return Fallback(
                connections: metrics.gauge(
                    "parley_gateway_fallback_connections",
                    help: "Clients that read events by HTTP at the moment, instead of a WebSocket.", labels: labels),
                requests: counter("fallback_requests", "Requests for events by HTTP that were let in.", labels),
                events: counter("fallback_events", "Events that went out by HTTP.", labels))
        }
        polls = fallback(.poll)
        streams = fallback(.sse)
        fallbackSlow = counter("fallback_slow", "Streams of events cut because their client read too slowly.")
        let commanded = "Commands by op, and whether they were refused."
        commands = Op.allCases.map { counter("commands", commanded, ["op": $0.rawValue, "outcome": "ok"]) }
        refusedCommands = Op.allCases.map {
            counter("commands", commanded, ["op": $0.rawValue, "outcome": "refused"])
        }
        refusals = Refusal.Code.allCases.map {
            counter("refusals", "Refusals sent, by code.", ["code": $0.rawValue])
        }
        tokenFaults = TokenFault.allCases.map {
            counter("token_failures", "Tokens that prove nothing, by reason.", ["reason": $0.rawValue])
        }
        lookUps = counter("look_ups", "Looks into the registry because of a token of an unknown tenant or key.")
        deliveries = counter("deliveries", "Events written to connections.")
        deliveredBytes = counter("delivered_bytes", "Bytes of events written to connections.")
        writes = counter("delivery_writes", "Writes that carried events: deliveries by writes is what joining saves.")
        dispatches = metrics.histogram(
            "parley_gateway_dispatch_events", help: "Events handed out in one round of an event loop.",
            buckets: Histogram.sizes)
        replySeconds = metrics.histogram(
            "parley_gateway_reply_seconds", help: "From a command's arrival to its reply, in seconds.")
        pending = gauge("pending_requests", "Requests to routers without an answer.")
        held = gauge("held_events", "Events that wait behind a gap.")
        lag = gauge("lag_events", "Events known of and not yet handed out, over all tenants.")
        gaps = counter("gaps", "Times that events were missing and asked for again.")
        replays = counter("replayed_events", "Events that came by replay.")
        duplicates = counter("duplicate_events", "Events that came again and were dropped.")
        failovers = counter("fanout_failovers", "Times that a silent fan-out worker was given up for the next.")
        linksReopened = counter("links_reopened", "Links to routers opened anew after a loss.")
        badBusMessages = counter("bad_bus_messages", "Messages from the bus that could not be read.")
        heldBack = counter(
            "requests_held_back", "Requests of a tenant that had enough in hand, while others talked too.")
        busFull = counter("bus_full", "Times that the queue to the bus thread had no room.")
        expired = counter("expired_requests", "Requests that no router answered in time.")
        watched = gauge("watched_users", "Users whose presence a connection here watches.")
        retryWindow = gauge("retry_window_ms", "Over how long clients are told to spread when they come back.")
        presenceTold = counter("presence_events", "Presence events written to connections.")
        presenceShed = counter("presence_shed", "Presence events kept from connections that were behind.")
        unusableKeys = counter("unusable_keys", "Keys in the directory whose material can't be read.")
    }

    func fallback(_ kind: EventReader.Kind) -> Fallback {
        switch kind {
        case .poll: polls
        case .sse: streams
        }
    }

    func refused(_ upgrade: Handshake.Refused) { Self.counter(upgrade, in: refusedUpgrades)?.add() }
    func closed(_ code: CloseCode) { Self.counter(code, in: closes)?.add() }
    func refused(_ code: Refusal.Code) { Self.counter(code, in: refusals)?.add() }
    func failed(_ fault: TokenFault) { Self.counter(fault, in: tokenFaults)?.add() }

    /// - Parameter code: nil where it was carried out.
    func carriedOut(_ op: Op, _ code: Refusal.Code?) {
        Self.counter(op, in: code == nil ? commands : refusedCommands)?.add()
        if let code { refused(code) }
    }

    /// The counters stand in the order of the cases: a look along some dozen is cheaper than a hash.
    private static func counter<Case: CaseIterable & Equatable>(_ one: Case, in counters: [Counter]) -> Counter? {
        Case.allCases.enumerated().first { $0.element == one }.map { counters[$0.offset] }
    }
}
