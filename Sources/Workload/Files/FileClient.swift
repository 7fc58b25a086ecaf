internal import Glibc

/// One HTTP/1.1 connection, kept open, that blocks the thread that uses it: as little as a client can do, and the same for
/// every server.
final class FileClient {
    struct Answer {
        let status: Int
        /// Without what was only counted.
        let body: [UInt8]
        let bodyBytes: Int
    }

    private static let bufferBytes = 262_144
    /// No server is waited for any longer.
    private static let patienceSeconds = 60
    /// Of answers whose body is wanted.
    private static let keptBytesMax = 65_536

    private let endpoint: Endpoint
    private var descriptor: Int32 = -1
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 4_096)

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// Sends a request and reads the whole answer.
    ///
    /// - Parameters:
    ///   - fields: lines with `\r\n` at their ends, all but `Host` and `Content-Length`.
    ///   - pieces: the body; nil for none.
    ///   - pace: told how many bytes of the body are sent, before each piece of 64 KiB; nil: as fast as it goes.
    func request(
        _ method: String, _ path: String, _ fields: String, _ pieces: [[UInt8]]? = nil, pace: ((Int) -> Void)? = nil
    ) throws -> Answer {
        if descriptor < 0 { try open() }
        let length = pieces.map { "Content-Length: \($0.reduce(0) { $0 + $1.count })\r\n" } ?? ""
        let head = "\(method) \(path) HTTP/1.1\r\nHost: \(endpoint.authority)\r\n\(fields)\(length)\r\n"
        try send(Array(head.utf8), pace: nil)
        for piece in pieces ?? [] { try send(piece, pace: pace) }
        return try answer()
    }

    private func open() throws {
        guard let opened = SystemCalls.connect(host: endpoint.host, port: endpoint.port) else {
            throw BenchFailure.unreachable(endpoint.description)
        }
        descriptor = opened
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func send(_ bytes: [UInt8], pace: ((Int) -> Void)?) throws {
        let pieceMax = pace == nil ? Int.max : 65_536
        try bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                pace?(sent)
                let count = Glibc.send(
                    descriptor, bytes.baseAddress.map { $0 + sent }, min(pieceMax, bytes.count - sent),
                    Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    // Whoever refuses says why before it closes.
                    let answer = try? answer()
                    throw BenchFailure.refused("a request, half sent: \(answer.map { Self.text($0) } ?? "cut off")")
                }
                sent += count
            }
        }
    }

    private func answer() throws -> Answer {
        var held: [UInt8] = []
        var end: Int?
        while end == nil {
            let got = try receive()
            held.append(contentsOf: buffer.prefix(got))
            end = Self.endOfHead(held)
            guard end != nil || held.count < 32_768 else { throw BenchFailure.refused("an answer without an end") }
        }
        let bodyStart = end ?? held.count
        let head = String(decoding: held[..<bodyStart], as: UTF8.self).lowercased()
        let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
        guard status >= 200 else { throw BenchFailure.refused("an answer of \(status)") }
        var length = 0
        var closes = false
        for line in head.split(separator: "\r\n") {
            if line.hasPrefix("content-length:") {
                length = Int(line.dropFirst(15).split(separator: " ").first ?? "") ?? 0
            }
            if line.hasPrefix("connection:"), line.hasSuffix("close") { closes = true }
        }
        var body = Array(held[bodyStart...])
        var got = body.count
        while got < length {
            let count = try receive()
            if got < Self.keptBytesMax { body.append(contentsOf: buffer.prefix(min(count, Self.keptBytesMax))) }
            got += count
        }
        if closes {
            close(descriptor)
            descriptor = -1
        }
        return Answer(status: status, body: body, bodyBytes: got)
    }

    private func receive() throws -> Int {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BenchFailure.refused("an answer, cut off") }
            return count
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= mark.count else { return nil }
        return (0...bytes.count - mark.count).first { bytes[$0..<$0 + mark.count].elementsEqual(mark) }.map {
            $0 + mark.count
        }
    }

    static func text(_ answer: Answer) -> String {
        "\(answer.status) \(String(decoding: answer.body.prefix(300), as: UTF8.self))"
    }
}
