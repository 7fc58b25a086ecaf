internal import Bus
internal import Dispatch
internal import Foundation
internal import Logging
public import Operations
internal import Registry
internal import Wire

/// `parley notifier`: tells webhooks of events and wakes browsers; itself only a tap of each tenant that needs it.
public struct NotifierProcess: ParleyProcess {
    public static let name = "notifier"
    public static let operationsAddress = "127.0.0.1:9093"

    public static let settings: [Setting] = [
        Setting(
            "data", .path, default: "./parley-data",
            help:
                "The directory of the registry, and of notifier.sqlite, in which the queue lies; one notifier at a time."
        ),
        Setting(
            "router-replay", .endpoint, default: "ipc://./parley-data/run/router-replay",
            help: "Where the router says whom a message is to wake.", metric: "parley_notifier_questions"),
        Setting(
            "streams", .list(.endpoint), default: "",
            help:
                "Where fan-out workers serve taps' streams, one for each; empty: nothing is followed, and nothing sent.",
            metric: "parley_notifier_tenants"),
        Setting(
            "tap-key", .path, default: "",
            help: "The file with the public key that taps know workers by (taps.public); must be given with streams."),
        Setting(
            "keys", .path, default: "",
            help: "The folder with notifier.secret and router.public (parley keys init); must be given where "
                + "router-replay is tcp."),
        Setting(
            "push-key", .path, default: "",
            help: "The file with the secret key that push services know this system by (push.secret); empty: nobody is "
                + "woken."),
        Setting(
            "push-contact", .text, default: "https://parley.invalid",
            help: "Whom a push service asks where something is wrong, mailto:… or https://…; some send nothing for a "
                + "contact that they can't believe."),
        Setting(
            "push-lifetime", .duration(.zero...(.seconds(2_419_200))), default: "1d",
            help: "How long a push service keeps what it can't deliver, and the age from which a message wakes nobody.",
            metric: "parley_notifier_push_dropped_total"),
        Setting(
            "push-queue", .integer(1...10_000_000, unit: "pushes"), default: "100000",
            help: "Pushes that wait; more are dropped.", metric: "parley_notifier_push_waiting"),
        Setting(
            "webhook-queue", .integer(1...10_000_000, unit: "events a webhook"), default: "10000",
            help: "Events that wait for one webhook; more become dead letters at once.",
            metric: "parley_notifier_webhook_waiting"),
        Setting(
            "dead-letters", .integer(0...10_000_000, unit: "events a webhook"), default: "10000",
            help: "Dead letters kept of one webhook; the oldest go.",
            metric: "parley_notifier_webhook_dead_dropped_total"),
        Setting(
            "retry-first", .duration(.milliseconds(10)...(.seconds(3_600))), default: "5s",
            help: "The wait before the first retry, doubled with each one up to an hour.",
            metric: "parley_notifier_webhook_retried_total"),
        Setting(
            "retry-for", .duration(.milliseconds(10)...(.seconds(604_800))), default: "1d",
            help: "How long a webhook is tried before an event becomes a dead letter; a push a quarter as long.",
            metric: "parley_notifier_webhook_dead_total"),
        Setting(
            "requests", .integer(1...1_000, unit: "requests"), default: "64",
            help:
                "Requests under way at once: at most an eighth of them to one webhook or push service, half of them pushes, "
                + "and a quarter pushes of one tenant.",
            metric: "parley_notifier_requests"),
        Setting(
            "request-timeout", .duration(.milliseconds(100)...(.seconds(60))), default: "10s",
            help: "How long a request may take, from the look-up of the name to the head of the answer.",
            metric: "parley_notifier_request_seconds"),
        Setting(
            "allow-private", .flag, default: "false",
            help: "Send to private, loopback and link-local addresses too: whoever may make webhooks then reaches what "
                + "this machine reaches.",
            metric: "parley_notifier_attempt_failures_total"),
        Setting(
            "roots", .path, default: "",
            help: "A PEM file with the certificates to trust in place of the system's."),
    ]

    /// Threads that may wait for name servers.
    private static let pushNamesMax = 64

    private let data: String
    private let endpoints: NotifierDriver.Endpoints
    private let dispatching: Dispatcher.Configuration
    private let sending: HTTPSender.Configuration
    private let pushKeys: PushKeys?
    private let contact: String
    private let context: ProcessContext

