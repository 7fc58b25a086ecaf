internal import CZeroMQ
internal import Glibc

/// The sockets of one bus thread. Not `Sendable`: libzmq's sockets must never be touched by two threads.
public final class BusSockets {
    /// When the present turn began: one reading of the clock serves all that happens in it.
    public internal(set) var now: ContinuousClock.Instant

    /// Parley's longest message is three frames; a peer that sends more is not one of ours.
    static let framesMax = 8

    private struct Socket {
        let handle: UnsafeMutableRawPointer
        let kind: SocketKind
        let name: String
        var boundEndpoints: [String] = []
        var counters = SocketCounters()
        var isPaused = false
        var receives: Bool { kind != .pub && !isPaused }
    }

    private let context: UnsafeMutableRawPointer
    private let wakeUp: CInt
    private var sockets: [SocketID: Socket] = [:]
    private var closedCounters: [String: SocketCounters] = [:]
    private var nextNumber = 0
    private var pollItems: [zmq_pollitem_t] = []
    /// The sockets that messages are taken from, in the order of `pollItems` after the wake-up.
    private(set) var receiving: [SocketID] = []
    private var isPollStale = true

    init(wakeUp: CInt, now: ContinuousClock.Instant) throws {
        guard let context = zmq_ctx_new() else { throw BusFailure.last("context") }
        self.context = context
        self.wakeUp = wakeUp
        self.now = now
    }

    /// Closes what is open; waits for each socket's linger at most.
    func end() {
        for id in sockets.keys { close(id) }
        while zmq_ctx_term(context) != 0, zmq_errno() == EINTR {}
    }

    /// Opens a socket, binds it to each of `bind` and connects it to each of `connect` (`ipc://path`, `tcp://host:port`;
    /// when binding, port 0 or `*` takes a free one). A connection that does not come about is tried again for ever.
    ///
    /// An ipc path's missing folder is made for this user alone, and the socket's file is writable by user and group.
    public func open(
        _ kind: SocketKind, _ options: SocketOptions = SocketOptions(), bind: [String] = [], connect: [String] = []
    ) throws(BusFailure) -> SocketID {
        let bindings = try Endpoint.list(bind)
        let connections = try Endpoint.list(connect)
        guard let handle = zmq_socket(context, kind.number) else { throw BusFailure.last("socket") }
        var socket = Socket(handle: handle, kind: kind, name: options.name.isEmpty ? kind.rawValue : options.name)
        do {
            try options.apply(to: handle, kind, for: bindings + connections)
            for endpoint in bindings { socket.boundEndpoints.append(try endpoint.bind(handle)) }
            for endpoint in connections { try endpoint.connect(handle) }
        } catch {
            zmq_close(handle)
            throw error
        }
        let id = SocketID(number: nextNumber)
        nextNumber += 1
        sockets[id] = socket
        isPollStale = true
        return id
    }

    /// Where the socket is bound, in the order of `open`, with the port that it really has.
    public func boundEndpoints(of id: SocketID) -> [String] { sockets[id]?.boundEndpoints ?? [] }

    /// Sends a whole message or nothing, without blocking.
    @discardableResult
    public func send(_ frames: [[UInt8]], on id: SocketID) -> SendOutcome {
        guard var socket = sockets[id], !frames.isEmpty else { return .failed }
        let outcome = Self.send(frames, to: socket.handle)
        switch outcome {
        case .sent:
            socket.counters.sent += 1
            for frame in frames { socket.counters.sentBytes += UInt64(frame.count) }
        case .full: socket.counters.full += 1
        case .unroutable: socket.counters.unroutable += 1
        case .failed: socket.counters.failed += 1
        }
        sockets[id] = socket
        return outcome
    }

    /// For `sub`: every topic that begins with `prefix`; the empty one is all.
    public func subscribe(_ prefix: [UInt8], on id: SocketID) throws(BusFailure) {
        try set(ZMQ_SUBSCRIBE, prefix, on: id, "subscribe")
    }

    public func unsubscribe(_ prefix: [UInt8], on id: SocketID) throws(BusFailure) {
        try set(ZMQ_UNSUBSCRIBE, prefix, on: id, "unsubscribe")
    }

