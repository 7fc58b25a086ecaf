import Bus
import Foundation
import Synchronization
import Testing
import Wire

@testable import Fanout

/// Waits until `condition` holds; fails the test where it does not within a time no healthy machine needs.
func eventually(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        try #require(ContinuousClock.now < deadline, "\(what)", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A router's bus side: publishes what it is told and replays what its log has.
struct FakeRouter: BusDriver {
    enum Input: Sendable {
        /// Into the log, and onto the bus unless it is to be lost.
        case commit(EventPack, isLost: Bool)
        case raw(topic: [UInt8], [UInt8])
        case rawAnswer([UInt8])
        case heartbeats(Bool)
    }

    final class View: Sendable {
        let asked = Atomic<Int>(0)
        let committed = Atomic<Int>(0)
    }

    let events: String
    let replay: String
    let view: View
    /// By offset, from 1.
    var log: [Envelope]
    var epoch = "e1"
    private var beats = true
    private var sockets: (events: SocketID, replay: SocketID)?
    private var lastAsker: [UInt8] = []

    init(events: String, replay: String, log: [Envelope], view: View) {
        self.events = events
        self.replay = replay
        self.log = log
        self.view = view
    }

    mutating func started(_ sockets: BusSockets) throws {
        self.sockets = (
            try sockets.open(.pub, bind: [events]), try sockets.open(.router, bind: [replay])
        )
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        guard message.count == 2, let request = try? ReplayRequest(message[1]) else { return }
        view.asked.add(1, ordering: .sequentiallyConsistent)
        lastAsker = message[0]
        let found = log.filter { (request.from...request.to).contains($0.offset) }
        let answer: ReplayAnswer =
            found.isEmpty
            ? .unavailable(id: request.id)
            : .events(
                id: request.id,
                EventPack(
                    tenant: request.tenant, epoch: epoch, envelopes: Array(found.prefix(Int(ReplayRequest.eventsMax)))))
        sockets.send([message[0], answer.bytes], on: socket)
    }

    mutating func handle(_ input: Input, _ sockets: BusSockets) {
        guard let (events, replay) = self.sockets else { return }
        switch input {
        case .commit(let pack, let isLost):
            log += pack.envelopes.filter { $0.durability == .durable }
            if !isLost { sockets.send([Array(Scope.prefix(of: pack.tenant).utf8), pack.bytes], on: events) }
            view.committed.add(1, ordering: .sequentiallyConsistent)
        case .raw(let topic, let bytes): sockets.send([topic, bytes], on: events)
        case .rawAnswer(let bytes): sockets.send([lastAsker, bytes], on: replay)
        case .heartbeats(let on): beats = on
        }
    }

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        guard beats, let events = self.sockets?.events else { return }
        let beat = Acme.heartbeat(log.last?.offset ?? 0, epoch: epoch)
        sockets.send([Array(Heartbeat.topic.utf8), beat], on: events)
    }
}

/// A gateway's bus side: keeps what comes, in the order in which it comes.
struct FakeGateway: BusDriver {
    enum Input: Sendable {
        case ask(ReplayRequest)
        case raw([[UInt8]])
    }

    final class View: Sendable {
        struct Seen {
            var packs: [EventPack] = []
            var heartbeats: [Heartbeat] = []
            var answers: [ReplayAnswer] = []
        }
        let seen = Mutex(Seen())
        var offsets: [UInt64] { seen.withLock { $0.packs.flatMap { $0.envelopes.map(\.offset) } } }
        var answers: [ReplayAnswer] { seen.withLock { $0.answers } }
        var heartbeats: Int { seen.withLock { $0.heartbeats.count } }
    }

    let events: String
    let replay: String
    let view: View
    private var replaySocket: SocketID?

    init(events: String, replay: String, view: View) {
        self.events = events
        self.replay = replay
        self.view = view
    }

    mutating func started(_ sockets: BusSockets) throws {
        let subscriber = try sockets.open(.sub, connect: [events])
        try sockets.subscribe(Acme.topic, on: subscriber)
        try sockets.subscribe(Array(Heartbeat.topic.utf8), on: subscriber)
        replaySocket = try sockets.open(.dealer, connect: [replay])
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        view.seen.withLock { seen in
            if socket == replaySocket {
                if let answer = try? ReplayAnswer(message[0]) { seen.answers.append(answer) }
            } else if message[0] == Array(Heartbeat.topic.utf8) {
                if let heartbeat = try? Heartbeat(message[1]) { seen.heartbeats.append(heartbeat) }
            } else if let pack = try? EventPack(message[1]) {
                seen.packs.append(pack)
            }
        }
    }

