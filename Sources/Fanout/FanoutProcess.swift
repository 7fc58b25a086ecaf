internal import Bus
internal import Foundation
internal import Logging
public import Operations
internal import Wire

/// `parley fanout`: passes routers' events on to gateways, keeps the latest, and fills gaps.
public struct FanoutProcess: ParleyProcess {
    public static let name = "fanout"
    public static let operationsAddress = "127.0.0.1:9092"

    public static let settings = [
        Setting(
            "router-events", .list(.endpoint), default: nil,
            help: "Where routers publish events, one for each router."),
        Setting(
            "router-replay", .list(.endpoint), default: nil,
            help: "Where routers replay events, in the same order as router-events."),
        Setting(
            "events", .endpoint, default: nil,
            help: "Where to publish events for gateways; a tcp port of 0 takes a free one."),
        Setting("replay", .endpoint, default: nil, help: "Where to replay events for gateways."),
        Setting(
            "queue-messages", .integer(1...1_000_000, unit: "messages"), default: "4096",
            help: "Messages queued for one gateway, or from one router, before the next are dropped; a dropped one is "
                + "found missing by its receiver and asked for.",
            metric: "parley_fanout_gaps_total"),
        Setting(
            "ring-events", .integer(1...1_000_000, unit: "events a tenant"), default: "4096",
            help: "The latest events kept of one tenant; older ones are asked of the router.",
            metric: "parley_fanout_ring_evictions_total"),
        Setting(
            "ring-bytes", .integer(1...1_073_741_824, unit: "bytes a tenant"), default: "8388608",
            help: "Bytes of events kept of one tenant.", metric: "parley_fanout_ring_evictions_total"),
        Setting(
            "ring-age", .duration(.milliseconds(1)...(.seconds(86_400))), default: "5m",
            help: "How long an event is kept.", metric: "parley_fanout_ring_evictions_total"),
        Setting(
            "ring-tenants", .integer(1...1_000_000, unit: "tenants"), default: "10000",
            help: "Tenants of which events are kept; past it, a quiet one's go.",
            metric: "parley_fanout_ring_tenants"),
        Setting(
            "ring-bytes-total", .integer(1...68_719_476_736, unit: "bytes"), default: "268435456",
            help: "Bytes of events kept of all tenants together; past it, a quiet tenant's go.",
            metric: "parley_fanout_ring_bytes"),
        Setting(
            "replay-asks", .integer(2...1_000_000, unit: "requests"), default: "1024",
            help: "Requests waiting for a router's answer at once; past it, gateways are told to come again.",
            metric: "parley_fanout_asks"),
        Setting(
            "replay-timeout", .duration(.milliseconds(1)...(.seconds(60))), default: "2s",
            help: "How long a router may take to answer one.", metric: "parley_fanout_asks_timed_out_total"),
        Setting(
            "ring-history", .integer(0...100_000, unit: "events a tenant"), default: "256",
            help: "Events of each lively tenant that a new worker fetches before it says that it is ready.",
            metric: "parley_fanout_ring_events"),
        Setting(
            "keys", .path, default: "",
            help: "The folder with fanout.secret, router.public and gateway.public (parley keys init); must be given "
                + "where an endpoint is tcp."),
        Setting(
            "taps", .address, default: "",
            help: "Where integrators' streams are let in, the publishers of tenants with taps at the ports after it; "
                + "empty for none. Nothing listens while there are no taps."),
        Setting(
            "tap-ports", .integer(1...4_096, unit: "ports"), default: "1000",
            help: "Ports after that of taps, one for each tenant with taps.", metric: "parley_tap_publishers"),
        Setting(
            "tap-key", .path, default: "", help: "The file with the secret key that taps know this worker by."),
        Setting(
            "tap-queue-messages", .integer(1...1_000_000, unit: "messages"), default: "4096",
            help: "Messages queued for one subscriber before the next are dropped, or for one stream before it waits.",
            metric: "parley_tap_messages_total"),
        Setting(
            "tap-streams", .integer(1...1_000_000, unit: "streams"), default: "10000",
            help: "Streams and replays of all taps at once, at most 16 of one tap; more are refused as overloaded.",
            metric: "parley_tap_flows"),
        Setting(
            "tap-requests-per-s", .integer(1...100_000, unit: "requests a second"), default: "10",
            help:
                "STREAM and REPLAY requests of one tap, five times as many at once; more are refused as rate_limited.",
            metric: "parley_tap_refusals_total"),
        Setting(
            "tap-log-events-per-s", .integer(1...10_000_000, unit: "events a second"), default: "20000",
            help: "Events read from a router's log for one tap; past it, the tap waits.",
            metric: "parley_tap_log_events_total"),
    ]

    private let endpoints: FanoutDriver.Endpoints
    private let bounds: Relay.Bounds
    private let queueMax: Int
    private let taps: TapDesk.Configuration?
    private let context: ProcessContext

