import Foundation
import SQLiteStore
import Seeded
import SimulatedDisk
import Wire

/// All of Parley in one thread: gateways, router, fan-out workers and devices over a network and a disk that fail, all
/// by one seed.
final class Simulation {
    struct Options: Sendable {
        var tenants = 2
        var gateways = 2
        var fanouts = 2
        var crowd = Crowd.Shape()
        /// How long things break before all heals.
        var seconds: Int64 = 20
        /// Between two faults, on average.
        var pause = Microseconds.milliseconds(1_200)
        var faults = Fault.allCases
        /// Syncs do nothing and say that they did, and the power goes in the end.
        var lies = false
        /// What a sync has failed on is not written by the next one, which says that it has succeeded: as Linux does.
        var forgets = true
        /// Devices do not see every so manyth event, or reply: the checker has to notice.
        var losesEvents = false
        var losesReplies = false
        var tracePath: String?
    }

    struct Result: Sendable {
        let seed: UInt64
        let hash: UInt64
        let steps: Int
        let acknowledged: Int
        let deliveries: Int
        let faults: [Fault: Int]
        let sectorsLost: UInt64
        let filesTorn: UInt64
        let messagesLost: Int
        let findings: [Finding]
    }

    /// From the end of all faults until everybody has everything.
    private static let patience = Microseconds.seconds(60)

    let options: Options
    private let seed: UInt64
    let agenda = Agenda()
    let trace: Trace
    let world: World
    let network: Network
    let disk: Disk
    var random: SeededGenerator
    private let history = History()
    private(set) var crowds: [Crowd] = []
    var router: RouterNode?
    var fanouts: [FanoutNode?] = []
    var gateways: [GatewayNode?] = []
    var counts: [Fault: Int] = [:]
    private var runs: UInt64 = 0
    /// How the next death of the router is to be: set before a fuse burns.
    var isPowerLostNext = false
    var isFaulty = false

    init(seed: UInt64, _ options: Options, _ tenants: [World.Tenant]) throws {
        self.options = options
        self.seed = seed
        random = SeededGenerator(seed: seed)
        trace = Trace(path: options.tracePath)
        network = Network(agenda, trace, random.fork())
        disk = try Disk(seed: random.next())
        world = World(
            agenda: agenda, trace: trace, network: network, disk: disk, tenants: tenants, gateways: options.gateways,
            fanouts: options.fanouts)
        disk.faults.writebacks = UInt32(Int.random(in: 2...20, using: &random))
        disk.faults.lies = options.lies ? 1 : 0
        disk.faults.forgets = options.forgets ? 1 : 0
        try startRouter()
        fanouts = Array(repeating: nil, count: options.fanouts)
        gateways = Array(repeating: nil, count: options.gateways)
        for number in fanouts.indices { try startFanout(number) }
        for number in gateways.indices { try startGateway(number) }
        for tenant in tenants {
            crowds.append(
                Crowd(tenant.record, options.crowd, agenda, random.fork()) { name, user, token, isService, random in
                    device(name, tenant.record, user, token, isService, random)
                })
        }
    }

    private func device(
        _ name: String, _ tenant: TenantRecord, _ user: String, _ token: String, _ isService: Bool,
        _ random: SeededGenerator
    ) -> Device {
        var choice = random
        var own = choice.fork()
        let (losesEvents, losesReplies) = (options.losesEvents, options.losesReplies)
        return Device(
            name, tenant: tenant.tenant.text, user: user, token: token, isService: isService, agenda, trace, history,
            random,
            loses: { object in
                losesEvents && object.has("offset") && object.has("event") && object.text("event") != "mark"
                    && own.chance(0.01)
                    || losesReplies && object.has("ref") && object.text("ref") != "hello"
                        && own.chance(0.01)
            },
            reach: { [weak self] device in
                guard let gateway = self?.gateways.pick(&choice) ?? nil, let line = gateway.connect(device) else {
                    return nil
                }
                return (gateway, line)
            })
    }

    // MARK: The run

