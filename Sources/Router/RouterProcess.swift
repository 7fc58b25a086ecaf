internal import Blobs
internal import Bus
internal import Dispatch
internal import Logging
public import Operations

/// Owns the tenants of one data directory: carries out every command, stores what it leads to, and publishes it.
public struct RouterProcess: ParleyProcess {
    public static let name = "router"
    public static let operationsAddress = "127.0.0.1:9091"

    public static let settings: [Setting] =
        [
            Setting(
                "data", .path, default: "./parley-data",
                help: "The directory of the registry and of all tenants' files; one router at a time."),
            Setting(
                "commands", .endpoint, default: "ipc://./parley-data/run/router-commands",
                help: "Where gateways send commands and get replies."),
            Setting(
                "events", .endpoint, default: "ipc://./parley-data/run/router-events",
                help: "Where events are published to fan-out workers.", metric: "parley_router_events_published_total"),
            Setting(
                "replay", .endpoint, default: "ipc://./parley-data/run/router-replay",
                help: "Where fan-out workers ask for events they lack.", metric: "parley_router_replays_total"),
            Setting(
                "lanes", .integer(1...256, unit: "threads"), default: "16",
                help:
                    "Threads that write, each the tenants that fall to it. They wait for the disk, so more than cores.",
                metric: "parley_router_lane_depth"),
            Setting(
                "readers", .integer(1...64, unit: "threads"), default: "4",
                help: "Threads that answer what only reads.", metric: "parley_router_reader_depth"),
            Setting(
                "open-tenants", .integer(1...100_000, unit: "tenants"), default: "1000",
                help: "Tenants whose files are open at a time; the longest idle is closed for the next.",
                metric: "parley_router_open_tenants"),
            Setting(
                "lane-queue", .integer(1...1_000_000, unit: "commands"), default: "8192",
                help:
                    "Commands that wait for one lane, at most three quarters of one tenant; more are refused as overloaded, what "
                    + "is of little weight before what stores something.",
                metric: "parley_router_lane_depth"),
            Setting(
                "lane-queue-bytes", .integer(1_048_576...68_719_476_736, unit: "bytes"), default: "16777216",
                help: "Bytes of the commands that wait for one lane, shared and refused in the same way.",
                metric: "parley_router_lane_bytes"),
            Setting(
                "reader-queue", .integer(1...1_000_000, unit: "requests"), default: "8192",
                help:
                    "Requests that wait for the readers, at most three quarters of one tenant; more are refused as overloaded.",
                metric: "parley_router_reader_depth"),
            Setting(
                "push-http", .flag, default: "false",
                help: "Take push subscriptions whose endpoint is http, for push services in a network of one's own."),
            Setting(
                "keys", .path, default: "",
                help:
                    "The folder with router.secret, fanout.public, gateway.public and, for a notifier, notifier.public (parley "
                    + "keys init); must be given where an endpoint is tcp.",
                metric: "parley_router_handshakes_refused"),
        ] + FileStoreSettings.settings

    private let configuration: RouterConfiguration
    private let files: any BlobStore
    private let context: ProcessContext

    public init(settings: Settings, context: ProcessContext) throws {
        self.context = context
        files = try Self.files(settings)
        let wanted = RouterConfiguration(
            dataDirectory: settings.text("data"),
            endpoints: RouterDriver.Endpoints(
                commands: settings.text("commands"), events: settings.text("events"), replay: settings.text("replay"),
                keys: try Self.keys(settings)),
            lanes: settings.integer("lanes"), readers: settings.integer("readers"),
            openTenants: settings.integer("open-tenants"), laneQueue: settings.integer("lane-queue"),
            laneQueueBytes: settings.integer("lane-queue-bytes"),
            readerQueue: settings.integer("reader-queue"), allowsPlainPush: settings.flag("push-http"))
        configuration = Descriptors.fitted(wanted, limit: Descriptors.raiseLimit(), context.logger)
    }

    private static func files(_ settings: Settings) throws -> any BlobStore {
        do {
            switch try FileStoreSettings(settings).place {
            case .folder(let folder): return try BlobStores.disk(folder: folder)
            case .bucket(let name, let endpoint, let region, let credentials):
                return try BlobStores.bucket(name, endpoint: endpoint, region: region, credentials: credentials)
            }
        } catch let failure as BlobFailure { throw ProcessFailure(.inputOutput, "files: \(failure)") }
    }

    private static func keys(_ settings: Settings) throws -> LinkKeys? {
        do {
            return try LinkKeys(
                folder: settings.text("keys"), own: .router, others: [.fanout, .gateway], optional: [.notifier],
                for: ["commands", "events", "replay"].map { settings.text($0) })
        } catch { throw ProcessFailure(.configuration, "keys: \(error)") }
    }

    public func run() async throws {
        let router = try await Self.blocking { try RouterService(configuration, files: files, context) }
        context.logger.info("router ready", metadata: ["data": "\(configuration.dataDirectory)"])
        await context.untilStopRequested()
        try await Self.blocking { router.stop() }
    }

    /// Off the cooperative threads, which must not block.
    private static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