    public init(settings: Settings, context: ProcessContext) throws {
        endpoints = FanoutDriver.Endpoints(
            routerEvents: settings.list("router-events"), routerReplay: settings.list("router-replay"),
            events: settings.text("events"), replay: settings.text("replay"), keys: try Self.keys(settings))
        guard endpoints.routerEvents.count == endpoints.routerReplay.count else {
            throw ProcessFailure(.configuration, "router-replay: must name as many routers as router-events")
        }
        let ring = Ring.Bounds(
            events: settings.integer("ring-events"), bytes: settings.integer("ring-bytes"),
            age: settings.duration("ring-age"))
        bounds = Relay.Bounds(
            tenants: Tenants.Bounds(
                ring: ring, tenants: settings.integer("ring-tenants"), bytes: settings.integer("ring-bytes-total")),
            asksMax: settings.integer("replay-asks"), askTimeout: settings.duration("replay-timeout"),
            history: settings.integer("ring-history"))
        taps = try Self.taps(settings)
        queueMax = settings.integer("queue-messages")
        self.context = context
    }

    private static func keys(_ settings: Settings) throws -> LinkKeys? {
        let endpoints = ["events", "replay"].map { settings.text($0) }
        do {
            return try LinkKeys(
                folder: settings.text("keys"), own: .fanout, others: [.router, .gateway],
                for: endpoints + settings.list("router-events") + settings.list("router-replay"))
        } catch { throw ProcessFailure(.configuration, "keys: \(error)") }
    }

    private static func taps(_ settings: Settings) throws -> TapDesk.Configuration? {
        guard let address = Address(settings.text("taps")) else { return nil }
        let places = settings.integer("tap-ports")
        guard address.port > 0, address.port + places <= 65_535 else {
            throw ProcessFailure(.configuration, "taps: port \(address.port) and \(places) after it do not fit")
        }
        guard !settings.text("tap-key").isEmpty else {
            throw ProcessFailure(.configuration, "tap-key: must be given where taps is; parley keys init makes one")
        }
        let keys: CurveKeyPair
        do { keys = try KeyFile.read(secret: settings.text("tap-key")) } catch {
            throw ProcessFailure(.configuration, "tap-key: \(error)")
        }
        let requests = settings.integer("tap-requests-per-s")
        let allowance = TapAllowance.Bounds(
            requests: requests, requestsAtOnce: requests * 5, logEvents: settings.integer("tap-log-events-per-s"))
        return TapDesk.Configuration(
            host: address.host, port: address.port, places: places, keys: keys,
            queueMax: settings.integer("tap-queue-messages"),
            streams: TapStreams.Bounds(allowance: allowance, flows: settings.integer("tap-streams")))
    }

    public func run() async throws {
        context.readiness.set("routers", ready: false, reason: "not heard yet")
        context.readiness.set("rings", ready: false, reason: "fetching what came before")
        let thread = BusThread(name: "bus", inputsMax: 1, tick: .milliseconds(100)) {
            [endpoints, bounds, queueMax, taps, report] in
            FanoutDriver(
                endpoints, bounds: bounds, queueMax: queueMax, taps: taps, report: report,
                wallClock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) })
        }
        do {
            try thread.start()
        } catch let failure as BusFailure {
            throw ProcessFailure(.inputOutput, failure.description)
        }
        await context.untilStopRequested()
        await thread.stopAsynchronously()
    }

    private var report: FanoutDriver.Report {
        let metrics = FanoutMetrics(context.metrics)
        let tapMetrics = TapMetrics(context.metrics)
        return FanoutDriver.Report(
            bound: { [logger = context.logger] events, replay in
                let bound: Logger.Metadata = [
                    "events": "\(events.joined(separator: ","))", "replay": "\(replay.joined(separator: ","))",
                ]
                logger.info("passing events on", metadata: bound)
            },
            counts: { metrics.update($0, $1) },
            silentRouters: { [context, routers = endpoints.routerEvents] silent, isFirst in
                let names = silent.map { routers[$0] }.joined(separator: ", ")
                context.readiness.set("routers", ready: silent.isEmpty, reason: "silent: \(names)")
                if silent.isEmpty {
                    context.logger.info("all routers are heard")
                } else if isFirst {
                    context.logger.info("waiting for routers", metadata: ["routers": "\(names)"])
                } else {
                    context.logger.warning("routers are silent", metadata: ["routers": "\(names)"])
                }
            },
            filled: { [readiness = context.readiness] in readiness.set("rings", ready: true) },
            tapCounts: { tapMetrics.update($0) },
            refusedHandshakes: { [logger = context.logger] count in
                logger.warning("connections with unknown keys were refused", metadata: ["count": "\(count)"])
            },
            tapNotice: { [logger = context.logger] in Self.log($0, logger) })
    }

    private static func log(_ notice: TapDesk.Notice, _ logger: Logger) {
        switch notice {
        case .refusedHandshakes(let count):
            logger.warning("handshakes of taps were refused", metadata: ["count": "\(count)"])
        case .unboundPort(let failure):
            logger.warning("a port for taps can't be opened", metadata: ["error": "\(failure)"])
        case .tooManySubscriptions(let tenant):
            logger.warning("too many subscriptions: subscribers are cut off", metadata: ["tenant": "\(tenant)"])
        }
    }
}
