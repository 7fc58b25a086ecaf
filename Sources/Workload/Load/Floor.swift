internal import CEpoll
internal import Dispatch
internal import Foundation
internal import Glibc

/// What the kernel alone asks for deliveries: a plain loop of one `send()` each, to as many sockets. No server can be
/// cheaper without sending less often, so that every figure can be read as a ratio to this one.
enum Floor {
    struct Result {
        let cpuNanosecondsPerSend: Double
        let sendsPerSecond: Double
    }

    /// - Parameters:
    ///   - bytes: of each send.
    ///   - rate: rounds over all sockets a second; nil for as fast as it goes.
    static func measure(sockets: Int, bytes: Int, seconds: Int, rate: Int?) throws -> Result {
        let pairs = try connect(sockets)
        let reading = read(pairs.map(\.reader))
        defer {
            // The readers end when their other sides do.
            for pair in pairs { close(pair.writer) }
            reading.wait()
            for pair in pairs { close(pair.reader) }
        }
        let payload = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
        let start = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)
        let end = start + UInt64(seconds) * 1_000_000_000
        let cpu = SystemCalls.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID)
        var sends = 0
        var rounds: UInt64 = 0
        while SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) < end {
            for pair in pairs where send(pair.writer, payload, bytes, Int32(MSG_NOSIGNAL)) > 0 { sends += 1 }
            rounds += 1
            if let rate {
                let due = start + rounds * 1_000_000_000 / UInt64(rate)
                let now = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC)
                if due > now { SystemCalls.sleep(nanoseconds: due - now) }
            }
        }
        let used = SystemCalls.nanoseconds(of: CLOCK_THREAD_CPUTIME_ID) - cpu
        let elapsed = SystemCalls.nanoseconds(of: CLOCK_MONOTONIC) - start
        return Result(
            cpuNanosecondsPerSend: Double(used) / Double(max(1, sends)),
            sendsPerSecond: Double(sends) * 1_000_000_000 / Double(max(1, elapsed)))
    }

    /// Sockets connected over loopback, as a gateway's are to its clients.
    private static func connect(_ count: Int) throws -> [(writer: Int32, reader: Int32)] {
        guard let (listener, port) = SystemCalls.listen(host: "127.0.0.1") else {
            throw BenchFailure.unreachable("no listener for the floor")
        }
        defer { close(listener) }
        var pairs: [(Int32, Int32)] = []
        for _ in 0..<count {
            guard let reader = SystemCalls.connect(host: "127.0.0.1", port: port) else {
                throw BenchFailure.unreachable("no sockets for the floor")
            }
            let writer = accept(listener, nil, nil)
            var on: Int32 = 1
            setsockopt(writer, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            SystemCalls.makeNonblocking(reader)
            pairs.append((writer, reader))
        }
        return pairs
    }

    /// Reads on a thread of its own, as clients do, until every socket has ended.
    private static func read(_ descriptors: [Int32]) -> DispatchSemaphore {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
            for descriptor in descriptors {
                var event = epoll_event()
                event.events = EPOLLIN.rawValue
                event.data.fd = descriptor
                epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
            }
            var left = descriptors.count
            var events = [epoll_event](repeating: epoll_event(), count: 512)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while left > 0 {
                let count = epoll_wait(epoll, &events, Int32(events.count), -1)
                for event in events.prefix(Int(max(0, count))) {
                    let got = recv(event.data.fd, &buffer, buffer.count, 0)
                    guard got == 0 || got < 0 && errno != EAGAIN && errno != EINTR else { continue }
                    epoll_ctl(epoll, EPOLL_CTL_DEL, event.data.fd, nil)
                    left -= 1
                }
            }
            close(epoll)
            done.signal()
        }
        thread.name = "floor readers"
        thread.start()
        return done
    }
}
