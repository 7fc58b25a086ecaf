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

    /// What there is behind the paths.
    struct Routes: Sendable {
        let ops: OpsRoute
        let events: EventsRoute
        let pushKey: PushKeyRoute
        let files: FileExchange
        let web: WebFiles
        /// Nil where the demo does not run.
        let demo: DemoRoute?
    }

    private let http: HTTP1Channel
    private let logger: Logger

    init(_ context: GatewayContext, _ routes: Routes, loop: @escaping @Sendable (any EventLoop) -> LoopPort?) {
        logger = context.logger
        let bodyTimeout = TimeAmount(context.policy.bodyTimeout)
        http = HTTP1Channel(
            responder: { request, writer, channel in
                guard let loop = loop(channel.eventLoop) else { return try await channel.close() }
                // HTTP/1.1 needs a Host (RFC 9112 §3.2).
                guard request.head.authority != nil else {
                    return try await Self.send(
                        HTTPAnswer(.badRequest("host"), closes: true), to: request, writer, channel)
                }
                if request.uri.path == EventsRoute.path {
                    switch await routes.events.open(request, channel, loop) {
                    case .answer(let answer): try await Self.send(answer, to: request, writer, channel)
                    case .stream(let fields, let queue): try await Self.stream(queue, fields, writer)
                    }
                    return
                }
                if FileExchange.takes(request.uri.path) {
                    return try await routes.files.serve(request, writer, channel, loop)
                }
                // A body may drip for so long that nothing else ends it.
                let deadline = channel.eventLoop.scheduleTask(in: bodyTimeout + Self.replyTimeout) {
                    channel.close(promise: nil)
                }
                defer { deadline.cancel() }
                if request.headers[.expect]?.lowercased() == "100-continue" {
                    try await writer.writeInformationalHead(HTTPResponse(status: .continue))
                }
                let answer = await Self.answer(request, routes, loop)
                try await Self.send(answer, to: request, writer, channel)
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
        _ request: HummingbirdCore.Request, _ routes: Routes, _ loop: LoopPort
    ) async -> HTTPAnswer {
        switch request.uri.path {
        case OpsRoute.path: return await routes.ops.answer(request, loop: loop)
        case PushKeyRoute.path: return routes.pushKey.answer(request)
        case "/v1/ws":
            guard request.method == .get else { return .wrongMethod(allowed: "GET") }
            // Only a connection's first request can become a WebSocket.
            var answer = HTTPAnswer(.badRequest("upgrade"), status: 426, closes: true)
            answer.fields[.upgrade] = "websocket"
            return answer
        case let path:
            if let answer = await routes.demo?.answer(request, path) { return answer }
            return routes.web.answer(request.method, path, request.headers) ?? .unknownPath
        }
    }

    static func send(
        _ answer: HTTPAnswer, to request: HummingbirdCore.Request, _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        var answer = answer
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
    }

    private static func stream(_ queue: EventQueue, _ fields: HTTPFields, _ writer: consuming ResponseWriter)
        async throws
    {
        var body = try await writer.writeHead(HTTPResponse(status: .ok, headerFields: fields))
        while let chunks = await queue.next() { try await body.write(contentsOf: chunks) }
        try await body.finish(nil)
    }

    /// Takes the channel over, synchronously, on its event loop.
    ///
    /// - Returns: false where that failed; the channel is to be closed then.
    func take(_ channel: any Channel, loop: GatewayLoop) -> Bool {
        guard (try? channel.pipeline.syncOperations.addHandler(ClientWatch())) != nil else { return false }
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
