internal import NIOCore

/// Notices a client that goes away while it waits for an answer: nothing is read or written then, so nothing else would.
final class ClientWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Who waits on this connection; HTTP answers one request after the other.
    var reader: EventReader?
    /// What somebody else sends on the connection's socket.
    var sending: Sending?
    private(set) var isGone = false

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        sending?.cut()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { gone() }
        context.fireUserInboundEventTriggered(event)
    }

    private func gone() {
        isGone = true
        reader?.gone()
    }
}
