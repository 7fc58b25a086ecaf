internal import Foundation
internal import Glibc

/// clamd over its socket, by `INSTREAM` (clamd(8)): the file goes there in pieces, each after its length.
public struct VirusScanner: Equatable, Sendable {
    /// Where clamd listens.
    public enum Address: Equatable, Sendable {
        case unix(path: String)
        /// An address in numbers, IPv4 or IPv6.
        case tcp(host: String, port: UInt16)
    }

    enum Finding: Equatable, Sendable {
        case clean
        case infected
        /// Not reachable, too slow, or it says that it could not.
        case unavailable
    }

    /// Of one connection to accept, and of one read or write.
    static let stepSeconds = 10
    static let pieceBytes = 65_536
    static let answerBytesMax = 4_096

    public let address: Address
    /// For a whole file.
    public let timeoutSeconds: Int

    public init(_ address: Address, timeoutSeconds: Int = 60) {
        self.address = address
        self.timeoutSeconds = timeoutSeconds
    }

    /// `unix:/run/clamav/clamd.ctl`, or `127.0.0.1:3310` (an IPv6 address in brackets); nil for anything else.
    public init?(_ text: String, timeoutSeconds: Int = 60) {
        if text.hasPrefix("unix:/") {
            self.init(.unix(path: String(text.dropFirst(5))), timeoutSeconds: timeoutSeconds)
        } else if let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 {
            let host = text[..<colon].trimmingCharacters(in: ["[", "]"])
            self.init(.tcp(host: host, port: port), timeoutSeconds: timeoutSeconds)
        } else {
            return nil
        }
    }

    /// Blocks. Reads the file from its start.
    func scan(_ file: Int32) -> Finding {
        guard let socket = connected() else { return .unavailable }
        defer { close(socket) }
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        guard send(Array("zINSTREAM\0".utf8)[...], to: socket) else { return .unavailable }
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var position: off_t = 0
        while true {
            let count = pread(file, &piece, piece.count, position)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, ContinuousClock.now < deadline else { return .unavailable }
            let length = UInt32(count).bigEndian
            guard send(withUnsafeBytes(of: length) { Array($0) }[...], to: socket) else { break }
            if count == 0 { break }
            guard send(piece[..<count], to: socket) else { break }
            position += off_t(count)
        }
        // It answers early where it has had enough: found something, or too long.
        return Self.finding(answer(from: socket, until: deadline))
    }

    /// `stream: OK`, `stream: NAME FOUND`, `… ERROR`.
    static func finding(_ answer: [UInt8]) -> Finding {
        let text = String(decoding: answer.prefix { $0 != 0 && $0 != 0x0A }, as: UTF8.self)
        if text == "stream: OK" { return .clean }
        return text.hasPrefix("stream: ") && text.hasSuffix(" FOUND") ? .infected : .unavailable
    }

    private func answer(from socket: Int32, until deadline: ContinuousClock.Instant) -> [UInt8] {
        var answer: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 512)
        while answer.count < Self.answerBytesMax, !answer.contains(0) {
            let left = Int((deadline - ContinuousClock.now).components.seconds)
            var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waited, 1, Int32(clamping: max(0, left) * 1_000))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return [] }
            let count = read(socket, &room, room.count)
            guard count > 0 else { break }
            answer += room[..<count]
        }
        return answer
    }

    private func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func connected() -> Int32? {
        switch address {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let isFitting = withUnsafeMutableBytes(of: &address.sun_path) { room in
                guard path.utf8.count < room.count else { return false }
                room.copyBytes(from: path.utf8)
                return true
            }
            guard isFitting else { return nil }
            return withUnsafeBytes(of: &address) { connect(AF_UNIX, $0) }
        case .tcp(let host, let port):
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
                return withUnsafeBytes(of: &four) { connect(AF_INET, $0) }
            }
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else { return nil }
            return withUnsafeBytes(of: &six) { connect(AF_INET6, $0) }
        }
    }

    private func connect(_ family: Int32, _ address: UnsafeRawBufferPointer) -> Int32? {
        let made = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { return nil }
        // Both also bound connecting (socket(7)).
        var step = timeval(tv_sec: Self.stepSeconds, tv_usec: 0)
        setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &step, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &step, socklen_t(MemoryLayout<timeval>.size))
        let start = address.baseAddress?.assumingMemoryBound(to: sockaddr.self)
        guard Glibc.connect(made, start, socklen_t(address.count)) == 0 else {
            close(made)
            return nil
        }
        return made
    }
}
