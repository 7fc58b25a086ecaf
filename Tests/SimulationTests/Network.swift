import Seeded

@testable import Bus

/// A process's name: `router`, `fanout-0`, `gateway-1`.
typealias Place = String

/// What lies between two processes.
struct Line {
    /// Microseconds, of each message anew; within a connection none overtakes another.
    var delay: ClosedRange<Int64> = 50...2_000
    /// The share of messages that are lost on their way.
    var loss = 0.0
    /// Nothing arrives for the time being.
    var isStalled = false
    /// No connection comes about.
    var isCut = false
}

/// ZeroMQ as the bus uses it, without sockets: connections that come about by themselves, break and come back; messages
/// that arrive whole, in the order of their connection, late or never; subscriptions that take a while to be known.
final class Network {
    final class Socket {
        let id: SocketID
        let place: Place
        let kind: SocketKind
        let arrived: ([[UInt8]], SocketID) -> Void
        var endpoints: [String] = []
        var subscriptions: [[UInt8]] = []
        var isPaused = false
        var isOpen = true
        /// What came while it was paused.
        var backlog: [[[UInt8]]] = []
        var connections: [Connection] = []

        init(_ id: SocketID, _ place: Place, _ kind: SocketKind, _ arrived: @escaping ([[UInt8]], SocketID) -> Void) {
            (self.id, self.place, self.kind, self.arrived) = (id, place, kind, arrived)
        }
    }

    final class Connection {
        let connector: Socket
        let endpoint: String
        var peer: Socket?
        /// Of the connector at its peer.
        var identity: [UInt8] = []
        /// What the peer, a publisher, knows of the connector's subscriptions.
        var subscriptions: [[UInt8]] = []
        /// One more each time that it breaks: what is on its way then never arrives.
        var life = 0
        /// When the last message of each direction arrives.
        var last: [Bool: Int64] = [:]
        var stalled: [() -> Void] = []

        init(_ connector: Socket, _ endpoint: String) { (self.connector, self.endpoint) = (connector, endpoint) }
    }

    /// How long a peer may be silent before its connection is given up: `SocketOptions.heartbeatTimeout`.
    private static let heartbeatTimeout = Microseconds.seconds(6)

    private let agenda: Agenda
    private let trace: Trace
    private var random: SeededGenerator
    private var bound: [String: Socket] = [:]
    private var connections: [Connection] = []
    private var lines: [Set<Place>: Line] = [:]
    private var lastIdentity: UInt32 = 0
    private(set) var lost = 0
    private(set) var broken = 0

    init(_ agenda: Agenda, _ trace: Trace, _ random: SeededGenerator) {
        (self.agenda, self.trace, self.random) = (agenda, trace, random)
    }

    // MARK: What lies between

    func change(_ one: Place, _ other: Place, _ change: (inout Line) -> Void) {
        let ends: Set = [one, other]
        let wasStalled = lines[ends]?.isStalled ?? false
        change(&lines[ends, default: Line()])
        let line = line(one, other)
        let crossing = connections.filter { $0.peer != nil && ends == [$0.connector.place, $0.peer?.place ?? ""] }
        if line.isCut { for connection in crossing { fall(connection) } }
        if wasStalled, !line.isStalled {
            for connection in crossing {
                for send in connection.stalled { send() }
                connection.stalled = []
            }
        }
        guard !wasStalled, line.isStalled else { return }
        for connection in crossing {
            let life = connection.life
            agenda.after(Self.heartbeatTimeout) { [self] in
                if connection.life == life, self.line(one, other).isStalled { fall(connection) }
            }
        }
    }

