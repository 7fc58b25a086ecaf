internal import Foundation
public import Operations

/// One HTTP/1.1 request to a port of our own, blocking, over a plain socket: for threads that may wait.
public struct HTTPCall: Equatable, Sendable {
    public struct Answer: Equatable, Sendable {
        public let status: Int
        public let body: String
    }

    /// More than any answer of ours; what lies above is cut off.
    private static let bytesMax = 4_194_304

    public var method = "GET"
    public var path: String
    public var headers: [String: String] = [:]
    public var body = ""

    public init(method: String = "GET", path: String, headers: [String: String] = [:], body: String = "") {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// Nil where nobody answers within `timeout`, measured for each step.
    public func send(to address: Address, timeout: Duration) -> Answer? {
        guard let descriptor = Self.connected(address, timeout) else { return nil }
        defer { close(descriptor) }
        guard Self.write(Array(text(for: address).utf8), to: descriptor) else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < Self.bytesMax {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        return Self.answer(String(decoding: bytes, as: UTF8.self))
    }

    func text(for address: Address) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(address)", "Connection: close"]
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// The body as it came; none of our answers to these requests is chunked.
    static func answer(_ text: String) -> Answer? {
        guard let head = text.range(of: "\r\n\r\n"), text.hasPrefix("HTTP/1.1 "),
            let status = Int(text.dropFirst("HTTP/1.1 ".count).prefix(3))
        else { return nil }
        return Answer(status: status, body: String(text[head.upperBound...]))
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func connected(_ address: Address, _ timeout: Duration) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        // «Every interface» is where a server listens; whoever calls it calls this machine.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][address.host] ?? address.host
        guard getaddrinfo(host, "\(address.port)", &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let candidate = next?.pointee {
            next = candidate.ai_next
            let kind = candidate.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(candidate.ai_family, kind, candidate.ai_protocol)
            guard descriptor >= 0 else { continue }
            let (seconds, attoseconds) = timeout.components
            var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            // On Linux it bounds connect(2) too (socket(7)).
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            if connect(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0 { return descriptor }
            close(descriptor)
        }
        return nil
    }
}
