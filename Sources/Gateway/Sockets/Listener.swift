internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Operations

/// The gateway's port: accepts, looks at the first bytes, and gives each connection to WebSockets or HTTP.
struct Listener {
    /// The kernel's queue of connections that are not accepted yet; it cuts this to `net.core.somaxconn`.
    static let backlog: Int32 = 4_096
    let channel: any Channel

    /// - Parameters:
    ///   - address: port 0 lets the system choose.
    ///   - group: the event loops of `loops`.
    static func bind(
        _ address: (host: String, port: Int), group: MultiThreadedEventLoopGroup, certificates: Certificates?,
        connectionsMax: Int, front: HTTPFront, metrics: GatewayMetrics,
        loop: @escaping @Sendable (any EventLoop) -> LoopPort?
    ) async throws -> Listener {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptLimit(connectionsMax: connectionsMax) { metrics.accepted.add() })
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let port = loop(channel.eventLoop) else { throw ChannelError.inappropriateOperationForState }
                    let pipeline = channel.pipeline.syncOperations
                    if let certificates { try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context)) }
                    try port.runInLoop { loop in
                        loop.refreshNow()
                        try pipeline.addHandler(
                            HeadPeek(loop: loop, isPlain: certificates == nil) { front.take($0, loop: loop) })
                    }
                }
            }
            .bind(host: address.host, port: address.port).get()
        return Listener(channel: channel)
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    func close() async { try? await channel.close() }
}
