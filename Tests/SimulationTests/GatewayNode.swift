import Bus
import NIOCore
import NIOEmbedded
import Operations
import Seeded
import Wire

@testable import Gateway

/// A gateway: its bus thread, and two event loops with channels that lead to simulated devices.
final class GatewayNode: Node {
    /// The gateway's end of a device's socket.
    final class Line {
        let device: Device
        fileprivate let channel: EmbeddedChannel
        fileprivate var toDevice: Int64 = 0
        fileprivate var toGateway: Int64 = 0

        fileprivate init(_ device: Device, _ channel: EmbeddedChannel) {
            (self.device, self.channel) = (device, channel)
        }
    }

    private static let loopCount = 2
    /// Between a device and its gateway.
    private static let delay: ClosedRange<Int64> = 200...20_000

    let place: Place
    private(set) var isAlive = true
    var isStopped = false
    private let world: World
    private var random: SeededGenerator
    private let bus: SimulatedBus<GatewayDriver>
    private let eventLoops: [EmbeddedEventLoop]
    private let loops: [GatewayLoop]
    private let context: GatewayContext
    private var lines: [Line] = []
    private var isTurnDue = false
    private var lastAdvance: Int64

    init(_ world: World, _ number: Int, _ random: SeededGenerator) throws {
        self.world = world
        var random = random
        let place = World.gateway(number)
        self.place = place
        let clock = world.agenda.clock
        var policy = Policy()
        // So that catching up takes several pages.
        policy.pageEventsMax = 20
        policy.heartbeat = .seconds(5)
        let directory = Directory()
        context = GatewayContext(
            policy: policy, directory: directory,
            origins: OriginsBox(Origins(publicURLs: [], listen: (host: "gateway", port: 80), isTLS: false)),
            accounts: Accounts(), greetings: Greetings(perAddressMax: 10_000), health: Health(),
            metrics: GatewayMetrics(Metrics()), logger: World.logger, clock: { clock.now }, wallClock: { clock.wall })
        let eventLoops = (0..<Self.loopCount).map { _ in EmbeddedEventLoop() }
        let loops = eventLoops.enumerated().map { [context] number, eventLoop in
            GatewayLoop(number: number, eventLoop: eventLoop, context: context)
        }
        let ports = zip(loops, eventLoops).map { loop, eventLoop in
            LoopPort(NIOLoopBound(loop, eventLoop: eventLoop))
        }
        let entries = Dictionary(world.tenants.map { ($0.record.tenant, $0.entry) }) { first, _ in first }
        bus = try SimulatedBus(
            world.network, place, inputsMax: 16_384, tick: .milliseconds(50), clock,
            GatewayDriver(
                .init(
                    routerCommands: [World.endpoint(World.router, "commands")],
                    fanoutEvents: (0..<world.fanouts).map { World.endpoint(World.fanout($0), "events") },
                    fanoutReplay: (0..<world.fanouts).map { World.endpoint(World.fanout($0), "replay") }),
                gateway: place, seed: random.next(), loops: ports, context: context,
                news: { Self.take($0, entries, directory, ports) }, report: { _, _ in }))
        (self.eventLoops, self.loops, self.random) = (eventLoops, loops, random)
        lastAdvance = world.agenda.now
        for loop in loops { loop.start(bus.port) }
        loopsSoon()
    }

    func pump() {
        guard isAlive, !isStopped, bus.hasWork, !isTurnDue else { return }
        isTurnDue = true
        world.agenda.after(random.pick(10...300)) { [weak self] in
            guard let self, isAlive else { return }
            isTurnDue = false
            if !isStopped { bus.turn() }
        }
    }

    func kill() {
        guard isAlive else { return }
        isAlive = false
        bus.close()
        for line in lines { line.device.ended(code: nil, on: line) }
        // Nothing of what follows leaves: there is nobody any more whom it could reach.
        lines = []
        for loop in loops { loop.stop() }
        for eventLoop in eventLoops {
            eventLoop.run()
            try? eventLoop.syncShutdownGracefully()
        }
    }

