internal import CEpoll
internal import Glibc

/// Many WebSocket connections on one thread: epoll, one read a wake-up, frames handed out where they lie.
final class LoadLoop {
    struct Connection {
        fileprivate(set) var descriptor: Int32
        /// Until the server has agreed to speak WebSocket.
        fileprivate var upgrade: Upgrade?
        /// The beginning of a frame whose end has not come.
        fileprivate(set) var rest: [UInt8] = []
        fileprivate(set) var outgoing: [UInt8] = []
        fileprivate(set) var isWaitingToWrite = false
        /// Set when it ends: the close code, 1006 where none came.
        fileprivate(set) var closeCode: UInt16?
        fileprivate(set) var isOver = false
        /// Where the last marker was; see `Marker.find`.
        var markerPlace = 0
    }

    fileprivate struct Upgrade {
        let endpoint: Endpoint
        /// Frames that wait for it.
        var held: [UInt8] = []
        /// When to try again, after being told to wait.
        var retryAt: UInt64?
    }

    private(set) var connections: [Connection] = []
    /// How many have been closed, and by what code first.
    private(set) var closed: (count: Int, code: UInt16?) = (0, nil)
    /// How often an upgrade was answered «too many requests».
    private(set) var toldToWait = 0
    /// The first line of the first other answer than an upgrade.
    private(set) var refusedUpgrade: String?
    /// Places that were told to wait.
    private var waiting: [Int] = []
    private static let retryInterval: UInt64 = 200_000_000
    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var events = [epoll_event](repeating: epoll_event(), count: 512)

    deinit {
        for connection in connections where !connection.isOver { Glibc.close(connection.descriptor) }
        Glibc.close(epoll)
        buffer.deallocate()
    }

    /// Connects, and upgrades while the loop is polled; the place of the connection. What is sent before waits for it.
    func open(_ endpoint: Endpoint) throws -> Int {
        let place = connections.count
        connections.append(Connection(descriptor: try connected(to: endpoint)))
        beginUpgrade(place, Upgrade(endpoint: endpoint))
        return place
    }

    private func connected(to endpoint: Endpoint) throws -> Int32 {
        guard let descriptor = SystemCalls.connect(host: endpoint.host, port: endpoint.port) else {
            throw BenchFailure.unreachable(endpoint.description)
        }
        SystemCalls.makeNonblocking(descriptor)
        return descriptor
    }

    private func beginUpgrade(_ place: Int, _ upgrade: Upgrade) {
        connections[place].upgrade = upgrade
        connections[place].outgoing = Self.request(to: upgrade.endpoint)
        watch(place, EPOLL_CTL_ADD)
        flush(place)
    }

    /// Queues a text frame and writes what the socket takes.
    func send(_ payload: some Collection<UInt8>, on place: Int) {
        if var upgrade = connections[place].upgrade {
            LoadFrame.append(payload, to: &upgrade.held)
            connections[place].upgrade = upgrade
            return
        }
        LoadFrame.append(payload, to: &connections[place].outgoing)
        flush(place)
    }

    /// Ends a connection that has done its part; it does not count as closed.
    func close(_ place: Int) {
        LoadFrame.append([0x03, 0xE8], opcode: LoadFrame.close, to: &connections[place].outgoing)
        flush(place)
        epoll_ctl(epoll, EPOLL_CTL_DEL, connections[place].descriptor, nil)
        shutdown(connections[place].descriptor, Int32(SHUT_WR))
    }

    /// The same, and gives the descriptor back: nothing may be done with the connection after.
    func end(_ place: Int) {
        close(place)
        Glibc.close(connections[place].descriptor)
        connections[place].isOver = true
        connections[place].rest = []
        connections[place].outgoing = []
    }

    func markerPlace(_ place: Int, _ body: (inout Int) -> Marker?) -> Marker? { body(&connections[place].markerPlace) }

    /// Waits at most so long for something to read, and hands out each text frame's payload.
    func poll(milliseconds: Int32, _ handle: (Int, UnsafeRawBufferPointer) -> Void) {
        retryUpgrades()
        let count = epoll_wait(epoll, &events, Int32(events.count), milliseconds)
        guard count > 0 else { return }
        for event in events.prefix(Int(count)) {
            let place = Int(event.data.u64)
            if event.events & EPOLLOUT.rawValue != 0 { flush(place) }
            if event.events & ~EPOLLOUT.rawValue != 0 { read(place, handle) }
        }
    }

    private static func request(to endpoint: Endpoint) -> [UInt8] {
        let request = """
            GET \(Endpoint.path) HTTP/1.1\r
            Host: \(endpoint.authority)\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: cGFybGV5IGJlbmNobWFyaw==\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Protocol: \(Endpoint.subprotocol)\r
            \r

            """
        return Array(request.utf8)
    }