    func heal() {
        for ends in lines.keys.map({ $0.sorted() }).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            change(ends[0], ends.last ?? ends[0]) { $0 = Line() }
        }
    }

    private func line(_ one: Place, _ other: Place) -> Line { lines[[one, other]] ?? Line() }

    // MARK: Sockets

    func open(_ socket: Socket, bind: [String], connect: [String]) {
        socket.endpoints = bind
        for endpoint in bind { bound[endpoint] = socket }
        for endpoint in connect {
            let connection = Connection(socket, endpoint)
            socket.connections.append(connection)
            connections.append(connection)
            dial(connection, after: random.pick(20...500))
        }
    }

    func close(_ socket: Socket) {
        socket.isOpen = false
        for endpoint in socket.endpoints where bound[endpoint] === socket { bound[endpoint] = nil }
        for connection in connections where connection.peer === socket { fall(connection) }
        for connection in socket.connections {
            connection.life += 1
            connection.peer = nil
        }
        connections.removeAll { $0.connector === socket }
    }

    func send(_ frames: [[UInt8]], from socket: Socket) -> SendOutcome {
        switch socket.kind {
        case .dealer:
            guard let connection = socket.connections.first, connection.peer != nil else { return .full }
            transmit(frames, on: connection, isForth: true)
            return .sent
        case .router:
            guard let connection = connections.first(where: { $0.peer === socket && $0.identity == frames[0] }) else {
                return .unroutable
            }
            transmit(Array(frames.dropFirst()), on: connection, isForth: false)
            return .sent
        case .pub, .xpub:
            for connection in connections where connection.peer === socket {
                guard connection.subscriptions.contains(where: { frames[0].starts(with: $0) }) else { continue }
                transmit(frames, on: connection, isForth: false)
            }
            return .sent
        case .sub: return .failed
        }
    }

    /// Tells the publishers what the subscriber wants by now.
    func subscriptionsChanged(_ socket: Socket) {
        for connection in socket.connections where connection.peer != nil { announce(connection) }
    }

    func resume(_ socket: Socket) {
        socket.isPaused = false
        let backlog = socket.backlog
        socket.backlog = []
        for message in backlog { socket.arrived(message, socket.id) }
    }

    // MARK: Connections

    private func dial(_ connection: Connection, after delay: Int64) {
        let life = connection.life
        agenda.after(delay) { [self] in
            guard connection.life == life, connection.connector.isOpen, connection.peer == nil else { return }
            guard let peer = bound[connection.endpoint] else {
                return dial(
                    connection, after: random.pick(Microseconds.milliseconds(50)...Microseconds.milliseconds(400)))
            }
            let line = line(connection.connector.place, peer.place)
            guard !line.isCut, !line.isStalled else {
                return dial(
                    connection, after: random.pick(Microseconds.milliseconds(50)...Microseconds.milliseconds(400)))
            }
            lastIdentity += 1
            connection.peer = peer
            connection.identity = [0] + withUnsafeBytes(of: lastIdentity.bigEndian) { Array($0) }
            connection.subscriptions = []
            connection.last = [:]
            trace.add(agenda.now, "connected \(connection.connector.place) \(connection.endpoint)")
            if connection.connector.kind == .sub { announce(connection) }
        }
    }

    private func fall(_ connection: Connection) {
        guard connection.peer != nil else { return }
        broken += 1
        connection.life += 1
        connection.peer = nil
        connection.stalled = []
        trace.add(agenda.now, "broken \(connection.connector.place) \(connection.endpoint)")
        dial(connection, after: random.pick(Microseconds.milliseconds(20)...Microseconds.milliseconds(100)))
    }

    private func announce(_ connection: Connection) {
        let subscriptions = connection.connector.subscriptions
        carry(on: connection, isForth: true) { connection.subscriptions = subscriptions }
    }

    private func transmit(_ frames: [[UInt8]], on connection: Connection, isForth: Bool) {
        guard let peer = connection.peer else { return }
        let line = line(connection.connector.place, peer.place)
        if line.loss > 0, random.chance(line.loss) {
            lost += 1
            trace.add(agenda.now, "lost \(connection.connector.place) \(connection.endpoint)")
            return
        }
        let target = isForth ? peer : connection.connector
        let message = isForth && peer.kind == .router ? [connection.identity] + frames : frames
        carry(on: connection, isForth: isForth) { [trace, agenda] in
            trace.add(agenda.now, "to \(target.place)", frames.last ?? [])
            if target.isPaused { target.backlog.append(message) } else { target.arrived(message, target.id) }
        }
    }

    /// Later, behind all that went the same way before.
    private func carry(on connection: Connection, isForth: Bool, _ arrive: @escaping () -> Void) {
        guard let peer = connection.peer else { return }
        let life = connection.life
        let go = { [self] in
            let line = line(connection.connector.place, peer.place)
            let moment = max(agenda.now + random.pick(line.delay), connection.last[isForth] ?? 0)
            connection.last[isForth] = moment
            agenda.at(moment) { if connection.life == life { arrive() } }
        }
        if line(connection.connector.place, peer.place).isStalled { connection.stalled.append(go) } else { go() }
    }
}