    public init(settings: Settings, context: ProcessContext) throws {
        self.context = context
        data = settings.text("data")
        let streams = settings.list("streams").filter { !$0.isEmpty }
        endpoints = NotifierDriver.Endpoints(
            router: settings.text("router-replay"), streams: streams,
            server: try Self.server(settings, isNeeded: !streams.isEmpty), keys: try Self.keys(settings))
        let pushKey = settings.text("push-key")
        pushKeys = pushKey.isEmpty ? nil : try PushKeys.read(pushKey)
        contact = settings.text("push-contact")
        guard contact.hasPrefix("mailto:") || contact.hasPrefix("https://") else {
            throw ProcessFailure(.configuration, "push-contact: takes mailto:… or https://…")
        }
        let patience = settings.duration("retry-for")
        let firstWait = settings.duration("retry-first")
        let requests = settings.integer("requests")
        dispatching = Dispatcher.Configuration(
            bounds: NotifierStore.Bounds(
                waitingPerWebhook: settings.integer("webhook-queue"), pushesWaiting: settings.integer("push-queue"),
                deadPerWebhook: settings.integer("dead-letters")),
            webhookRules: RetryRules(firstWait: firstWait, patience: patience),
            pushRules: RetryRules(firstWait: firstWait, patience: patience / 4),
            departures: Departures.Bounds(total: requests, perTarget: max(requests / 8, 1)),
            pushLifetime: settings.duration("push-lifetime"), allowsPrivate: settings.flag("allow-private"),
            version: Version.text)
        let roots = settings.text("roots")
        sending = HTTPSender.Configuration(
            allowsPrivate: settings.flag("allow-private"), timeout: settings.duration("request-timeout"),
            roots: roots.isEmpty ? nil : roots)
    }

    private static func server(_ settings: Settings, isNeeded: Bool) throws -> CurveKey? {
        let path = settings.text("tap-key")
        guard !path.isEmpty else {
            if isNeeded { throw ProcessFailure(.configuration, "tap-key: must be given where streams is") }
            return nil
        }
        do { return try KeyFile.read(public: path) } catch { throw ProcessFailure(.configuration, "tap-key: \(error)") }
    }

    private static func keys(_ settings: Settings) throws -> LinkKeys? {
        do {
            return try LinkKeys(
                folder: settings.text("keys"), own: .notifier, others: [.router],
                for: [settings.text("router-replay")])
        } catch { throw ProcessFailure(.configuration, "keys: \(error)") }
    }

    public func run() async throws {
        context.readiness.set("queue", ready: false, reason: "opening")
        let lock = try NotifierLock(data: data)
        let registry = try TenantRegistry.open(dataDirectory: data)
        let store: NotifierStore
        let dispatcher: Dispatcher
        let sender: HTTPSender
        do {
            store = try NotifierStore.open(data: data)
            dispatcher = try Dispatcher(
                dispatching, store: store, vapid: pushKeys.map { Vapid(key: $0.signing, contact: contact) })
        } catch { throw ProcessFailure(.inputOutput, "data: \(error)") }
        // A tenant's pushes are half of all: their name servers leave threads to others.
        let names = (webhooks: 8, pushes: min(dispatching.departures.pushes, Self.pushNamesMax))
        do { sender = try HTTPSender(sending, namesAtOnce: names) } catch {
            throw ProcessFailure(.configuration, "roots: \(error)")
        }
        let exit = Exit()
        let metrics = NotifierMetrics(context.metrics)
        let thread = BusThread(name: "notifier", inputsMax: 2_048, tick: NotifierDriver.tick) {
            [endpoints, logger = context.logger] in
            NotifierDriver(
                endpoints, dispatcher, registry: registry, store: store, metrics: metrics, logger: logger,
                wallClock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) },
                send: { delivery, request in
                    let start = ContinuousClock.now
                    sender.send(request, of: delivery.kind) { outcome in
                        exit.tell(.ended(delivery, outcome, after: ContinuousClock.now - start))
                    }
                })
        }
        exit.open(thread.port)
        do { try thread.start() } catch { throw ProcessFailure(.inputOutput, "\(error)") }
        context.readiness.set("queue", ready: true)
        context.logger.info("notifier ready", metadata: ["data": "\(data)"])
        await context.untilStopRequested()
        // Requests under way are cut off and made again by the next run: at least once.
        await sender.stop()
        await thread.stopAsynchronously()
        try? store.close()
        lock.release()
    }
}
