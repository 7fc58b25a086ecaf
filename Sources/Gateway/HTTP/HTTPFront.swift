internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Wire

/// Everything on the gateway's port that is not a WebSocket: Hummingbird's HTTP/1.1 on a channel that was peeked at.
struct HTTPFront: Sendable {
    /// Between requests, and for a head or body that stands still.
    static let idleTimeout: TimeAmount = .seconds(30)
    /// How long a client has to take the answer before a connection that can't go on is cut.
    static let lastAnswerTimeout: TimeAmount = .seconds(2)

    private let http: HTTP1Channel
    private let logger: Logger

    init(
        _ context: GatewayContext, web: WebFiles, demo: DemoRoute?,
        loop: @escaping @Sendable (any EventLoop) -> LoopPort?
    ) {
        logger = context.logger
        let ops = OpsRoute(context: context)
        let bodyTimeout = TimeAmount(context.policy.bodyTimeout)
        http = HTTP1Channel(
            responder: { request, writer, channel in
                guard let loop = loop(channel.eventLoop) else { return try await channel.close() }
                // A body may drip for so long that nothing else ends it.
                let deadline = channel.eventLoop.scheduleTask(in: bodyTimeout + Self.replyTimeout) {
                    channel.close(promise: nil)
                }
                defer { deadline.cancel() }
                if request.headers[.expect]?.lowercased() == "100-continue" {
                    try await writer.writeInformationalHead(HTTPResponse(status: .continue))
                }
                var answer = await Self.answer(request, ops, web, demo, loop)
                // NIO's decoder reads nothing after a request to upgrade.
                if request.headers[.upgrade] != nil { answer.closes = true }
                if answer.closes { answer.fields[.connection] = "close" }
                let head = HTTPResponse(status: answer.status, headerFields: answer.fields)
                if answer.body.readableBytes == 0 || request.method == .head {
                    try await writer.writeResponse(head)
                } else {
                    try await writer.write(response: head, body: ResponseBody(byteBuffer: answer.body))
                }
                guard answer.closes else { return }
                channel.eventLoop.scheduleTask(in: Self.lastAnswerTimeout) { channel.close(promise: nil) }
                try await channel.close(mode: .output)
            },
            configuration: .init(
                idleTimeout: Self.idleTimeout,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: HeadPeek.headBytesMax, maxHeaderListSize: HeadPeek.headBytesMax,
                    maxHeaderFieldCount: RequestHead.fieldsMax)))
    }

    /// A router's answer is given up for after this long, so a request that lasts longer has a body that drips.
    private static let replyTimeout = TimeAmount(RouterLink.requestTimeout) + .seconds(2)

    private static func answer(
        _ request: HummingbirdCore.Request, _ ops: OpsRoute, _ web: WebFiles, _ demo: DemoRoute?,
        _ loop: LoopPort
    ) async -> HTTPAnswer {
        // HTTP/1.1 needs a Host (RFC 9112 §3.2).
        guard request.head.authority != nil else { return HTTPAnswer(.badRequest("host"), closes: true) }
        switch request.uri.path {
        case OpsRoute.path: return await ops.answer(request, loop: loop)
        case "/v1/ws":
            guard request.method == .get else { return .wrongMethod(allowed: "GET") }
            // Only a connection's first request can become a WebSocket.
            var answer = HTTPAnswer(.badRequest("upgrade"), status: 426, closes: true)
            answer.fields[.upgrade] = "websocket"
            return answer
        case let path:
            if let answer = await demo?.answer(request, path) { return answer }
            return web.answer(request.method, path, request.headers) ?? .unknownPath
        }
    }

    /// Takes the channel over, synchronously, on its event loop.
    ///
    /// - Returns: false where that failed; the channel is to be closed then.
    func take(_ channel: any Channel, loop: GatewayLoop) -> Bool {
        var isTaken = false
        http.setup(channel: channel, logger: logger).assumeIsolated().whenSuccess { value in
            isTaken = true
            Task { await http.handle(value: value, logger: logger) }
        }
        guard isTaken else { return false }
        loop.addHTTP(channel)
        let bound = NIOLoopBound(loop, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in bound.value.removeHTTP(channel) }
        return true
    }
}
