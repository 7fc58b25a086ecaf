internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// One WebSocket by the contract: a shell around a channel, no choice in it.
struct ClientSocket: Sendable {
    enum Inbound: Sendable {
        case text([UInt8])
        case closed(code: UInt16?, reason: String)
    }

    enum Failure: Error {
        case notUpgraded
    }

    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private let frames: Frames

    /// As large as a page of the longest messages may be: 50 texts of 10,000 code points of 4 bytes.
    private static let frameBytesMax = 4 << 20
    private static let connectTime: TimeAmount = .seconds(10)

    static func open(
        _ endpoint: Endpoint, authorityFile: String?, on group: MultiThreadedEventLoopGroup
    ) async throws -> ClientSocket {
        let security = endpoint.isSecure ? try NIOSSLContext(configuration: security(authorityFile)) : nil
        let upgrade: EventLoopFuture<Frames?> = try await ClientBootstrap(group: group)
            .connectTimeout(connectTime)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let security {
                        let name = isAddress(endpoint.host) ? nil : endpoint.host
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: security, serverHostname: name))
                    }
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(upgradeConfiguration: upgradeTo(endpoint)))
                }
            }
        guard let frames = try await upgrade.get() else { throw Failure.notUpgraded }
        return ClientSocket(frames: frames)
    }

    /// Hands over each text frame and at last the end, once; `opened` gets what sends.
    func run(
        opened: @Sendable (Sender) async -> Void, received: @Sendable (Inbound) async -> Void
    ) async {
        var end = Inbound.closed(code: nil, reason: "")
        do {
            end = try await frames.executeThenClose { inbound, outbound in
                let sender = Sender(outbound: outbound)
                await opened(sender)
                for try await frame in inbound {
                    switch frame.opcode {
                    case .text, .continuation:
                        await received(.text(Array(buffer: frame.unmaskedData)))
                    case .ping:
                        await sender.send(.pong, frame.unmaskedData)
                    case .connectionClose:
                        await sender.send(.connectionClose, frame.unmaskedData)
                        return Self.end(frame.unmaskedData)
                    default:
                        break
                    }
                }
                return .closed(code: nil, reason: "")
            }
        } catch {
            end = .closed(code: nil, reason: "")
        }
        await received(end)
    }

    struct Sender: Sendable {
        fileprivate let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

        func send(_ text: [UInt8]) async { await send(.text, ByteBuffer(bytes: text)) }

        fileprivate func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer) async {
            let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
            // A connection that is gone ends the inbound side, which tells.
            try? await outbound.write(frame)
        }
    }

    private static func end(_ data: ByteBuffer) -> Inbound {
        var data = data
        let code: UInt16? = data.readInteger()
        return .closed(code: code, reason: data.readString(length: data.readableBytes) ?? "")
    }

    private static func upgradeTo(_ endpoint: Endpoint) -> NIOTypedHTTPClientUpgradeConfiguration<Frames?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Frames?>(maxFrameSize: frameBytesMax) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let aggregator = NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 1_024, maxAccumulatedFrameSize: frameBytesMax)
                try channel.pipeline.syncOperations.addHandler(aggregator)
                return try Frames(wrappingChannelSynchronously: channel)
            }
        }
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: endpoint.authority)
        headers.add(name: "Sec-WebSocket-Protocol", value: Endpoint.subprotocol)
        headers.add(name: "Content-Length", value: "0")
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: Endpoint.path, headers: headers)
        return NIOTypedHTTPClientUpgradeConfiguration(upgradeRequestHead: head, upgraders: [upgrader]) { channel in
            channel.eventLoop.makeCompletedFuture { nil }
        }
    }

    private static func security(_ authorityFile: String?) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorityFile { configuration.trustRoots = .file(authorityFile) }
        return configuration
    }

    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}
