internal import Glibc
internal import NIOCore

/// The addresses behind a name, asked of the system. Blocks, for as long as its resolver has patience.
enum HostNames {
    /// Addresses that are tried one after the other.
    private static let addressesMax = 8

    /// - Returns: in the system's order; empty where the name leads nowhere.
    static func addresses(of host: String, port: UInt16) -> [(address: InternetAddress, socket: SocketAddress)] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_protocol = Int32(IPPROTO_TCP)
        hints.ai_flags = AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &first) == 0, let first else { return [] }
        defer { freeaddrinfo(first) }
        var found: [(address: InternetAddress, socket: SocketAddress)] = []
        var entry: UnsafeMutablePointer<addrinfo>? = first
        while let current = entry?.pointee, found.count < addressesMax {
            entry = current.ai_next
            guard let raw = current.ai_addr else { continue }
            switch current.ai_family {
            case AF_INET:
                let socket = raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }
                // After the family and the port (ip(7)).
                let bytes = withUnsafeBytes(of: socket) { Array($0[4..<8]) }
                if let address = InternetAddress(bytes) { found.append((address, SocketAddress(socket, host: host))) }
            case AF_INET6:
                let socket = raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee }
                // After the flow too (ipv6(7)).
                let bytes = withUnsafeBytes(of: socket) { Array($0[8..<24]) }
                if let address = InternetAddress(bytes) { found.append((address, SocketAddress(socket, host: host))) }
            default: break
            }
        }
        return found
    }
}
