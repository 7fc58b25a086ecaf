internal import Operations

/// What a turn has counted.
struct NotifierCounts: Equatable, Sendable {
    var events = 0
    var delivered = 0
    var retried = 0
    var dead = 0
    var deadDropped = 0
    var disabled = 0
    var pushed = 0
    var pushesRetried = 0
    var pushesRefused = 0
    var pushesUnqueued = 0
    var pushesTooOld = 0
    var subscriptionsEnded = 0

    mutating func count(_ verdict: Verdict, of kind: Delivery.Kind) {
        switch (kind, verdict) {
        case (.webhook, .delivered): delivered += 1
        case (.webhook, .retry): retried += 1
        case (.webhook, .dead): dead += 1
        case (.webhook, .gone): disabled += 1
        case (.push, .delivered): pushed += 1
        case (.push, .retry): pushesRetried += 1
        case (.push, .dead): pushesRefused += 1
        case (.push, .gone): subscriptionsEnded += 1
        }
    }
}

/// The notifier's metrics (docs/operations.md).
struct NotifierMetrics: Sendable {
    let events: Counter
    let missed: Counter
    let storeFailures: Counter
    let delivered: Counter
    let retried: Counter
    let dead: Counter
    let deadDropped: Counter
    let disabled: Counter
    let pushed: Counter
    let pushesRetried: Counter
    let pushesRefused: Counter
    let pushesUnqueued: Counter
    let pushesTooOld: Counter
    let subscriptionsEnded: Counter
    let failures: [Outcome.Failure: Counter]
    let tenants: Gauge
    let underWay: Gauge
    let webhookWaiting: Gauge
    let pushWaiting: Gauge
    let questions: Gauge
    let seconds: Histogram

    init(_ metrics: Metrics) {
        func counter(_ name: String, _ help: String, _ labels: [String: String] = [:]) -> Counter {
            metrics.counter("parley_notifier_\(name)_total", help: help, labels: labels)
        }
        func gauge(_ name: String, _ help: String) -> Gauge {
            metrics.gauge("parley_notifier_\(name)", help: help)
        }
        let dropped =
            "Pushes that nobody got, by why: refused by the push service, too many waiting, a message too old."
        events = counter("events", "Durable events read from tenants' streams.")
        missed = counter("events_missed", "Events that the log no longer held, or that a restored tenant left behind.")
        storeFailures = counter("store_failures", "Turns that could not be written to notifier.sqlite.")
        delivered = counter("webhook_delivered", "Events that a webhook's receiver took.")
        retried = counter("webhook_retried", "Attempts of webhooks that will be repeated.")
        dead = counter("webhook_dead", "Events given up for a webhook, which can be replayed.")
        deadDropped = counter("webhook_dead_dropped", "Dead letters that made room for newer ones.")
        disabled = counter("webhook_disabled", "Webhooks whose receiver answered 410.")
        pushed = counter("push_sent", "Pushes that a push service took.")
        pushesRetried = counter("push_retried", "Attempts of pushes that will be repeated.")
        pushesRefused = counter("push_dropped", dropped, ["why": "refused"])
        pushesUnqueued = counter("push_dropped", dropped, ["why": "queue"])
        pushesTooOld = counter("push_dropped", dropped, ["why": "age"])
        subscriptionsEnded = counter("push_subscriptions_ended", "Subscriptions that a push service no longer knew.")
        failures = Dictionary(
            uniqueKeysWithValues: Outcome.Failure.allCases.map {
                ($0, counter("attempt_failures", "Requests that got no answer, by why.", ["why": $0.rawValue]))
            })
        tenants = gauge("tenants", "Tenants whose stream is followed.")
        underWay = gauge("requests", "Requests under way.")
        webhookWaiting = gauge("webhook_waiting", "Events that wait for webhooks.")
        pushWaiting = gauge("push_waiting", "Pushes that wait.")
        questions = gauge("questions", "Messages of which the router is yet to say whom they wake.")
        seconds = metrics.histogram(
            "parley_notifier_request_seconds", help: "From the look-up of a name to the head of the answer.")
    }

    func add(_ counts: NotifierCounts) {
        events.add(counts.events)
        delivered.add(counts.delivered)
        retried.add(counts.retried)
        dead.add(counts.dead)
        deadDropped.add(counts.deadDropped)
        disabled.add(counts.disabled)
        pushed.add(counts.pushed)
        pushesRetried.add(counts.pushesRetried)
        pushesRefused.add(counts.pushesRefused)
        pushesUnqueued.add(counts.pushesUnqueued)
        pushesTooOld.add(counts.pushesTooOld)
        subscriptionsEnded.add(counts.subscriptionsEnded)
    }
}
