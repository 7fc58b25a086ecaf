internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Operations

/// The gateway's port: accepts, looks at the first bytes, and gives each connection to WebSockets or HTTP.
///
/// Each event loop has a listening socket of its own, among which the kernel spreads what comes (`SO_REUSEPORT`): a
/// connection stays on the loop that accepted it, where handing it to another would cost both three wake-ups.
struct Listener {
    /// The kernel's queue of connections that are not accepted yet; it cuts this to `net.core.somaxconn`.
    static let backlog: Int32 = 4_096
    let port: Int
    private let channels: [any Channel]

    /// - Parameters:
    ///   - address: port 0 lets the system choose.
    ///   - connectionsMax: over all event loops.
    static func bind(
        _ address: (host: String, port: Int), loops: [LoopPort], certificates: Certificates?,
        connectionsMax: Int, front: HTTPFront, metrics: GatewayMetrics
    ) async throws -> Listener {
        let port = try await freePort(address, loops)
        let seats = ConnectionSeats(max: connectionsMax)
        var channels: [any Channel] = []
        do {
            for loop in loops {
                channels.append(
                    try await ServerBootstrap(group: loop.eventLoop)
                        .serverChannelOption(.backlog, value: backlog)
                        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                        .serverChannelOption(.socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)), value: 1)
                        .serverChannelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(
                                    AcceptLimit(seats) { metrics.accepted.add() })
                            }
                        }
                        .childChannelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                try prepare(channel, loop, certificates, front)
                            }
                        }
                        .bind(host: address.host, port: port).get())
            }
        } catch {
            for channel in channels { try? await channel.close() }
            throw error
        }
        return Listener(port: port, channels: channels)
    }

    func close() async { for channel in channels { try? await channel.close() } }

    private static func prepare(
        _ channel: any Channel, _ port: LoopPort, _ certificates: Certificates?, _ front: HTTPFront
    ) throws {
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        let pipeline = channel.pipeline.syncOperations
        if let certificates { try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context)) }
        try port.runInLoop { loop in
            loop.refreshNow()
            try pipeline.addHandler(
                HeadPeek(loop: loop, isPlain: certificates == nil) { front.take($0, loop: loop) })
        }
    }

    /// Sockets that share a port would share it with another process's as well: one that does not share finds out.
    private static func freePort(_ address: (host: String, port: Int), _ loops: [LoopPort]) async throws -> Int {
        guard let loop = loops.first else { return address.port }
        let probe = try await ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: address.host, port: address.port).get()
        let port = probe.localAddress?.port ?? address.port
        try await probe.close()
        return port
    }
}
