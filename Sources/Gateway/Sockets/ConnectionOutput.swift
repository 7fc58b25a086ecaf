internal import NIOCore
internal import Operations
internal import Wire

/// What a connection is sent, and how it ends.
extension ConnectionHandler {
    /// - Parameter json: nil where the client wants no reply.
    func replied(_ json: [UInt8]?) {
        connection.replied()
        if let json { send(json) }
    }

    func expired(_ ref: String?, _ refusal: Refusal, _ op: Op) {
        connection.replied()
        refuse(ref: ref, refusal, op)
    }

    /// An event that may be left out: false where the connection is behind.
    func tell(_ bytes: ByteBuffer) -> Bool {
        guard context?.channel.isWritable == true else { return false }
        write(bytes)
        return true
    }

    /// Events; the caller flushes.
    func deliver(_ bytes: ByteBuffer) {
        guard connection.phase != .closing, context != nil else { return }
        spill()
        queue(bytes)
        needsFlush = true
    }

    /// Events that are all there is to write in this round, flushed with that.
    func deliverAlone(_ bytes: ByteBuffer) {
        guard !needsFlush, isDirect, connection.phase != .closing, let rest = sent(bytes) else {
            deliver(bytes)
            return flush()
        }
        connection.sent(now: loop.now)
        guard rest.readableBytes > 0 else { return }
        deliver(rest)
        flush()
    }

    func flush() {
        guard needsFlush, let context else { return }
        needsFlush = false
        connection.sent(now: loop.now)
        if held.readableBytes > 0 {
            held = sent(held) ?? held
            guard held.readableBytes > 0 else {
                held = ByteBuffer()
                return
            }
            spill()
        }
        context.flush()
        guard !context.channel.isWritable, connection.phase != .closing else { return }
        if queuedBytes > loop.context.policy.outboundBytesMax { close(.tooSlow) }
    }

    /// Nothing is before it in the channel's queue, and it has no use for the channel otherwise.
    private var isDirect: Bool {
        guard direct != nil else { return false }
        if mayBeQueued { mayBeQueued = queuedBytes > 0 }
        return !mayBeQueued
    }

    /// What the kernel has not taken; nil where the socket is gone.
    private func sent(_ bytes: ByteBuffer) -> ByteBuffer? {
        guard let direct, context?.channel.isActive == true else { return nil }
        var rest = bytes
        rest.moveReaderIndex(forwardBy: direct.send(bytes))
        return rest
    }

    private func queue(_ bytes: ByteBuffer) {
        context?.write(wrapOutboundOut(bytes), promise: nil)
        mayBeQueued = true
    }

    /// What is held goes to the channel, before what follows.
    private func spill() {
        guard held.readableBytes > 0 else { return }
        queue(held)
        held = ByteBuffer()
    }

    private var queuedBytes: Int {
        // A channel that does not say is closing.
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func timePassed() {
        for timed in connection.due(now: loop.now, at: loop.context.wallClock()) {
            switch timed {
            case .mark: if let offset = loop.mark(self) { send(GatewayFrame.mark(offset: offset).bytes) }
            case .ping: write(WebSocketFrame.frame(.ping, []))
            case .tokenExpiring(let at): send(GatewayFrame.tokenExpiring(at: at).bytes)
            case .close(let code): close(code)
            case .cut: cut()
            }
        }
        flush()
    }

    func drain(after delay: Duration) {
        connection.drain(at: loop.now + delay)
        guard connection.phase == .live || connection.phase == .catchingUp else { return }
        let event = GatewayFrame.draining(
            closesInMs: UInt64(delay.wholeMilliseconds), retryWindowMs: loop.context.returns.windowMs)
        send(event.bytes)
        flush()
    }

    func close(_ code: CloseCode) {
        guard connection.phase != .closing, context != nil else { return }
        loop.context.metrics.closed(code)
        leave()
        write(WebSocketFrame.close(code))
        connection.beganClosing(until: loop.now + loop.context.policy.closeTimeout)
        // What the other side still sends is read over, its close among it.
        pauseReading(false)
        flush()
        loop.schedule(self)
    }

    func restart() { close(.draining) }

    func cut() { context?.close(promise: nil) }

    func echo(_ code: UInt16?) {
        guard let context else { return }
        leave()
        let frame = code.map { WebSocketFrame.close(code: $0) } ?? WebSocketFrame.frame(.close, [])
        spill()
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
        connection.beganClosing(until: loop.now + loop.context.policy.closeTimeout)
        loop.schedule(self)
    }

    func send(_ json: [UInt8]) { write(WebSocketFrame.text(json)) }

    func refuse(ref: String?, _ refusal: Refusal, _ op: Op?) {
        if let op {
            loop.context.metrics.carriedOut(op, refusal.code)
        } else {
            loop.context.metrics.refused(refusal.code)
        }
        send(Reply(ref: ref, .failure(refusal)).bytes)
    }

    /// Joined with what else this turn of the loop has for the connection: one write for all.
    func write(_ bytes: ByteBuffer) {
        guard connection.phase != .closing, context != nil else { return }
        if !isDirect {
            queue(bytes)
        } else if held.readableBytes == 0 {
            held = bytes
        } else {
            held.writeImmutableBuffer(bytes)
        }
        guard !needsFlush else { return }
        needsFlush = true
        loop.willFlush(self)
    }
}
