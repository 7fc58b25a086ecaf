import DequeModule

@testable import Bus

/// The sockets of one process on the simulated network.
final class SimulatedSockets: BusSockets {
    private let network: Network
    private let place: Place
    private var sockets: [SocketID: Network.Socket] = [:]
    private var lastNumber = 0
    fileprivate var arrivals: Deque<(message: [[UInt8]], socket: SocketID)> = []

    init(_ network: Network, _ place: Place, now: ContinuousClock.Instant) throws {
        self.network = network
        self.place = place
        try super.init(wakeUp: -1, now: now)
    }

    override func open(
        _ kind: SocketKind, _ options: SocketOptions, bind: [String], connect: [String]
    ) throws(BusFailure) -> SocketID {
        lastNumber += 1
        let id = SocketID(number: lastNumber)
        let socket = Network.Socket(id, place, kind) { [weak self] message, id in self?.arrivals.append((message, id)) }
        sockets[id] = socket
        network.open(socket, bind: bind, connect: connect)
        return id
    }

    override func boundEndpoints(of id: SocketID) -> [String] { sockets[id]?.endpoints ?? [] }

    override func send(_ frames: [[UInt8]], on id: SocketID) -> SendOutcome {
        guard let socket = sockets[id], !frames.isEmpty else { return .failed }
        return network.send(frames, from: socket)
    }

    override func subscribe(_ prefix: [UInt8], on id: SocketID) throws(BusFailure) {
        guard let socket = sockets[id] else { throw BusFailure(operation: "subscribe", reason: "socket is closed") }
        socket.subscriptions.append(prefix)
        network.subscriptionsChanged(socket)
    }

    override func unsubscribe(_ prefix: [UInt8], on id: SocketID) throws(BusFailure) {
        guard let socket = sockets[id] else { throw BusFailure(operation: "unsubscribe", reason: "socket is closed") }
        if let place = socket.subscriptions.firstIndex(of: prefix) { socket.subscriptions.remove(at: place) }
        network.subscriptionsChanged(socket)
    }

    override func pause(_ id: SocketID) { sockets[id]?.isPaused = true }
    override func resume(_ id: SocketID) { if let socket = sockets[id] { network.resume(socket) } }

    override func close(_ id: SocketID) {
        guard let socket = sockets.removeValue(forKey: id) else { return }
        network.close(socket)
        arrivals.removeAll { $0.socket == id }
    }

    override func counters(of id: SocketID) -> SocketCounters { SocketCounters() }
    override var counters: [String: SocketCounters] { [:] }

    /// As a dying process's are closed by the kernel.
    func closeAll() {
        for id in sockets.keys.sorted(by: { $0.number < $1.number }) { close(id) }
        end()
    }
}

/// `BusLoop` on the simulated network: turns come when somebody says so.
final class SimulatedBus<Driver: BusDriver> {
    let port: BusPort<Driver.Input>
    private let inbox: Inbox<Driver.Input>
    private let tick: Duration
    private let clock: SimulatedClock
    private let sockets: SimulatedSockets
    private var driver: Driver
    private var nextTick: ContinuousClock.Instant

    init(_ network: Network, _ place: Place, inputsMax: Int, tick: Duration, _ clock: SimulatedClock, _ driver: Driver)
        throws
    {
        self.tick = tick
        self.clock = clock
        self.driver = driver
        inbox = Inbox(inputsMax: inputsMax)
        port = BusPort(inbox: inbox)
        sockets = try SimulatedSockets(network, place, now: clock.now)
        nextTick = clock.now + tick
        try self.driver.started(sockets)
    }

    var hasWork: Bool { !sockets.arrivals.isEmpty || inbox.depth.waiting > 0 }

    /// A turn of the bus thread, by `BusLoop`.
    func turn() {
        sockets.now = clock.now
        var inputs: [Driver.Input] = []
        _ = inbox.take(max: 128, into: &inputs)
        for input in inputs { driver.handle(input, sockets) }
        var messages = 0
        while messages < 128, let (message, socket) = sockets.arrivals.popFirst() {
            messages += 1
            driver.received(message, on: socket, sockets)
        }
        let isTick = sockets.now >= nextTick
        if isTick {
            driver.ticked(now: sockets.now, sockets)
            nextTick = sockets.now + tick
        }
        if !inputs.isEmpty || messages > 0 || isTick { driver.turnEnded(sockets) }
    }

    /// In order: what has come in is handled, and what that leads to still leaves.
    func stop() {
        inbox.shut()
        while inbox.depth.waiting > 0 { turn() }
        driver.stopping(sockets)
    }

    func close() { sockets.closeAll() }
}
