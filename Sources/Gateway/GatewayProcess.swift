internal import Bus
internal import Foundation
internal import Logging
public import Operations
internal import Wire

/// Owns the sockets of clients: lets them in, hands their commands to routers and events to them.
public struct GatewayProcess: ParleyProcess {
    public static let name = "gateway"

    public static let settings: [Setting] =
        [
            Setting(
                "listen", .address, default: "127.0.0.1:8080",
                help: "Where clients connect, by WebSocket and HTTP; port 0 lets the system choose."),
            Setting(
                "public-url", .list(.origin), default: "",
                help:
                    "Origins that browsers reach this gateway by. Not set: the listen address, and localhost with its port."
            ),
            Setting(
                "page", .choice(["on", "off"]), default: "on",
                help: "Parley's own page at / and under /app/; off: only the SDK, under /sdk/, is served."),
            Setting(
                "demo", .path, default: "",
                help:
                    "The file that parley up --demo makes: with it, whoever can connect signs in as the demo's people, without "
                    + "a password."),
            Setting(
                "push-key", .path, default: "",
                help: "The file with the public key that browsers subscribe with (push.public); empty: nobody is woken."
            ),
            Setting(
                "tls-certificate", .path, default: "",
                help:
                    "A PEM file with the certificate and its chain: with it and tls-key the port speaks TLS. SIGHUP reads both "
                    + "again."),
            Setting("tls-key", .path, default: "", help: "A PEM file with the certificate's private key."),
            Setting(
                "router-commands", .list(.endpoint), default: nil,
                help: "Where routers take commands, one for each router.",
                metric: "parley_gateway_links_reopened_total"),
            Setting(
                "fanout-events", .list(.endpoint), default: nil,
                help: "Where fan-out workers publish, the preferred one first; a silent one is given up for the next.",
                metric: "parley_gateway_fanout_failovers_total"),
            Setting(
                "fanout-replay", .list(.endpoint), default: nil,
                help: "Where fan-out workers replay events, in the same order as fanout-events.",
                metric: "parley_gateway_gaps_total"),
            Setting(
                "keys", .path, default: "",
                help:
                    "The folder with gateway.secret, router.public and fanout.public (parley keys init); must be given "
                    + "where an endpoint is tcp."),
            Setting(
                "event-loops", .integer(0...255, unit: "threads"), default: "0",
                help: "Threads that serve connections; 0: one a processor."),
            Setting(
                "connections-max", .integer(0...10_000_000, unit: "connections"), default: "0",
                help:
                    "Connections at a time; more wait in the kernel's queue. 0: as many as the limit of open files allows, and "
                    + "never more.",
                metric: "parley_gateway_connections"),
            Setting(
                "pending-per-address-max", .integer(1...1_000_000, unit: "connections"), default: "1024",
                help:
                    "WebSockets of one address that have not said a valid hello yet; more are answered 429. Behind a proxy all "
                    + "clients may share an address.",
                metric: "parley_gateway_upgrades_total"),
            Setting(
                "event-readers-max", .integer(1...10_000_000, unit: "clients"), default: "10000",
                help:
                    "Clients that read events by HTTP, by long polls or streams, at a time; more are refused as overloaded.",
                metric: "parley_gateway_fallback_connections"),
            Setting(
                "outbound-bytes-max", .integer(65_536...1_073_741_824, unit: "bytes"), default: "1048576",
                help: "What may wait for one connection that does not read; past it, it is closed with 4202.",
                metric: "parley_gateway_closes_total"),
            Setting(
                "requests-max", .integer(64...1_000_000, unit: "requests an event loop"), default: "16384",
                help: "Commands that wait for routers; more are refused as overloaded.",
                metric: "parley_gateway_pending_requests"),
            Setting(
                "requests-bytes-max", .integer(1_048_576...68_719_476_736, unit: "bytes an event loop"),
                default: "33554432",
                help:
                    "Bytes of those commands; more are refused as overloaded. A router that is away has them kept for 10 s.",
                metric: "parley_gateway_pending_requests"),
            Setting(
                "heartbeat", .duration(.seconds(1)...(.seconds(300))), default: "25s",
                help:
                    "How often a quiet connection gets a mark, and each a ping; two unanswered pings close it with 4201."
            ),
            Setting(
                "drain-window", .duration(.milliseconds(0)...(.seconds(600))), default: "5s",
                help: "How long a stop spreads the closing of its connections over."),
        ] + FileSettings.settings

