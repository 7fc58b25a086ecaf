internal import Glibc

/// The few system calls that benchmarks make.
enum SystemCalls {
    /// Nanoseconds of a clock such as `CLOCK_MONOTONIC` or `CLOCK_THREAD_CPUTIME_ID`.
    static func nanoseconds(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func sleep(nanoseconds: UInt64) {
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        nanosleep(&time, nil)
    }

    /// As many descriptors as the hard limit lets a process have.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// A connected TCP socket without Nagle's delay; nil where nobody listens.
    static func connect(host: String, port: Int) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var entry = list
        while let address = entry?.pointee {
            let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            if descriptor >= 0 {
                if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
                    var on: Int32 = 1
                    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                    return descriptor
                }
                close(descriptor)
            }
            entry = address.ai_next
        }
        return nil
    }

    /// A listening socket on a port that the system chooses, and that port. Addresses are never looked into here: whether
    /// `sockaddr_in` is Glibc's or SwiftNIO's to import depends on what the compiler has loaded before.
    static func listen(host: String) -> (descriptor: Int32, port: Int)? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "0", &hints, &list) == 0, let entry = list?.pointee else { return nil }
        defer { freeaddrinfo(list) }
        let descriptor = socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol)
        guard descriptor >= 0 else { return nil }
        var length = entry.ai_addrlen
        var digits = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        // The system's answer goes where the question stood: it is as long.
        guard bind(descriptor, entry.ai_addr, length) == 0, Glibc.listen(descriptor, 128) == 0,
            getsockname(descriptor, entry.ai_addr, &length) == 0,
            getnameinfo(entry.ai_addr, length, nil, 0, &digits, socklen_t(digits.count), Int32(NI_NUMERICSERV)) == 0,
            let port = Int(String(decoding: digits.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        else {
            close(descriptor)
            return nil
        }
        return (descriptor, port)
    }

    static func makeNonblocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// A file of `/proc`, whose size nobody knows before.
    static func text(ofFile path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }
}