    /// Takes no more messages from the socket until `resume`: its peers wait (or, publishers, drop) once the receive
    /// high-water mark is reached.
    public func pause(_ id: SocketID) {
        sockets[id]?.isPaused = true
        isPollStale = true
    }

    public func resume(_ id: SocketID) {
        sockets[id]?.isPaused = false
        isPollStale = true
    }

    /// What was sent still goes out, for the socket's linger at most.
    public func close(_ id: SocketID) {
        guard let socket = sockets.removeValue(forKey: id) else { return }
        closedCounters[socket.name, default: SocketCounters()] += socket.counters
        zmq_close(socket.handle)
        isPollStale = true
    }

    public func counters(of id: SocketID) -> SocketCounters { sockets[id]?.counters ?? SocketCounters() }

    /// By name (`SocketOptions.name`); sockets of one name are added up, closed ones included.
    public var counters: [String: SocketCounters] {
        var counters = closedCounters
        for socket in sockets.values { counters[socket.name, default: SocketCounters()] += socket.counters }
        return counters
    }

    /// The next message, nil where none has come or the socket is closed or paused.
    func receive(on id: SocketID) -> [[UInt8]]? {
        // A message that is dropped is replaced by the next one, so that nil always means «drained».
        while let socket = sockets[id], socket.receives, let message = Self.receive(from: socket.handle) {
            sockets[id]?.counters.receivedBytes += UInt64(message.reduce(0) { $0 + $1.count })
            guard message.count <= Self.framesMax else {
                sockets[id]?.counters.malformed += 1
                continue
            }
            sockets[id]?.counters.received += 1
            return message
        }
        return nil
    }

    /// Waits until a message or a wake-up has come, or `timeout` has passed.
    func wait(_ timeout: Duration) {
        renewPollItemsIfStale()
        let milliseconds = max(0, timeout.milliseconds)
        // A signal ends the wait early; the turn that follows finds nothing, and waits again.
        _ = zmq_poll(&pollItems, CInt(pollItems.count), milliseconds)
    }

    func renewPollItemsIfStale() {
        guard isPollStale else { return }
        isPollStale = false
        receiving = sockets.filter { $0.value.receives }.keys.sorted { $0.number < $1.number }
        pollItems = [zmq_pollitem_t(socket: nil, fd: wakeUp, events: Int16(ZMQ_POLLIN), revents: 0)]
        for id in receiving {
            pollItems.append(
                zmq_pollitem_t(socket: sockets[id]?.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
    }

    private func set(
        _ option: CInt, _ value: [UInt8], on id: SocketID, _ operation: String
    ) throws(BusFailure) {
        guard let socket = sockets[id] else { throw BusFailure(operation: operation, reason: "socket is closed") }
        guard zmq_setsockopt(socket.handle, option, value, value.count) == 0 else { throw BusFailure.last(operation) }
    }

    private static func send(_ frames: [[UInt8]], to handle: UnsafeMutableRawPointer) -> SendOutcome {
        var outcome = SendOutcome.sent
        for (place, frame) in frames.enumerated() {
            let flags = ZMQ_DONTWAIT | (place < frames.count - 1 ? ZMQ_SNDMORE : 0)
            while zmq_send(handle, frame, frame.count, flags) < 0 {
                let code = zmq_errno()
                if code == EINTR { continue }
                if place == 0 {
                    return code == EAGAIN ? .full : code == EHOSTUNREACH ? .unroutable : .failed
                }
                // The peer went away after the first frame. libzmq drops the rest of the message itself, but only if
                // it is given it: what is left out would be taken for the beginning of the next message.
                outcome = .failed
                break
            }
        }
        return outcome
    }

    private static func receive(from handle: UnsafeMutableRawPointer) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        var frame = zmq_msg_t()
        zmq_msg_init(&frame)
        defer { zmq_msg_close(&frame) }
        repeat {
            while zmq_msg_recv(&frame, handle, ZMQ_DONTWAIT) < 0 {
                guard zmq_errno() == EINTR else { return nil }
            }
            // One more than allowed is kept, so that the caller sees it; the rest is only read away.
            guard frames.count <= framesMax else { continue }
            let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(&frame), count: zmq_msg_size(&frame))
            frames.append([UInt8](bytes))
        } while zmq_msg_more(&frame) != 0
        return frames
    }
}