    /// Where frames begin in what has come; nil where the connection speaks no WebSocket yet.
    private func upgraded(_ place: Int, _ upgrade: Upgrade, _ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let end = Self.headEnd(Array(bytes)) else {
            connections[place].rest.append(contentsOf: bytes)
            return nil
        }
        let line = String(decoding: bytes.prefix { $0 != 13 }, as: UTF8.self)
        guard line.hasPrefix("HTTP/1.1 101") else {
            epoll_ctl(epoll, EPOLL_CTL_DEL, connections[place].descriptor, nil)
            Glibc.close(connections[place].descriptor)
            if line.hasPrefix("HTTP/1.1 429") {
                toldToWait += 1
                connections[place].upgrade?.retryAt =
                    SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) + Self.retryInterval
                waiting.append(place)
            } else {
                connections[place].isOver = true
                refusedUpgrade = refusedUpgrade ?? line
            }
            return nil
        }
        connections[place].upgrade = nil
        connections[place].outgoing = upgrade.held
        flush(place)
        return end
    }

    /// Those who were too many at once from one address come again.
    private func retryUpgrades() {
        guard !waiting.isEmpty else { return }
        let now = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)
        let due = waiting.filter { connections[$0].upgrade?.retryAt.map { $0 <= now } ?? true }
        waiting.removeAll { due.contains($0) }
        for place in due {
            guard let upgrade = connections[place].upgrade else { continue }
            do {
                connections[place].descriptor = try connected(to: upgrade.endpoint)
                beginUpgrade(place, Upgrade(endpoint: upgrade.endpoint, held: upgrade.held))
            } catch {
                connections[place].isOver = true
                refusedUpgrade = refusedUpgrade ?? "\(error)"
            }
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for place in 0...(bytes.count - 4) where bytes[place..<place + 4].elementsEqual([13, 10, 13, 10]) {
            return place + 4
        }
        return nil
    }

    private func watch(_ place: Int, _ operation: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (connections[place].isWaitingToWrite ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(place)
        epoll_ctl(epoll, operation, connections[place].descriptor, &event)
    }

    private func flush(_ place: Int) {
        guard connections[place].closeCode == nil, !connections[place].outgoing.isEmpty else { return }
        let descriptor = connections[place].descriptor
        let count = connections[place].outgoing.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count == connections[place].outgoing.count {
            connections[place].outgoing.removeAll(keepingCapacity: true)
        } else if count > 0 {
            connections[place].outgoing.removeFirst(count)
        } else if errno != EAGAIN, errno != EINTR {
            return ended(place, 1006)
        }
        let isWaiting = !connections[place].outgoing.isEmpty
        guard isWaiting != connections[place].isWaitingToWrite else { return }
        connections[place].isWaitingToWrite = isWaiting
        watch(place, EPOLL_CTL_MOD)
    }

    private func read(_ place: Int, _ handle: (Int, UnsafeRawBufferPointer) -> Void) {
        guard connections[place].closeCode == nil else { return }
        let kept = connections[place].rest.count
        if kept > 0 {
            buffer.copyBytes(from: connections[place].rest)
            connections[place].rest.removeAll(keepingCapacity: true)
        }
        let count = recv(connections[place].descriptor, buffer.baseAddress.map { $0 + kept }, buffer.count - kept, 0)
        if count <= 0 {
            if count < 0, errno == EAGAIN || errno == EINTR {
                connections[place].rest.append(contentsOf: buffer[..<kept])
                return
            }
            return ended(place, 1006)
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
        var start = 0
        if let upgrade = connections[place].upgrade {
            guard let end = upgraded(place, upgrade, bytes) else { return }
            start = end
        }
        while let frame = FrameScanner.frame(in: bytes, from: start) {
            let payload = UnsafeRawBufferPointer(rebasing: bytes[frame.payload])
            switch frame.opcode {
            case LoadFrame.text: handle(place, payload)
            case LoadFrame.ping:
                LoadFrame.append(payload, opcode: LoadFrame.pong, to: &connections[place].outgoing)
                flush(place)
            case LoadFrame.close:
                return ended(place, payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : 1005)
            default: break
            }
            start = frame.end
        }
        if start < bytes.count { connections[place].rest.append(contentsOf: bytes[start...]) }
    }

    private func ended(_ place: Int, _ code: UInt16) {
        connections[place].closeCode = code
        closed = (closed.count + 1, closed.code ?? code)
        epoll_ctl(epoll, EPOLL_CTL_DEL, connections[place].descriptor, nil)
    }
}
