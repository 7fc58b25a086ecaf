internal import Logging
internal import Operations
internal import Registry
internal import Wire

/// Reads the registry for changes of any process.
struct DirectoryReader: Sendable {
    /// What a reading found.
    struct Reading: Equatable, Sendable {
        var changes: [Directory.Change] = []
        /// Tenants whose name or limits everyone in them is to hear of.
        var news: [TenantRecord] = []
        /// Whom fan-out workers may let in, where anything has changed.
        var taps: TapDirectory?
    }

    private let registry: TenantRegistry
    private let run: UInt64
    private(set) var directory = Directory()
    /// Tenants that are deleted and whose files are still to be erased.
    private(set) var deleted: [TenantSlug] = []
    private var counter: Int64?
    private var taps: [TapDirectory.Tenant] = []

    /// - Parameter run: the router's own, in which versions of the taps are told apart.
    init(_ registry: TenantRegistry, run: UInt64 = 1) {
        self.registry = registry
        self.run = run
    }

    /// Costs one row where nothing has changed.
    mutating func read() throws -> Reading {
        // The counter first: a change that comes between the two is read twice, not missed.
        let counter = try registry.changeCounter()
        guard counter != self.counter else { return Reading() }
        let records = try registry.tenants()
        deleted = try registry.deletedTenants()
        let taps = try registry.tapDirectory(run: run)
        let areTapsNew = taps.tenants != self.taps
        self.counter = counter
        var reading = Reading(changes: directory.changes(to: records), taps: areTapsNew ? taps : nil)
        for case .changed(let record) in reading.changes {
            guard let former = directory.records[record.tenant], record.isNews(after: former) else { continue }
            reading.news.append(record)
        }
        directory.apply(reading.changes)
        self.taps = taps.tenants
        return reading
    }
}

/// The directory's thread: polls, tells links and lanes what has changed, and answers those who can't wait.
struct DirectoryThread {
    static let check = "registry"
    /// A suspension takes effect within a second at every gateway (docs/protocol.md §8).
    private static let interval: Duration = .milliseconds(200)
    /// Between two tries to erase what somebody still reads, and to write on a disk that failed.
    private static let retryInterval: Duration = .seconds(1)
    private static let lookUpsAtOnce = 256

    let board: DirectoryBoard
    let lookUps: WorkQueue<Origin>
    let lanes: [WorkQueue<LaneItem>]
    let readers: WorkQueue<ReadItem>
    let positions: Positions
    let handover: Handover
    let health: StorageHealth
    let readiness: Readiness
    let logger: Logger
    private var reader: DirectoryReader
    /// For lanes that were full.
    private var undelivered: [LaneItem] = []
    private var nextRetry: ContinuousClock.Instant?
    /// By tenants whose settings bound their log.
    private var pruning = QuietRound()
    /// By tenants that this run has not had in hand: what runs out in them, their lanes don't know.
    private var visits = QuietRound()

    init(
        _ reader: DirectoryReader, board: DirectoryBoard, lookUps: WorkQueue<Origin>, lanes: [WorkQueue<LaneItem>],
        readers: WorkQueue<ReadItem>, positions: Positions, handover: Handover, health: StorageHealth,
        readiness: Readiness, logger: Logger
    ) {
        self.reader = reader
        self.board = board
        self.lookUps = lookUps
        self.lanes = lanes
        self.readers = readers
        self.positions = positions
        self.handover = handover
        self.health = health
        self.readiness = readiness
        self.logger = logger
    }

    func start() -> WorkerThread {
        WorkerThread(name: "directory") {
            var thread = self
            while let origins = thread.lookUps.take(max: Self.lookUpsAtOnce, until: .now + Self.interval) {
                thread.turn(origins, now: .now)
            }
        }
    }

    private mutating func turn(_ origins: [Origin], now: ContinuousClock.Instant) {
        var inputs: [RouterInput] = []
        do {
            let reading = try reader.read()
            readiness.set(Self.check, ready: true)
            if let taps = reading.taps { inputs.append(.taps(taps)) }
            if !reading.changes.isEmpty {
                board.apply(reading.changes)
                inputs.append(.directory(reading.changes))
                undelivered += reading.news.map(LaneItem.updated)
                nextRetry = nil
            }
        } catch {
            logger.error("registry not readable", metadata: ["error": "\(error)"])
            readiness.set(Self.check, ready: false, reason: "the registry can't be read")
        }
        if !origins.isEmpty {
            var finished = Finished()
            for origin in origins { finished.answers.append((.lookedUp(id: origin.id), origin.link)) }
            inputs.append(.finished(finished))
        }
        if !inputs.isEmpty { handover.deliver(inputs) }
        if nextRetry.map({ $0 <= now }) ?? true {
            nextRetry = now + Self.retryInterval
            undelivered += reader.deleted.map(LaneItem.erase)
            let due = pruning.due({ reader.directory.records.values.filter(\.boundsItsLog).map(\.tenant) }, now: now)
            // A lane that is full has it again in the next round.
            for tenant in due { _ = lanes[tenant.lane(of: lanes.count)].offer(.keepUp(tenant)) }
            let isUnknown: (TenantSlug) -> Bool = { [positions] in !positions.contains($0) }
            let unvisited = visits.due({ reader.directory.records.keys.filter(isUnknown) }, now: now)
            // And so for readers, and for what can't be read now.
            _ = readers.offer(unvisited.map(ReadItem.visit))
            health.probe()
            health.look(now: now)
        }
        undelivered.removeAll { [lanes] item in lanes[item.tenant.lane(of: lanes.count)].offer(item) }
    }
}
