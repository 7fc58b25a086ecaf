internal import Foundation
internal import Operations

/// Ports that nobody listens on, at the moment of asking.
enum FreePorts {
    /// - Returns: `count` addresses: `first` and the ports after it; where its port is 0, ports that the system chooses.
    static func addresses(from first: Address, count: Int) throws -> [Address] {
        guard first.port == 0 else {
            guard first.port + count - 1 <= 65_535 else {
                throw ProcessFailure(.badData, "\(first): \(count) ports from there go past 65535")
            }
            return (0..<count).map { Address(host: first.host, port: first.port + $0) }
        }
        // All are held until all are known, so that none comes twice.
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        return try (0..<count).map { _ in
            guard let (descriptor, port) = bound(first) else {
                throw ProcessFailure(.inputOutput, "\(first.host): no port can be opened there")
            }
            held.append(descriptor)
            return Address(host: first.host, port: port)
        }
    }

    /// Whether each of them can be opened now.
    static func areFree(_ addresses: [Address]) -> Bool {
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        return addresses.allSatisfy { address in
            guard let (descriptor, _) = bound(address) else { return false }
            held.append(descriptor)
            return true
        }
    }

    private static func bound(_ address: Address) -> (descriptor: Int32, port: Int)? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, "\(address.port)", &hints, &found) == 0, let first = found else { return nil }
        defer { freeaddrinfo(first) }
        let kind = first.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(first.pointee.ai_family, kind, first.pointee.ai_protocol)
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let port: Int? = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
                    listen(descriptor, 1) == 0,
                    getsockname(descriptor, generic, &size) == 0
                else { return nil }
                // Both families keep the port in the two bytes after the family.
                return Int(UnsafeRawPointer(generic).loadUnaligned(fromByteOffset: 2, as: UInt16.self).bigEndian)
            }
        }
        guard let port else {
            close(descriptor)
            return nil
        }
        return (descriptor, port)
    }
}
