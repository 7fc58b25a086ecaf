internal import CZeroMQ
internal import Glibc
public import Wire

/// The sockets of one bus thread. Not `Sendable`: libzmq's sockets must never be touched by two threads.
///
/// Not final, so that the simulation can put a network of its own in its place; what a message costs on its way in is.
public class BusSockets {
    /// When the present turn began: one reading of the clock serves all that happens in it.
    public internal(set) var now: ContinuousClock.Instant

    /// Parley's longest message is three frames; a peer that sends more is not one of ours.
    static let framesMax = 8
    private static let socketsMax: CInt = 16_384
    /// A request for admission, behind the id of the session that asks.
    private static let zapFrames = 9

    private struct Socket {
        let handle: UnsafeMutableRawPointer
        let kind: SocketKind
        let name: String
        var boundEndpoints: [String] = []
        var counters = SocketCounters()
        var isPaused = false
        var watch: PeerWatch?
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
    private var zap = Zap()
    /// Where libzmq asks whom to let in; opened before the first socket that has to ask.
    private(set) var zapSocket: SocketID?
    /// Numbers connections and their ends in the order in which this thread heard of them.
    private var peerNumber: UInt64 = 0
    /// When the driver wants its turn to end at the latest, though nothing may have come.
    var wantedTurn: ContinuousClock.Instant?
    /// Whose message is in hand, on a socket that tells peers apart (`SocketOptions.tellsPeers`); nil elsewhere.
    public private(set) var sender: Peer?

    init(wakeUp: CInt, now: ContinuousClock.Instant) throws {
        guard let context = zmq_ctx_new() else { throw BusFailure.last("context") }
        // libzmq's own bound is 1,023 sockets; each tenant with taps has one.
        zmq_ctx_set(context, ZMQ_MAX_SOCKETS, Self.socketsMax)
        self.context = context
        self.wakeUp = wakeUp
        self.now = now
    }