    mutating func handle(_ input: Input, _ sockets: BusSockets) {
        guard let replaySocket else { return }
        switch input {
        case .ask(let request): sockets.send([request.bytes], on: replaySocket)
        case .raw(let frames): sockets.send(frames, on: replaySocket)
        }
    }

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {}
}

/// A router, a worker and a gateway on real sockets in a folder of their own.
final class Bench: Sendable {
    let folder = "/tmp/parley-fanout-\(UUID().uuidString.prefix(12))"
    let routerView = FakeRouter.View()
    let gatewayView = FakeGateway.View()
    let counts = Mutex(RelayCounts())
    let silent = Mutex<[Int]?>(nil)
    private let router: Mutex<BusThread<FakeRouter>?> = Mutex(nil)
    private let worker: Mutex<BusThread<FanoutDriver>?> = Mutex(nil)
    private let gateway: Mutex<BusThread<FakeGateway>?> = Mutex(nil)

    init() throws {
        try startRouter()
        try startWorker()
        let thread = BusThread(name: "gateway", inputsMax: 1_000, tick: .milliseconds(10)) { [folder, gatewayView] in
            FakeGateway(events: "ipc://\(folder)/fanout.e", replay: "ipc://\(folder)/fanout.r", view: gatewayView)
        }
        try thread.start()
        gateway.withLock { $0 = thread }
    }

    deinit {
        stopRouter()
        stopWorker()
        gateway.withLock { $0?.stop() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func startRouter(log: [Envelope] = []) throws {
        let thread = BusThread(name: "router", inputsMax: 10_000, tick: .milliseconds(20)) { [folder, routerView] in
            FakeRouter(
                events: "ipc://\(folder)/router.e", replay: "ipc://\(folder)/router.r", log: log, view: routerView)
        }
        try thread.start()
        router.withLock { $0 = thread }
    }

    func stopRouter() {
        router.withLock { router in
            router?.stop()
            router = nil
        }
    }

    func startWorker() throws {
        let endpoints = FanoutDriver.Endpoints(
            routerEvents: ["ipc://\(folder)/router.e"], routerReplay: ["ipc://\(folder)/router.r"],
            events: "ipc://\(folder)/fanout.e", replay: "ipc://\(folder)/fanout.r")
        let report = FanoutDriver.Report(
            bound: { _, _ in },
            counts: { [weak self] counts, _ in self?.counts.withLock { $0 = counts } },
            silentRouters: { [weak self] silent, _ in self?.silent.withLock { $0 = silent } })
        let thread = BusThread(name: "fanout", inputsMax: 1, tick: .milliseconds(20)) {
            FanoutDriver(endpoints, bounds: Acme.bounds, queueMax: 1_000, report: report)
        }
        try thread.start()
        worker.withLock { $0 = thread }
    }

    func stopWorker() {
        worker.withLock { worker in
            worker?.stop()
            worker = nil
        }
    }

    func tellRouter(_ input: FakeRouter.Input) { #expect(router.withLock { $0?.port.send(input) } == true) }

    func tellGateway(_ input: FakeGateway.Input) { #expect(gateway.withLock { $0?.port.send(input) } == true) }

    func commit(_ range: ClosedRange<UInt64>, isLost: Bool = false) {
        tellRouter(.commit(Acme.pack(range), isLost: isLost))
    }

    func ask(_ id: UInt64, _ range: ClosedRange<UInt64>) {
        tellGateway(.ask(ReplayRequest(id: id, tenant: Acme.slug, from: range.lowerBound, to: range.upperBound)))
    }

    /// Asks until there is an answer other than «not now», as gateways do, and gives that one's events.
    func replay(_ range: ClosedRange<UInt64>) async throws -> EventPack? {
        func last() -> ReplayAnswer? { gatewayView.answers.last }
        var asked: UInt64 = 0
        try await eventually("the answer") {
            if last()?.id ?? 0 == asked {
                if asked > 0, last() != .unavailable(id: asked) { return true }
                asked += 1
                ask(asked, range)
            }
            return false
        }
        if case .events(_, let pack) = last() { return pack }
        return nil
    }

    /// Until a heartbeat has gone the whole way: all subscriptions stand.
    func connected() async throws {
        let before = gatewayView.heartbeats
        try await eventually("a heartbeat at the gateway") { gatewayView.heartbeats > before }
    }

    func count(_ read: (RelayCounts) -> UInt64) -> UInt64 { counts.withLock { read($0) } }
}
