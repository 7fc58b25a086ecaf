internal import Blobs
internal import Bus
internal import Logging
internal import Operations
internal import Registry
internal import SQLiteStore
internal import Synchronization
internal import Wire

/// What a router runs with.
struct RouterConfiguration: Equatable, Sendable {
    var dataDirectory: String
    var endpoints: RouterDriver.Endpoints
    var lanes = 16
    var readers = 4
    var openTenants = 1_000
    var laneQueue = 8_192
    var laneQueueBytes = 16 << 20
    var readerQueue = 8_192
    var allowsPlainPush = false
}

/// A router at work: its threads and what they share.
final class RouterService: Sendable {
    static let check = "bus"
    /// Inputs that wait for the bus thread. Each is a whole batch's outcome, and a lane has one at a time.
    private static let inputsMax = 4_096
    private static let lookUpsMax = 1_024

    /// What one tenant may have waiting in a queue, in quarters of it: the rest is left to others.
    private static let share = 3

    /// Held until `stop`.
    private let lock: Mutex<DataLock?>
    private let tenants: SQLiteTenants
    private let lanes: [WorkQueue<LaneItem>]
    private let readers: WorkQueue<ReadItem>
    private let lookUps: WorkQueue<Origin>
    private let bus: BusThread<RouterDriver>
    private let laneThreads: [WorkerThread]
    private let readerThreads: [WorkerThread]
    private let directoryThread: WorkerThread
    private let context: ProcessContext

    /// Starts everything; blocks while it reads the registry and opens the sockets.
    ///
    /// - Throws: `ProcessFailure` where the data is in use, the disk fails, or a socket can't be bound.
    init(_ configuration: RouterConfiguration, files: any BlobStore, _ context: ProcessContext) throws {
        let readiness = context.readiness
        readiness.set(Self.check, ready: false, reason: "starting")
        self.context = context
        var reader: DirectoryReader
        let registry: TenantRegistry
        let taps: TapDirectory
        let run = UInt64.random(in: 1...UInt64.max)
        do {
            lock = Mutex(try DataLock(directory: configuration.dataDirectory))
            registry = try TenantRegistry.open(dataDirectory: configuration.dataDirectory)
            reader = DirectoryReader(registry, run: run)
            taps =
                try reader.read().taps ?? TapDirectory(version: TapDirectory.Version(run: run, counter: 0), tenants: [])
            tenants = try SQLiteTenants(
                directory: configuration.dataDirectory, openMax: configuration.openTenants,
                readersPerTenant: configuration.readers)
            try tenants.refuseNewer()
        } catch { throw ProcessFailure(.inputOutput, "data: \(error)") }

        let metrics = RouterMetrics(context.metrics)
        let board = DirectoryBoard()
        board.apply(reader.directory.records.values.map(Directory.Change.changed))
        let positions = Positions()
        let lanes = (0..<configuration.lanes).map { _ in
            WorkQueue<LaneItem>(
                capacity: configuration.laneQueue, bytesMax: configuration.laneQueueBytes, share: Self.share,
                tenant: \.tenant, load: \.load)
        }
        let readers = WorkQueue<ReadItem>(
            capacity: configuration.readerQueue, share: Self.share, tenant: \.tenant, load: \.load)
        let lookUps = WorkQueue<Origin>(capacity: Self.lookUpsMax)
        self.lanes = lanes
        self.readers = readers
        self.lookUps = lookUps

        let logger = context.logger
        let directory = reader.directory
        bus = BusThread(name: "bus", inputsMax: Self.inputsMax, tick: RouterDriver.tick) {
            RouterDriver(
                endpoints: configuration.endpoints, run: run, directory: directory, taps: taps,
                intake: Intake(lanes: lanes, readers: readers, lookUps: lookUps, metrics: metrics),
                positions: positions, metrics: metrics, logger: logger, now: .now, wallClock: { .now() })
        }
        do { try bus.start() } catch { throw ProcessFailure(.inputOutput, "bus: \(error)") }

        let handover = Handover(dropped: metrics.resultsDropped, logger: logger) { [port = bus.port] in port.send($0) }
        let health = StorageHealth(directory: configuration.dataDirectory, readiness: readiness, logger: logger)
        let pushing = PushMarks()
        let removal = ContentRemoval(store: files, lanes: lanes, metrics: metrics, logger: logger)
        let laneExits = LaneExits(
            readers: readers, metrics: metrics, health: health, handover: handover,
            remove: { removal.remove($1, of: $0) },
            nearlyFull: { tenant in
                logger.warning("a tenant's files take more than 80 % of its storage", metadata: ["tenant": "\(tenant)"])
            },
            erased: { tenant in
                removal.erase(tenant) {
                    do {
                        // Another of that name begins without a mark.
                        pushing.forget(tenant)
                        try registry.purge(tenant)
                        logger.notice("tenant erased", metadata: ["tenant": "\(tenant)"])
                    } catch {
                        logger.error("tenant not purged", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
                    }
                }
            },
            pushing: { tenant in
                do { try pushing.mark(tenant) { try registry.markPushing(tenant) } } catch {
                    logger.error("tenant not marked for push", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
                }
            })
        laneThreads = lanes.enumerated().map { [tenants] number, queue in
            let lane = Lane(
                tenants: tenants, board: board, positions: positions, metrics: metrics,
                allowsPlainPush: configuration.allowsPlainPush)
            return LaneThread.start(number: number, queue, lane, laneExits)
        }
        let snapshots = Snapshots(tenants: tenants, board: board, positions: positions, metrics: metrics)
        let readerExits = ReaderExits(lanes: lanes, metrics: metrics, handover: handover, logger: logger)
        readerThreads = (0..<configuration.readers).map { number in
            ReaderThread.start(number: number, readers, snapshots, readerExits)
        }
        directoryThread = DirectoryThread(
            reader, board: board, lookUps: lookUps, lanes: lanes, readers: readers, positions: positions,
            handover: handover, health: health, readiness: readiness, logger: logger
        ).start()
        readiness.set(DirectoryThread.check, ready: true)
        readiness.set(Self.check, ready: true)
        RouterMetrics.read(context.metrics, lanes: lanes, readers: readers, tenants: tenants, bus: bus)
    }

    /// Finishes what has come in, hands out its answers, and closes; what comes meanwhile is left to the next run, to
    /// which gateways send it again. Blocks.
    func stop() {
        context.readiness.set(Self.check, ready: false, reason: "stopping")
        _ = bus.port.send(.stop)
        // Lanes first: a page that waits for one goes on to the readers.
        for lane in lanes { lane.close() }
        for thread in laneThreads { thread.join() }
        readers.close()
        for thread in readerThreads { thread.join() }
        lookUps.close()
        directoryThread.join()
        bus.stop()
        do { try tenants.close() } catch {
            context.logger.error("tenants not closed", metadata: ["error": "\(error)"])
        }
        lock.withLock { $0 = nil }
    }
}
