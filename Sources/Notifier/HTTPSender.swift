internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization
internal import Wire

/// A POST, and where to.
struct OutgoingRequest: Equatable, Sendable {
    let target: WebTarget
    let headers: [(String, String)]
    let body: [UInt8]

    static func == (one: OutgoingRequest, other: OutgoingRequest) -> Bool {
        one.target == other.target && one.body == other.body
            && one.headers.elementsEqual(other.headers) { $0 == $1 }
    }
}

/// Sends requests over HTTP/1.1, each on a connection of its own. The address that is checked is the one that is
/// connected to: a name that leads elsewhere the next time it is asked for changes nothing. Redirections are not followed,
/// and of an answer only the head is read.
final class HTTPSender: Sendable {
    struct Configuration: Sendable {
        /// Private, loopback and other addresses that are nobody's on the Internet may be sent to.
        var allowsPrivate = false
        /// For everything: the name, the connection, the answer.
        var timeout: Duration = .seconds(10)
        /// A PEM file with the certificates to trust; nil: the system's.
        var roots: String?
    }

    private let configuration: Configuration
    private let group: MultiThreadedEventLoopGroup
    /// Look-ups wait for name servers, which users choose for pushes: webhooks' don't stand behind them.
    private let names: [Delivery.Kind: NIOThreadPool]
    private let tls: NIOSSLContext
    private let isStopped = Mutex(false)

    /// - Parameter namesAtOnce: how many names are looked up at once for webhooks, and for pushes.
    /// - Throws: where the certificates can't be read.
    init(_ configuration: Configuration, namesAtOnce: (webhooks: Int, pushes: Int)) throws {
        self.configuration = configuration
        var tls = TLSConfiguration.makeClientConfiguration()
        if let roots = configuration.roots { tls.trustRoots = .file(roots) }
        self.tls = try NIOSSLContext(configuration: tls)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        names = [
            .webhook: NIOThreadPool(numberOfThreads: namesAtOnce.webhooks),
            .push: NIOThreadPool(numberOfThreads: namesAtOnce.pushes),
        ]
        for pool in names.values { pool.start() }
    }

    /// - Parameter ended: called once, on some thread; never where the sender has stopped.
    func send(_ request: OutgoingRequest, of kind: Delivery.Kind, ended: @escaping @Sendable (Outcome) -> Void) {
        isStopped.withLock { isStopped in
            if !isStopped, let names = names[kind] { begin(request, names, ended) }
        }
    }

    private func begin(
        _ request: OutgoingRequest, _ names: NIOThreadPool, _ ended: @escaping @Sendable (Outcome) -> Void
    ) {
        let loop = group.next()
        let outcome = loop.makePromise(of: Outcome.self)
        let deadline = loop.scheduleTask(in: TimeAmount(configuration.timeout)) {
            outcome.succeed(.failed(.timeout))
        }
        outcome.futureResult.whenComplete { result in
            deadline.cancel()
            switch result {
            case .success(let outcome): ended(outcome)
            case .failure: ended(.failed(.connection))
            }
        }
        let target = request.target
        names.runIfActive(eventLoop: loop) { HostNames.addresses(of: target.host, port: target.port) }
            .whenComplete { [configuration] result in
                let found = (try? result.get()) ?? []
                guard !found.isEmpty else { return outcome.succeed(.failed(.name)) }
                let allowed = found.filter { configuration.allowsPrivate || $0.address.isPublic }
                guard !allowed.isEmpty else { return outcome.succeed(.failed(.forbidden)) }
                self.connect(request, to: allowed.map(\.socket)[...], on: loop, outcome)
            }
    }

    /// Tries one address after the other until one answers the call.
    private func connect(
        _ request: OutgoingRequest, to addresses: ArraySlice<SocketAddress>, on loop: any EventLoop,
        _ outcome: EventLoopPromise<Outcome>
    ) {
        guard let address = addresses.first else { return outcome.succeed(.failed(.connection)) }
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(configuration.timeout / 2))
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    if request.target.isSecure {
                        // An address has no name to ask for (RFC 6066 §3); its certificate is checked against it.
                        let name = Self.isAddress(request.target.host) ? nil : request.target.host
                        try handlers.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try handlers.addHandler(HeadLimit())
                    try handlers.addHTTPClientHandlers()
                    try handlers.addHandler(ExchangeHandler(request, outcome))
                }
            }
            .connect(to: address)
            .whenFailure { error in
                if error is NIOSSLError || error is BoringSSLError {
                    return outcome.succeed(.failed(.certificate))
                }
                self.connect(request, to: addresses.dropFirst(), on: loop, outcome)
            }
    }

    private static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    /// Takes no more; what is under way is cut off.
    func stop() async {
        isStopped.withLock { $0 = true }
        // Look-ups first: they hand over to the loop.
        for pool in names.values { try? await pool.shutdownGracefully() }
        try? await group.shutdownGracefully()
    }
}

/// One request and the head of its answer.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: OutgoingRequest
    private let outcome: EventLoopPromise<Outcome>

    init(_ request: OutgoingRequest, _ outcome: EventLoopPromise<Outcome>) {
        self.request = request
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // Given up for elsewhere: a late answer changes nothing.
        outcome.futureResult.hop(to: context.eventLoop).assumeIsolated().whenComplete { [channel = context.channel] _ in
            channel.close(promise: nil)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders(request.headers)
        headers.add(name: "host", value: request.target.authority)
        headers.add(name: "content-length", value: "\(request.body.count)")
        headers.add(name: "connection", value: "close")
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: request.target.path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes before the answer itself (100, 103) is not it.
        guard case .head(let head) = unwrapInboundIn(data), head.status.code >= 200 else { return }
        let wait = head.headers.first(name: "retry-after").flatMap { Int($0) }
        outcome.succeed(.answered(status: Int(head.status.code), retryAfter: wait))
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.succeed(.failed(.connection))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure: Outcome.Failure =
            switch error {
            case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: .certificate
            case is HTTPParserError, is HeadLimit.Exceeded: .malformed
            default: .connection
            }
        outcome.succeed(.failed(failure))
        context.close(promise: nil)
    }
}

/// Ends a connection whose answer's head has no end.
final class HeadLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Exceeded: Error {}

    static let bytesMax = 65_536
    private var bytes = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytes
        guard bytes <= Self.bytesMax else {
            context.fireErrorCaught(Exceeded())
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}