    private let configuration: GatewayService.Configuration
    private let context: ProcessContext

    private static func keys(_ settings: Settings) throws -> LinkKeys? {
        let endpoints = ["router-commands", "fanout-events", "fanout-replay"].flatMap { settings.list($0) }
        do {
            return try LinkKeys(
                folder: settings.text("keys"), own: .gateway, others: [.router, .fanout], for: endpoints)
        } catch { throw ProcessFailure(.configuration, "keys: \(error)") }
    }

    public init(settings: Settings, context: ProcessContext) throws {
        self.context = context
        guard let listen = settings.address("listen") else {
            throw ProcessFailure(.configuration, "listen: must be HOST:PORT")
        }
        let endpoints = GatewayDriver.Endpoints(
            routerCommands: settings.list("router-commands"), fanoutEvents: settings.list("fanout-events"),
            fanoutReplay: settings.list("fanout-replay"), keys: try Self.keys(settings))
        guard endpoints.fanoutEvents.count == endpoints.fanoutReplay.count else {
            throw ProcessFailure(.configuration, "fanout-replay: must name as many workers as fanout-events")
        }
        let certificate = settings.text("tls-certificate")
        let key = settings.text("tls-key")
        guard certificate.isEmpty == key.isEmpty else {
            throw ProcessFailure(.configuration, "tls-certificate, tls-key: one is nothing without the other")
        }
        let demo = try Self.demo(settings.text("demo"))
        if demo != nil { context.logger.warning("demo: who can connect can sign in as the demo's people") }
        var policy = Policy()
        policy.heartbeat = settings.duration("heartbeat")
        policy.outboundBytesMax = settings.integer("outbound-bytes-max")
        policy.pendingMax = settings.integer("requests-max")
        policy.pendingBytesMax = settings.integer("requests-bytes-max")
        policy.drainWindow = settings.duration("drain-window")
        let wantedLoops = settings.integer("event-loops")
        let eventLoops = wantedLoops > 0 ? wantedLoops : min(ProcessInfo.processInfo.activeProcessorCount, 255)
        configuration = GatewayService.Configuration(
            listen: listen, publicURLs: settings.list("public-url"),
            certificates: certificate.isEmpty ? nil : try Certificates(certificate: certificate, key: key),
            endpoints: endpoints,
            eventLoops: eventLoops,
            connectionsMax: Descriptors.connectionsMax(
                wanted: settings.integer("connections-max"), eventLoops: eventLoops, context.logger),
            greetingsPerAddressMax: settings.integer("pending-per-address-max"),
            eventReadersMax: settings.integer("event-readers-max"), servesPage: settings.text("page") == "on",
            demo: demo, pushKey: try Self.pushKey(settings.text("push-key")), files: try FileConfiguration(settings),
            policy: policy)
    }

    private static func pushKey(_ path: String) throws -> String? {
        guard !path.isEmpty else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ProcessFailure(.configuration, "push-key: \(path) can't be read")
        }
        let digits = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard let key = Base64URL.bytes(of: digits), key.count == PushSubscription.publicKeyBytes, key.first == 4 else {
            throw ProcessFailure(.configuration, "push-key: \(path) holds no key: parley keys init makes one")
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func demo(_ path: String) throws -> DemoSignIn? {
        guard !path.isEmpty else { return nil }
        do {
            return try DemoSignIn(file: path)
        } catch {
            throw ProcessFailure(.configuration, "demo: \(path) is no file of parley up --demo")
        }
    }

    public func run() async throws {
        let service = try await GatewayService(configuration, context)
        let listen = "\(configuration.listen.host):\(service.port)"
        context.logger.info("listening", metadata: ["address": "\(listen)"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await service.reloadCertificatesOnHangup() }
            await context.untilStopRequested()
            group.cancelAll()
        }
        await service.stop()
    }
}
