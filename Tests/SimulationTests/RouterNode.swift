import Bus
import Domain
import Operations
import SQLiteStore
import Seeded
import Wire

@testable import Router

/// A router without threads: its lanes and readers have their turns when the agenda says so.
final class RouterNode: Node {
    private static let laneCount = 2
    private static let readerCount = 2

    let place = World.router
    private(set) var isAlive = true
    var isStopped = false
    let tenants: SQLiteTenants

    private let world: World
    private var random: SeededGenerator
    private let bus: SimulatedBus<RouterDriver>
    private let queues: [WorkQueue<LaneItem>]
    private let readerQueue: WorkQueue<ReadItem>
    private let lookUps = WorkQueue<Origin>(capacity: 64)
    private let snapshots: Snapshots
    private let laneExits: LaneExits
    private let readerExits: ReaderExits
    private let handover: Handover
    private var lanes: [Lane]
    private var busyLanes: Set<Int> = []
    private var busyReaders = 0
    private var isTurnDue = false
    private var nextTick: Int64 = 0

    /// - Parameters:
    ///   - run: the number of this run, unlike all others.
    ///   - queueMax: of lanes and readers; small ones refuse early.
    init(_ world: World, run: UInt64, queueMax: Int, _ random: SeededGenerator) throws {
        self.world = world
        self.random = random
        let clock = world.agenda.clock
        tenants = try SQLiteTenants(
            directory: world.disk.folder, openMax: max(1, world.tenants.count - 1), readersPerTenant: 2,
            makeEpoch: { "e1" })
        let metrics = RouterMetrics(Metrics())
        let board = DirectoryBoard()
        let changes = world.tenants.map { Directory.Change.changed($0.record) }
        board.apply(changes)
        var directory = Directory()
        directory.apply(changes)
        let positions = Positions()
        queues = (0..<Self.laneCount).map { _ in
            WorkQueue(capacity: queueMax, share: 3, tenant: \LaneItem.tenant, load: \.load)
        }
        readerQueue = WorkQueue(capacity: queueMax, share: 3, tenant: \ReadItem.tenant, load: \.load)
        bus = try SimulatedBus(
            world.network, place, inputsMax: 4_096, tick: RouterDriver.tick, clock,
            RouterDriver(
                endpoints: .init(
                    commands: World.endpoint(place, "commands"), events: World.endpoint(place, "events"),
                    replay: World.endpoint(place, "replay")),
                run: run, directory: directory, taps: TapDirectory(version: .none, tenants: []),
                intake: Intake(lanes: queues, readers: readerQueue, lookUps: lookUps, metrics: metrics),
                positions: positions, metrics: metrics, logger: World.logger, now: clock.now,
                wallClock: { clock.wall }))
        let port = bus.port
        @Sendable func pause(_: Duration) {}
        handover = Handover(dropped: metrics.resultsDropped, logger: World.logger, pause: pause) { port.send($0) }
        lanes = queues.map { [tenants] _ in Lane(tenants: tenants, board: board, positions: positions, metrics: metrics)
        }
        laneExits = LaneExits(
            readers: readerQueue, metrics: metrics,
            health: StorageHealth(directory: world.disk.folder, readiness: Readiness(), logger: World.logger),
            handover: handover, remove: { _, _ in }, nearlyFull: { _ in }, erased: { _ in }, pushing: { _ in })
        snapshots = Snapshots(tenants: tenants, board: board, positions: positions, metrics: metrics)
        readerExits = ReaderExits(lanes: queues, metrics: metrics, handover: handover, logger: World.logger)
        tickSoon()
    }

    var isIdle: Bool {
        busyLanes.isEmpty && busyReaders == 0 && readerQueue.count == 0 && queues.allSatisfy { $0.count == 0 }
    }

    func pump() {
        guard isAlive, !isStopped else { return }
        if bus.hasWork, !isTurnDue {
            isTurnDue = true
            later(10...300) { node in
                node.isTurnDue = false
                node.bus.turn()
            }
        }
        for number in queues.indices where !busyLanes.contains(number) && isDue(number) {
            busyLanes.insert(number)
            later(10...200) { $0.laneTurn(number) }
        }
        while busyReaders < Self.readerCount, readerQueue.count > busyReaders {
            busyReaders += 1
            later(10...500) { $0.readerTurn() }
        }
        // No registry is simulated: what it would say is known.
        if lookUps.count > 0 {
            var finished = Finished()
            for origin in lookUps.take(max: 64, until: .now) ?? [] {
                finished.answers.append((.lookedUp(id: origin.id), origin.link))
            }
            handover.deliver(finished)
        }
    }

    func kill() {
        guard isAlive else { return }
        isAlive = false
        bus.close()
        world.disk.die()
        try? tenants.close()
    }

    /// In order, as `RouterService.stop` does it; call it until it is true.
    func stop() -> Bool {
        guard isAlive, isIdle else { return !isAlive }
        bus.stop()
        isAlive = false
        bus.close()
        try? tenants.close()
        return true
    }

    func beginStopping() { _ = bus.port.send(.stop) }

    private func isDue(_ lane: Int) -> Bool {
        queues[lane].count > 0 || lanes[lane].nextTick.map { $0 <= world.agenda.clock.now } ?? false
    }

    /// By `LaneThread`, but that what it led to leaves a while after it is on disk.
    private func laneTurn(_ number: Int) {
        let clock = world.agenda.clock
        var outcomes: [Lane.Outcome] = []
        let items = queues[number].take(max: LaneThread.batchMax, until: .now) ?? []
        if !items.isEmpty { outcomes.append(lanes[number].execute(items, now: clock.now, at: clock.wall)) }
        if let tick = lanes[number].nextTick, tick <= clock.now {
            outcomes.append(lanes[number].ticked(now: clock.now, at: clock.wall))
        }
        later(100...4_000) { node in
            for outcome in outcomes { node.laneExits.deliver(outcome) }
            node.busyLanes.remove(number)
        }
    }

    /// By `ReaderThread`.
    private func readerTurn() {
        let items =
            readerQueue.take(max: ReaderThread.batchMax, until: .now, joins: { $1.joins($0) }) ?? []
        let outcomes = snapshots.answer(items, at: world.agenda.clock.wall)
        later(50...3_000) { node in
            for (item, outcome) in zip(items, outcomes) { node.readerExits.deliver(outcome, of: item) }
            node.busyReaders -= 1
        }
    }

    private func tickSoon() {
        world.agenda.after(Microseconds.milliseconds(100)) { [weak self] in
            guard let self, isAlive else { return }
            if !isStopped { bus.turn() }
            tickSoon()
        }
    }

    /// While it is stopped it comes to nothing, and is tried again.
    private func later(_ delay: ClosedRange<Int64>, _ action: @escaping (RouterNode) -> Void) {
        world.agenda.after(random.pick(delay)) { [weak self] in
            guard let self, isAlive else { return }
            if isStopped { return later(5_000...5_000, action) }
            action(self)
        }
    }
}
