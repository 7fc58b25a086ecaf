internal import NIOCore

/// Accepts no more connections than there is room for: with no descriptor left, a listening socket stays readable for
/// ever and its event loop spins.
final class AcceptLimit: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let connectionsMax: Int
    private let accepted: () -> Void
    private var count = 0
    private var isWaiting = false
    private var context: ChannelHandlerContext?

    init(connectionsMax: Int, accepted: @escaping () -> Void) {
        self.connectionsMax = connectionsMax
        self.accepted = accepted
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += 1
        accepted()
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).whenComplete { _ in handler.value.closed() }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard count < connectionsMax else {
            isWaiting = true
            return
        }
        context.read()
    }

    private func closed() {
        count -= 1
        guard isWaiting, count < connectionsMax else { return }
        isWaiting = false
        context?.read()
    }
}