    func run() throws -> Result {
        run(until: Microseconds.seconds(3))
        for crowd in crowds { crowd.begin() }
        run(until: Microseconds.seconds(5))
        isFaulty = true
        breakSomething()
        run(until: Microseconds.seconds(5 + options.seconds))
        isFaulty = false
        heal()
        for crowd in crowds { crowd.isQuiet = true }
        let deadline = agenda.now + Self.patience
        while agenda.now < deadline, !isAtRest { run(until: agenda.now + Microseconds.milliseconds(200)) }
        if !isAtRest { tellWhoIsNotAtRest() }
        return try judge()
    }

    func run(until moment: Int64) {
        var isOver = false
        agenda.at(moment) { isOver = true }
        while !isOver, agenda.step() {
            if disk.isDead, router != nil { routerDied() }
            router?.pump()
            for node in fanouts { node?.pump() }
            for node in gateways { node?.pump() }
        }
    }

    private func newest(_ tenant: World.Tenant) -> UInt64? {
        guard let router else { return nil }
        return try? router.tenants.tenant(tenant.record.tenant).read { try $0.newestOffset }
    }

    private var isAtRest: Bool {
        router?.isIdle == true
            && zip(world.tenants, crowds).allSatisfy { tenant, crowd in
                guard let newest = newest(tenant) else { return false }
                return crowd.devices.allSatisfy { $0.isAtRest(at: newest) }
            }
    }

    private func tellWhoIsNotAtRest() {
        for (tenant, crowd) in zip(world.tenants, crowds) {
            let newest = newest(tenant)
            for device in crowd.devices where newest.map({ !device.isAtRest(at: $0) }) ?? true {
                history.found(.notWellAgain, "\(device.state), the log at \(newest.map(String.init) ?? "?")")
            }
        }
    }

    /// What is acknowledged has to outlive a last cut of the power.
    private func judge() throws -> Result {
        router?.kill()
        disk.restart(isPowerLost: true)
        disk.faults = .init()
        var findings = history.findings
        let store = try SQLiteTenants(directory: disk.folder, openMax: 8, readersPerTenant: 1, makeEpoch: { "e1" })
        for tenant in world.tenants {
            do {
                let log = try StoredLog(try store.tenant(tenant.record.tenant))
                findings += Verdict(tenant.record.tenant.text, log, history).findings
            } catch {
                findings.append(Finding(.brokenFile, "\(tenant.record.tenant): \(error)"))
            }
        }
        try? store.close()
        for node in fanouts { node?.kill() }
        for node in gateways { node?.kill() }
        agenda.clear()
        let disk = disk.counts
        return Result(
            seed: seed, hash: trace.hash, steps: trace.count, acknowledged: history.acknowledgedMessages,
            deliveries: history.sessions.reduce(0) { $0 + $1.events.count }, faults: counts,
            sectorsLost: disk.sectors_lost, filesTorn: disk.files_torn, messagesLost: network.lost,
            findings: findings)
    }

    // MARK: Processes

    func startRouter() throws {
        runs += 1
        router = try RouterNode(world, run: runs, queueMax: Int.random(in: 64...1_024, using: &random), random.fork())
    }

    func startFanout(_ number: Int) throws {
        fanouts[number] = try FanoutNode(
            world, number, ringEvents: Int.random(in: 4...400, using: &random), random.fork())
    }

    func startGateway(_ number: Int) throws {
        gateways[number] = try GatewayNode(world, number, random.fork())
    }

    /// The disk has died beneath it, or somebody has killed it.
    func routerDied(after pause: Int64? = nil) {
        guard let router else { return }
        router.kill()
        self.router = nil
        trace.add(agenda.now, "router died\(isPowerLostNext ? " with the power" : "")")
        disk.restart(isPowerLost: isPowerLostNext)
        isPowerLostNext = false
        agenda.after(pause ?? random.pick(Microseconds.milliseconds(20)...Microseconds.seconds(2))) { [weak self] in
            try? self?.startRouter()
        }
    }
}
