internal import NIOCore
internal import Operations

/// Looks at the first bytes of a connection: a request for `/v1/ws` becomes a WebSocket in a pipeline of one handler,
/// everything else goes to ordinary HTTP, bytes and all.
///
/// NIO's own upgraders accept what RFC 6455 refuses and leave requests without an answer where an Upgrade header is
/// not honoured; see docs/decisions.
final class HeadPeek: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Room for a token in `Authorization`, and what HTTP's own limit is set to.
    static let headBytesMax = 16_384
    private static let wanted = Array("GET /v1/ws".utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)

    private let loop: GatewayLoop
    private let isPlain: Bool
    /// Turns the channel into an HTTP one, synchronously.
    private let http: (any Channel) -> Bool
    private var buffer = ByteBuffer()
    /// From where the end of the head has not been looked for.
    private var searched = 0
    private var context: ChannelHandlerContext?
    /// The first request is complete, or the connection is closed.
    private(set) var isDone = false

    /// - Parameter isPlain: what is written goes to the socket as it is.
    init(loop: GatewayLoop, isPlain: Bool, http: @escaping (any Channel) -> Bool) {
        self.loop = loop
        self.isPlain = isPlain
        self.http = http
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.watch(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isDone = true
        self.context = nil
    }

    func cut() { context?.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        isDone = true
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed, !isDone { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
        let view = buffer.readableBytesView
        let count = min(view.count, Self.wanted.count)
        guard view.prefix(count).elementsEqual(Self.wanted.prefix(count)), isEndOfPath(view, at: count) else {
            return passToHTTP(context)
        }
        guard let length = endOfHead() else {
            searched = view.count
            if view.count > Self.headBytesMax { answer(.refused(.head), context) }
            return
        }
        let head = length > Self.headBytesMax ? nil : RequestHead(Array(view.prefix(length)))
        buffer.moveReaderIndex(forwardBy: length + Self.headEnd.count)
        var handshake = Handshake(head)
        let address = context.channel.remoteAddress?.ipAddress ?? ""
        if case .accepted = handshake, !loop.context.greetings.begin(address) { handshake = .refused(.tooMany) }
        answer(handshake, context, address)
    }

    /// How long the head is without the empty line at its end; nil while that has not come.
    private func endOfHead() -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            var place = max(0, searched - Self.headEnd.count + 1)
            while place + Self.headEnd.count <= bytes.count {
                if bytes[place] == Self.headEnd[0],
                    bytes[place..<place + Self.headEnd.count].elementsEqual(Self.headEnd)
                {
                    return place
                }
                place += 1
            }
            return nil
        }
    }

    private func isEndOfPath(_ view: ByteBufferView, at count: Int) -> Bool {
        guard count == Self.wanted.count, view.count > count else { return true }
        let next = view[view.startIndex + count]
        return next == UInt8(ascii: " ") || next == UInt8(ascii: "?")
    }

    private func answer(_ handshake: Handshake, _ context: ChannelHandlerContext, _ address: String = "") {
        isDone = true
        var response = ByteBuffer(string: handshake.response)
        switch handshake {
        case .refused(let refused):
            loop.context.metrics.refused(refused)
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(response)).whenComplete { _ in channel.close(promise: nil) }
        case .accepted(let upgrade):
            loop.context.metrics.upgrades.add()
            loop.refreshNow()
            let direct = DirectWriter(context.channel, isPlain: isPlain)
            response.moveReaderIndex(forwardBy: direct?.send(response) ?? 0)
            if response.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(response), promise: nil) }
            let handler = ConnectionHandler(upgrade, address: address, direct: direct, loop: loop)
            do {
                try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
                passOn(context)
            } catch {
                loop.context.greetings.end(address)
                context.close(promise: nil)
            }
        }
    }

    private func passToHTTP(_ context: ChannelHandlerContext) {
        isDone = true
        guard http(context.channel) else { return context.close(promise: nil) }
        passOn(context)
    }

    /// What was read goes to the handlers that are there now, and this one goes.
    private func passOn(_ context: ChannelHandlerContext) {
        let rest = buffer
        buffer = ByteBuffer()
        if rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(rest))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
