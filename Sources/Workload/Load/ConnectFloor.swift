internal import CEpoll
internal import Foundation
internal import Glibc
internal import Synchronization

/// What the kernel alone asks for letting somebody in: a plain loop that accepts, reads a request, answers it, reads a
/// hello and answers that, to as many clients at once as the measured system had. It knows nobody and checks nothing.
enum ConnectFloor {
    /// Bytes of each step, as a gateway's are.
    private static let requestBytes = 200
    private static let upgradeBytes = 130
    private static let helloBytes = 400
    private static let replyBytes = 500
    private static let markBytes = 60

    /// Nanoseconds of CPU that the accepting side uses for each connection.
    ///
    /// - Parameter atOnce: connections that are being let in at a time.
    static func measure(connections: Int, atOnce: Int) throws -> Double {
        guard let (listener, port) = SystemCalls.listen(host: "127.0.0.1") else {
            throw BenchFailure.unreachable("no listener for the floor")
        }
        let server = Server(listener: listener, count: connections)
        let descriptors = try connect(connections, atOnce: atOnce, port: port)
        let used = server.wait()
        for descriptor in descriptors { close(descriptor) }
        return Double(used) / Double(max(1, connections))
    }

    /// The accepting side, on a thread of its own.
    private final class Server: Sendable {
        private let used = Mutex<UInt64>(0)
        private let done = DispatchSemaphore(value: 0)

        init(listener: Int32, count: Int) {
            SystemCalls.makeNonblocking(listener)
            let thread = Thread { [self] in
                let start = SystemCalls.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID)
                let accepted = Self.serve(listener, count)
                let cpu = SystemCalls.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID) - start
                used.withLock { $0 = cpu }
                done.signal()
                for descriptor in accepted + [listener] { close(descriptor) }
            }
            thread.name = "floor server"
            thread.start()
        }

        /// Nanoseconds of CPU, once all are let in.
        func wait() -> UInt64 {
            done.wait()
            return used.withLock { $0 }
        }

        private static func serve(_ listener: Int32, _ count: Int) -> [Int32] {
            let poller = Poller()
            poller.add(listener)
            let upgrade = [UInt8](repeating: 0, count: upgradeBytes)
            let reply = [UInt8](repeating: 0, count: replyBytes)
            let mark = [UInt8](repeating: 0, count: markBytes)
            var buffer = [UInt8](repeating: 0, count: 4_096)
            var upgraded: Set<Int32> = []
            var accepted: [Int32] = []
            var left = count
            while left > 0 {
                poller.wait { descriptor in
                    if descriptor == listener {
                        while case let client = accept(listener, nil, nil), client >= 0 {
                            SystemCalls.makeNonblocking(client)
                            var on: Int32 = 1
                            setsockopt(
                                client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                            poller.add(client)
                            accepted.append(client)
                        }
                    } else if recv(descriptor, &buffer, buffer.count, 0) > 0 {
                        if upgraded.insert(descriptor).inserted {
                            send(descriptor, upgrade, upgrade.count, Int32(MSG_NOSIGNAL))
                        } else {
                            send(descriptor, reply, reply.count, Int32(MSG_NOSIGNAL))
                            send(descriptor, mark, mark.count, Int32(MSG_NOSIGNAL))
                            left -= 1
                        }
                    }
                }
            }
            return accepted
        }
    }

    /// The clients' side; all their sockets, open.
    private static func connect(_ count: Int, atOnce: Int, port: Int) throws -> [Int32] {
        let poller = Poller()
        let request = [UInt8](repeating: 0, count: requestBytes)
        let hello = [UInt8](repeating: 0, count: helloBytes)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        var awaited: [Int32: Int] = [:]
        var descriptors: [Int32] = []
        while descriptors.count < count || !awaited.isEmpty {
            while descriptors.count < count, awaited.count < atOnce {
                guard let descriptor = SystemCalls.connect(host: "127.0.0.1", port: port) else {
                    throw BenchFailure.unreachable("no sockets for the floor")
                }
                send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
                awaited[descriptor] = upgradeBytes + replyBytes
                descriptors.append(descriptor)
                poller.add(descriptor)
            }
            poller.wait { descriptor in
                let got = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard got > 0, let before = awaited[descriptor] else { return }
                let left = before - got
                if before > replyBytes, left <= replyBytes {
                    send(descriptor, hello, hello.count, Int32(MSG_NOSIGNAL))
                }
                awaited[descriptor] = left > 0 ? left : nil
            }
        }
        return descriptors
    }

    private final class Poller {
        private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        private var events = [epoll_event](repeating: epoll_event(), count: 256)

        deinit { close(epoll) }

        func add(_ descriptor: Int32) {
            var event = epoll_event()
            event.events = EPOLLIN.rawValue
            event.data.fd = descriptor
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
        }

        func wait(_ ready: (Int32) -> Void) {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            for event in events.prefix(Int(max(0, count))) { ready(event.data.fd) }
        }
    }
}