    /// Closes what is open; waits for each socket's linger at most.
    func end() {
        // Who decides on admission goes last: without it libzmq lets everybody in.
        for id in sockets.keys where id != zapSocket { close(id) }
        if let zapSocket { close(zapSocket) }
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
        if case .server = options.security { try openZap() }
        guard let handle = zmq_socket(context, kind.number) else { throw BusFailure.last("socket") }
        var socket = Socket(handle: handle, kind: kind, name: options.name.isEmpty ? kind.rawValue : options.name)
        do {
            try options.apply(to: handle, kind, for: bindings + connections)
            if options.tellsPeers { socket.watch = try PeerWatch(handle, number: nextNumber, in: context) }
            for endpoint in bindings { socket.boundEndpoints.append(try endpoint.bind(handle)) }
            for endpoint in connections { try endpoint.connect(handle) }
        } catch {
            socket.watch?.close()
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
        guard let socket = sockets[id], !frames.isEmpty else { return .failed }
        let outcome = Self.send(frames, to: socket.handle)
        count(outcome, frames, on: id)
        return outcome
    }

    private func count(_ outcome: SendOutcome, _ frames: [[UInt8]], on id: SocketID) {
        switch outcome {
        case .sent:
            sockets[id]?.counters.sent += 1
            for frame in frames { sockets[id]?.counters.sentBytes += UInt64(frame.count) }
        case .full: sockets[id]?.counters.full += 1
        case .unroutable: sockets[id]?.counters.unroutable += 1
        case .failed: sockets[id]?.counters.failed += 1
        }
    }

    /// For `sub`: every topic that begins with `prefix`; the empty one is all.
    public func subscribe(_ prefix: [UInt8], on id: SocketID) throws(BusFailure) {
        try set(ZMQ_SUBSCRIBE, prefix, on: id, "subscribe")
    }

    public func unsubscribe(_ prefix: [UInt8], on id: SocketID) throws(BusFailure) {
        try set(ZMQ_UNSUBSCRIBE, prefix, on: id, "unsubscribe")
    }

    /// Has `BusDriver.turnEnded` come at this time at the latest, once, though nothing may come until then.
    public func askForTurn(at time: ContinuousClock.Instant) { wantedTurn = min(wantedTurn ?? time, time) }

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
        socket.watch?.close()
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
    final func receive(on id: SocketID) -> [[UInt8]]? {
        // A message that is dropped is replaced by the next one, so that nil always means «drained».
        while let socket = sockets[id], socket.receives {
            var peer: Peer?
            let message = Self.receive(
                from: socket.handle, framesMax: id == zapSocket ? Self.zapFrames : Self.framesMax
            ) {
                frame, routingID in
                if socket.watch != nil { peer = PeerWatch.peer(of: &frame, routingID: routingID) }
            }
            guard let message else { return nil }
            sender = peer
            sockets[id]?.counters.receivedBytes += UInt64(message.reduce(0) { $0 + $1.count })
            guard message.count <= Self.framesMax || id == zapSocket else {
                sockets[id]?.counters.malformed += 1
                continue
            }
            sockets[id]?.counters.received += 1
            return message
        }
        return nil
    }

    /// Waits until a message or a wake-up has come, or `timeout` has passed.
    final func wait(_ timeout: Duration) {
        renewPollItemsIfStale()
        let milliseconds = max(0, timeout.milliseconds)
        // A signal ends the wait early; the turn that follows finds nothing, and waits again.
        _ = zmq_poll(&pollItems, CInt(pollItems.count), milliseconds)
    }

    final func renewPollItemsIfStale() {
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

    /// - Parameter last: gets the last frame, which tells of its sender, and the first one's bytes.
    private static func receive(
        from handle: UnsafeMutableRawPointer, framesMax: Int, last: (inout zmq_msg_t, [UInt8]) -> Void
    ) -> [[UInt8]]? {
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
        last(&frame, frames.first ?? [])
        return frames
    }
}

// MARK: - Peers that prove their keys

extension BusSockets {
    /// Names who is let in to sockets of `domain` from now on, in place of those named before. Who is in stays in.
    ///
    /// - Parameter patience: how long a handshake with another key waits, in case it is named in the meantime.
    public func admit(_ keys: Set<CurveKey>, to domain: String, patience: Duration = .zero) {
        zap.admit(keys, to: domain, patience: patience)
        settleHandshakes()
    }

    /// Nobody is let in to `domain` any more.
    public func forget(domain: String) {
        zap.forget(domain)
        settleHandshakes()
    }

    /// Keys that were let in to sockets of the domain since it was named, or forgotten, and are perhaps still there.
    public func admitted(to domain: String) -> Set<CurveKey> { zap.admitted[domain] ?? [] }

    /// Handshakes refused, by domain.
    public var refusedHandshakes: [String: UInt64] { zap.refused }

    /// Handshakes that failed on a socket that tells peers apart, for whatever reason.
    public func failedHandshakes(on id: SocketID) -> UInt64 { sockets[id]?.watch?.failedHandshakes ?? 0 }

    /// Sends to this very connection, never to another that has come to bear its routing id.
    ///
    /// - Returns: `.unroutable` where it has ended.
    public func send(_ frames: [[UInt8]], to peer: Peer, on id: SocketID) -> SendOutcome {
        guard let socket = sockets[id], socket.watch != nil, !frames.isEmpty else { return .failed }
        // The first frame decides for good which connection gets the rest: whatever is told of its end after that
        // came too late to matter, whatever was told before is known by now.
        while zmq_send(socket.handle, peer.routingID, peer.routingID.count, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 {
            let code = zmq_errno()
            if code == EINTR { continue }
            let outcome = code == EAGAIN ? SendOutcome.full : code == EHOSTUNREACH ? .unroutable : .failed
            count(outcome, frames, on: id)
            return outcome
        }
        sockets[id]?.watch?.update(number: &peerNumber)
        guard sockets[id]?.watch?.stands(peer) == true else {
            // Somebody else's by now: an empty frame says nothing.
            _ = Self.send([[]], to: socket.handle)
            count(.unroutable, frames, on: id)
            return .unroutable
        }
        let outcome = Self.send(frames, to: socket.handle)
        count(outcome, frames, on: id)
        return outcome == .full ? .failed : outcome
    }

    /// For a paused `xpub`: how many topics its peers have come to subscribe to, less those that none does any more,
    /// since it was asked last.
    public func subscriptionsChanged(on id: SocketID) -> Int {
        guard let socket = sockets[id], socket.kind == .xpub else { return 0 }
        var change = 0
        while let message = Self.receive(from: socket.handle, framesMax: Self.framesMax, last: { _, _ in }) {
            // Anything else is a user message, which nobody wants.
            switch message.first?.first {
            case 1: change += 1
            case 0: change -= 1
            default: sockets[id]?.counters.malformed += 1
            }
        }
        return change
    }

    /// A message on `zapSocket`.
    func answerZap(_ message: [[UInt8]]) {
        updateWatches()
        guard let answer = zap.asked(message, now: now, serial: nextSerial) else { return }
        sendZap(answer)
    }

    /// Several times a second.
    func ticked() {
        updateWatches()
        settleHandshakes()
    }

    private func settleHandshakes() {
        updateWatches()
        for answer in zap.settle(now: now, serial: nextSerial) { sendZap(answer) }
    }

    /// What has been told of former connections, before a new one gets its number.
    private func updateWatches() {
        for id in sockets.keys where sockets[id]?.watch != nil { sockets[id]?.watch?.update(number: &peerNumber) }
    }

    private func nextSerial() -> UInt64 {
        peerNumber += 1
        return peerNumber
    }

    private func sendZap(_ frames: [[UInt8]]) {
        // The session that asked may be gone.
        if let zapSocket { send(frames, on: zapSocket) }
    }

    /// Before the first socket that asks, and open until all of those are closed: where nobody answers, libzmq lets
    /// everybody in.
    private func openZap() throws(BusFailure) {
        guard zapSocket == nil else { return }
        guard let handle = zmq_socket(context, ZMQ_ROUTER) else { throw BusFailure.last("socket") }
        guard zmq_bind(handle, "inproc://zeromq.zap.01") == 0 else {
            let failure = BusFailure.last("bind", "inproc://zeromq.zap.01")
            zmq_close(handle)
            throw failure
        }
        let id = SocketID(number: nextNumber)
        nextNumber += 1
        sockets[id] = Socket(handle: handle, kind: .router, name: "admission")
        zapSocket = id
        isPollStale = true
    }
}
