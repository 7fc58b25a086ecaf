internal import CZeroMQ
internal import Glibc

/// Where a socket is bound or connected: `ipc://path` on this machine, `tcp://host:port` anywhere.
struct Endpoint: Equatable {
    enum Transport: Equatable {
        case ipc(path: String)
        case tcp(host: Substring)
    }

    let text: String
    let transport: Transport

    init(_ text: String) throws(BusFailure) {
        self.text = text
        if text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") {
            let host = text[..<colon].dropFirst("tcp://".count)
            let port = text[text.index(after: colon)...]
            // libzmq takes 70000 for 4464.
            guard !host.isEmpty, port == "*" || UInt16(port) != nil else { throw Self.illegal(text) }
            transport = .tcp(host: host)
        } else if text.hasPrefix("ipc://"), text.utf8.count > "ipc://".utf8.count {
            transport = .ipc(path: String(text.dropFirst("ipc://".count)))
        } else {
            throw Self.illegal(text)
        }
    }

    private static func illegal(_ text: String) -> BusFailure {
        BusFailure(operation: "endpoint", endpoint: text, reason: "neither ipc://path nor tcp://host:port")
    }

    static func list(_ texts: [String]) throws(BusFailure) -> [Endpoint] {
        var list: [Endpoint] = []
        for text in texts { list.append(try Endpoint(text)) }
        return list
    }

    var isTCP: Bool { if case .tcp = transport { true } else { false } }

    /// An IPv6 address, or a name or `*` that may stand for one. For IPv4 addresses libzmq's IPv6 stays off: it would
    /// write them as `[::ffff:127.0.0.1]`.
    var mayBeIPv6: Bool {
        if case .tcp(let host) = transport { !host.allSatisfy { $0.isNumber || $0 == "." } } else { false }
    }

    /// - Returns: the endpoint as bound, with the port that was taken.
    func bind(_ socket: UnsafeMutableRawPointer) throws(BusFailure) -> String {
        if case .ipc(let path) = transport { try makeFolder(of: path) }
        // 0o117 leaves the socket's file read and write for user and group. Only this thread has this mask where
        // `BusThread` could give it one of its own.
        let former = umask(0o117)
        let result = zmq_bind(socket, text)
        let failure = result == 0 ? nil : BusFailure.last("bind", text)
        umask(former)
        if let failure { throw failure }
        return lastEndpoint(of: socket)
    }

    func connect(_ socket: UnsafeMutableRawPointer) throws(BusFailure) {
        guard zmq_connect(socket, text) == 0 else { throw BusFailure.last("connect", text) }
    }

    private func makeFolder(of path: String) throws(BusFailure) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw BusFailure.lastOfSystem("make the folder of", text)
        }
    }

    private func lastEndpoint(of socket: UnsafeMutableRawPointer) -> String {
        // The longest ipc path is 107 bytes, the longest host name 253.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            var size = buffer.count
            guard let start = buffer.baseAddress, zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, start, &size) == 0 else {
                return text
            }
            return String(cString: start)
        }
    }
}

extension SocketKind {
    /// libzmq's number of the type.
    var number: CInt {
        switch self {
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        case .pub: ZMQ_PUB
        case .sub: ZMQ_SUB
        case .xpub: ZMQ_XPUB
        }
    }
}

extension SocketOptions {
    func apply(to socket: UnsafeMutableRawPointer, _ kind: SocketKind, for endpoints: [Endpoint]) throws(BusFailure) {
        func set(_ option: CInt, _ value: Int) throws(BusFailure) {
            var value = CInt(clamping: value)
            guard zmq_setsockopt(socket, option, &value, MemoryLayout<CInt>.size) == 0 else {
                throw BusFailure.last("set option \(option) of \(name)")
            }
        }
        func set(_ option: CInt, _ value: Duration) throws(BusFailure) {
            try set(option, max(0, value.milliseconds))
        }
        // libzmq takes 0 for «no bound».
        try set(ZMQ_SNDHWM, max(1, sendHighWaterMark))
        try set(ZMQ_RCVHWM, max(1, receiveHighWaterMark))
        // All that a subscriber has to send is subscriptions, which are worth no waiting for a publisher that is gone.
        try set(ZMQ_LINGER, kind == .sub ? .zero : linger)
        try set(ZMQ_RECONNECT_IVL, reconnectInterval)
        try set(ZMQ_RECONNECT_IVL_MAX, reconnectIntervalMax)
        try set(ZMQ_HANDSHAKE_IVL, handshakeTimeout)
        if queuesOnlyWhenConnected { try set(ZMQ_IMMEDIATE, 1) }
        if kind == .router { try set(ZMQ_ROUTER_MANDATORY, 1) }
        if endpoints.contains(where: \.mayBeIPv6) { try set(ZMQ_IPV6, 1) }
        // A publisher keeps what a subscriber that stands still does not take, by number alone: so it gives it up.
        if endpoints.contains(where: \.isTCP) || kind == .pub {
            try set(ZMQ_HEARTBEAT_IVL, heartbeatInterval)
            try set(ZMQ_HEARTBEAT_TIMEOUT, heartbeatTimeout)
            try set(ZMQ_HEARTBEAT_TTL, heartbeatTimeout)
        }
        try security.apply(to: socket)
        var bytesMax = Int64(frameBytesMax)
        guard zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytesMax, MemoryLayout<Int64>.size) == 0 else {
            throw BusFailure.last("set frameBytesMax of \(name)")
        }
        if let routingID {
            guard zmq_setsockopt(socket, ZMQ_ROUTING_ID, routingID, routingID.count) == 0 else {
                throw BusFailure.last("set routingID of \(name)")
            }
        }
    }
}

extension Duration {
    /// Rounded up, so that a wait of less than one is not a wait of none.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let perMillisecond: Int64 = 1_000_000_000_000_000
        return Int(seconds) * 1_000 + Int((attoseconds + perMillisecond - 1) / perMillisecond)
    }
}