    /// Announces the end, closes all connections spread over the window, and dies after it.
    func drain() {
        context.health.isDraining = true
        for loop in loops { loop.drain(using: &random) }
        world.agenda.after(Microseconds.seconds(6)) { [weak self] in self?.kill() }
    }

    // MARK: Devices

    /// Nil where nobody answers.
    func connect(_ device: Device) -> Line? {
        guard isAlive, !isStopped, !context.health.isDraining else { return nil }
        let number = Int.random(in: 0..<loops.count, using: &random)
        let channel = EmbeddedChannel(loop: eventLoops[number])
        let handler = ConnectionHandler(
            Handshake.Upgrade(accept: "", origin: nil, authorization: []), address: device.name, direct: nil,
            loop: loops[number])
        do {
            try channel.pipeline.syncOperations.addHandler(handler)
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 80), promise: nil)
        } catch { return nil }
        let line = Line(device, channel)
        lines.append(line)
        return line
    }

    func receive(_ bytes: [UInt8], on line: Line) {
        line.toGateway = max(line.toGateway, world.agenda.now + random.pick(Self.delay))
        world.agenda.at(line.toGateway) { [weak self] in self?.arrive(bytes, on: line) }
    }

    /// The device's socket is gone.
    func disconnect(_ line: Line) {
        guard isAlive, let place = lines.firstIndex(where: { $0 === line }) else { return }
        lines.remove(at: place)
        line.channel.close(promise: nil)
        (line.channel.eventLoop as? EmbeddedEventLoop)?.run()
    }

    private func arrive(_ bytes: [UInt8], on line: Line) {
        guard isAlive, line.channel.isActive else { return }
        guard !isStopped else {
            return world.agenda.after(5_000) { [weak self] in self?.arrive(bytes, on: line) }
        }
        _ = try? line.channel.writeInbound(ByteBuffer(bytes: bytes))
        handOut()
    }

    private func handOut() {
        for line in lines {
            while let bytes = try? line.channel.readOutbound(as: ByteBuffer.self) {
                send(Array(bytes.readableBytesView), line)
            }
            if !line.channel.isActive { send(nil, line) }
        }
        lines.removeAll { !$0.channel.isActive }
    }

    /// - Parameter bytes: nil where the socket ends.
    private func send(_ bytes: [UInt8]?, _ line: Line) {
        line.toDevice = max(line.toDevice, world.agenda.now + random.pick(Self.delay))
        world.agenda.at(line.toDevice) {
            if let bytes { line.device.received(bytes, on: line) } else { line.device.ended(code: nil, on: line) }
        }
    }

    // MARK: Time

    private func loopsSoon() {
        world.agenda.after(random.pick(1_000...6_000)) { [weak self] in
            guard let self, isAlive else { return }
            if !isStopped { advance() }
            loopsSoon()
        }
    }

    private func advance() {
        let passed = world.agenda.now - lastAdvance
        lastAdvance = world.agenda.now
        for eventLoop in eventLoops { eventLoop.advanceTime(by: .microseconds(passed)) }
        bus.turn()
        for eventLoop in eventLoops { eventLoop.advanceTime(by: .zero) }
        handOut()
    }

    /// By `GatewayService.follow`.
    private static func take(
        _ news: DirectoryNews, _ entries: [TenantSlug: TenantEntry], _ directory: Gateway.Directory, _ ports: [LoopPort]
    ) {
        switch news {
        case .tenant(let record):
            if let entry = entries[record.tenant] { directory.put(entry) }
            for port in ports { port.send([.changed(record.tenant)]) }
        case .gone(let tenant):
            directory.remove(tenant)
            for port in ports { port.send([.changed(tenant)]) }
        case .lookedUp(let id):
            let loop = Pending<Void>.loop(of: id)
            if ports.indices.contains(loop) { ports[loop].send([.answer(.lookedUp(id: id))]) }
        case .complete: break
        }
    }
}
