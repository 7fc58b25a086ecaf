internal import NIOCore

/// Accepts no more connections than there is room for: with no descriptor left, a listening socket stays readable for
/// ever and its event loop spins.
final class AcceptLimit: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let seats: ConnectionSeats
    private let accepted: () -> Void
    private var context: ChannelHandlerContext?

    /// - Parameter seats: of all listening sockets together.
    init(_ seats: ConnectionSeats, accepted: @escaping () -> Void) {
        self.seats = seats
        self.accepted = accepted
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        seats.take()
        accepted()
        unwrapInboundIn(data).closeFuture.whenComplete { [seats] _ in seats.give() }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard !seats.areLeft else { return context.read() }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        seats.wait { handler.eventLoop.execute { handler.value.context?.read() } }
    }
}
