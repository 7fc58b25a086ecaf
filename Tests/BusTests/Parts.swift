import Bus
import Foundation
import Synchronization
import Testing

/// What arrived, from whichever thread.
final class Mailbox<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])
    func put(_ item: Item) { items.withLock { $0.append(item) } }
    var all: [Item] { items.withLock { $0 } }
    var count: Int { items.withLock { $0.count } }
}

/// Waits until `condition` holds; fails the test where it does not within a time no healthy machine needs.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        try #require(ContinuousClock.now < deadline, "\(what)", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A folder of its own for a test's ipc sockets, short enough for a socket's path.
struct Folder {
    let path = "/tmp/parley-bus-\(UUID().uuidString.prefix(12))"
    func endpoint(_ name: String) -> String { "ipc://\(path)/\(name)" }
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// One socket, told from outside what to do; keeps what is not sent yet and tries again at each turn's end.
struct Peer: BusDriver {
    enum Input: Sendable {
        case send([[UInt8]])
        case sendOnce([[UInt8]])
        case subscribe(String)
        case unsubscribe(String)
        case pause
        case resume
        case close
    }

    /// What is seen from outside.
    final class View: Sendable {
        let received = Mailbox<[[UInt8]]>()
        let outcomes = Mailbox<SendOutcome>()
        let handled = Atomic<Int>(0)
        let ticks = Atomic<Int>(0)
        let turns = Atomic<Int>(0)
        let endpoints = Mailbox<String>()
    }

    let kind: SocketKind
    var options = SocketOptions()
    var bind: [String] = []
    var connect: [String] = []
    /// A router's answer to each message is the message.
    var echoes = false
    let view: View
    private var socket: SocketID?
    private var unsent: [[[UInt8]]] = []
    private var unsentFrom = 0

    init(
        _ kind: SocketKind, _ options: SocketOptions = SocketOptions(), bind: [String] = [], connect: [String] = [],
        echoes: Bool = false, view: View
    ) {
        self.kind = kind
        self.options = options
        self.bind = bind
        self.connect = connect
        self.echoes = echoes
        self.view = view
    }

    mutating func started(_ sockets: BusSockets) throws {
        let socket = try sockets.open(kind, options, bind: bind, connect: connect)
        for endpoint in sockets.boundEndpoints(of: socket) { view.endpoints.put(endpoint) }
        self.socket = socket
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        view.received.put(message)
        if echoes { sockets.send(message, on: socket) }
    }

    mutating func handle(_ input: Input, _ sockets: BusSockets) {
        view.handled.add(1, ordering: .sequentiallyConsistent)
        guard let socket else { return }
        switch input {
        case .send(let message): unsent.append(message)
        case .sendOnce(let message): view.outcomes.put(sockets.send(message, on: socket))
        case .subscribe(let prefix): try? sockets.subscribe(Array(prefix.utf8), on: socket)
        case .unsubscribe(let prefix): try? sockets.unsubscribe(Array(prefix.utf8), on: socket)
        case .pause: sockets.pause(socket)
        case .resume: sockets.resume(socket)
        case .close: sockets.close(socket)
        }
    }

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        view.ticks.add(1, ordering: .sequentiallyConsistent)
    }

    mutating func turnEnded(_ sockets: BusSockets) {
        view.turns.add(1, ordering: .sequentiallyConsistent)
        guard let socket else { return }
        while unsentFrom < unsent.count, sockets.send(unsent[unsentFrom], on: socket) == .sent { unsentFrom += 1 }
        if unsentFrom == unsent.count {
            unsent = []
            unsentFrom = 0
        }
    }
}

/// A running peer and what is seen of it.
struct Running {
    let view = Peer.View()
    let thread: BusThread<Peer>

    init(
        _ kind: SocketKind, _ options: SocketOptions = SocketOptions(), bind: [String] = [], connect: [String] = [],
        echoes: Bool = false, inputsMax: Int = 1_000_000
    ) throws {
        thread = BusThread(name: "test", inputsMax: inputsMax, tick: .milliseconds(10)) { [view] in
            Peer(kind, options, bind: bind, connect: connect, echoes: echoes, view: view)
        }
        try thread.start()
    }

    func tell(_ input: Peer.Input) { #expect(thread.port.send(input)) }

    var endpoint: String { view.endpoints.all.first ?? "" }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Eight bytes, most significant first.
func bytes(_ number: Int) -> [UInt8] { withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) } }
