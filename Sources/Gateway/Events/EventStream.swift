internal import NIOCore
internal import Wire

/// One stream of server-sent events, as decisions: pages, events and time go in, bytes come out.
///
/// - Source: the format is WHATWG HTML §9.2.
struct EventStream {
    enum Action: Equatable {
        /// Another page, after this offset.
        case ask(since: UInt64)
        /// As in `EventPoll`.
        case goLive
        /// The log is no longer the one that the stream began with.
        case end
    }

    /// What time brings.
    enum Timed: Equatable {
        case write(ByteBuffer)
        /// A mark is due; the shell knows where.
        case mark
        case end
    }

    /// How long a stream may be silent: proxies cut silent connections after half a minute or more, and a comment is
    /// what the standard advises every 15 seconds (WHATWG HTML §9.2.7).
    static let silenceMax: Duration = .seconds(15)

    private let heartbeat: Duration
    private let retryWindowMs: UInt64
    private var epoch: String?
    private(set) var isLive = false
    private var lastSent: ContinuousClock.Instant
    private var lastMark: ContinuousClock.Instant
    private let expires: (at: Timestamp, instant: ContinuousClock.Instant)
    private var isWarned = false

    /// - Parameters:
    ///   - retryWindowMs: over how long clients spread when they come back.
    ///   - expires: when the token ends.
    init(
        _ policy: Policy, retryWindowMs: UInt64, expires: Timestamp, at wall: Timestamp, now: ContinuousClock.Instant
    ) {
        heartbeat = policy.heartbeat
        self.retryWindowMs = retryWindowMs
        lastSent = now
        lastMark = now
        self.expires = (expires, now + .milliseconds(expires.milliseconds - wall.milliseconds))
    }

    /// - Parameter since: the client's position.
    mutating func received(_ page: CatchUpPage, since: UInt64?, now: ContinuousClock.Instant) -> (ByteBuffer, Action) {
        var bytes = ByteBuffer()
        lastSent = now
        if epoch == nil {
            epoch = page.epoch
            bytes.writeString("retry: \(retryWindowMs)\n\n")
            let from = page.resumed ? since ?? page.reached : page.reached
            Self.write(Self.opening(page, from: from), id: from, to: &bytes)
        } else if !page.resumed || page.epoch != epoch {
            return (bytes, .end)
        }
        for event in page.events { Self.write(event.json, id: event.offset, to: &bytes) }
        return (bytes, page.complete ? .goLive : .ask(since: page.reached))
    }

    mutating func wentLive(_ page: CatchUpPage, _ held: [GivenEvent], now: ContinuousClock.Instant) -> ByteBuffer {
        isLive = true
        var bytes = ByteBuffer()
        for state in page.states { Self.write(state, id: nil, to: &bytes) }
        Self.write(GatewayFrame.mark(offset: page.reached, isLive: true).bytes, id: page.reached, to: &bytes)
        bytes.writeImmutableBuffer(happened(held, now: now))
        lastMark = now
        return bytes
    }

    mutating func happened(_ events: [GivenEvent], now: ContinuousClock.Instant) -> ByteBuffer {
        lastSent = now
        // What has an offset moves the client on by itself.
        if events.contains(where: { $0.offset > 0 }) { lastMark = now }
        let capacity = events.reduce(0) { $0 + $1.json.readableBytes + 40 }
        var bytes = ByteBufferAllocator().buffer(capacity: capacity)
        for event in events {
            Self.write(event.json.readableBytesView, id: event.offset > 0 ? event.offset : nil, to: &bytes)
        }
        return bytes
    }

    mutating func marked(_ offset: UInt64, now: ContinuousClock.Instant) -> ByteBuffer {
        lastMark = now
        lastSent = now
        var bytes = ByteBuffer()
        Self.write(GatewayFrame.mark(offset: offset).bytes, id: offset, to: &bytes)
        return bytes
    }

    /// What a stream that goes away says last.
    func draining() -> ByteBuffer {
        var bytes = ByteBuffer()
        let event = GatewayFrame.draining(closesInMs: 0, retryWindowMs: retryWindowMs)
        Self.write(event.bytes, id: nil, to: &bytes)
        return bytes
    }

    /// What is due, in order; ask for `nextDeadline` afterwards.
    mutating func due(now: ContinuousClock.Instant) -> [Timed] {
        guard expires.instant > now else { return [.end] }
        var timed: [Timed] = []
        if !isWarned, expires.instant - Connection.expiryWarning <= now, epoch != nil {
            isWarned = true
            var bytes = ByteBuffer()
            Self.write(GatewayFrame.tokenExpiring(at: expires.at).bytes, id: nil, to: &bytes)
            timed.append(.write(bytes))
        }
        if isLive, markDeadline <= now {
            timed.append(.mark)
        } else if epoch != nil, lastSent + Self.silenceMax <= now {
            lastSent = now
            timed.append(.write(ByteBuffer(string: ":\n\n")))
        }
        return timed
    }

    var nextDeadline: ContinuousClock.Instant {
        var next = min(expires.instant, lastSent + Self.silenceMax)
        if !isWarned { next = min(next, expires.instant - Connection.expiryWarning) }
        if isLive { next = min(next, markDeadline) }
        return next
    }

    /// A mark has to be there within `heartbeat`, and the timer is coarse.
    private var markDeadline: ContinuousClock.Instant { lastMark + heartbeat - TimerWheel.tick * 2 }

    /// The first event tells what a poll's answer tells: from where this goes on, in which epoch.
    private static func opening(_ page: CatchUpPage, from offset: UInt64) -> [UInt8] {
        var writer = JSONWriter(capacity: 96)
        writer.beginObject()
        writer.field("event", "mark")
        writer.field("offset", offset)
        writer.field("epoch", page.epoch)
        writer.field("resumed", page.resumed)
        writer.endObject()
        return writer.bytes
    }

    /// JSON of ours has no line break in it.
    private static func write(_ json: some Collection<UInt8>, id: UInt64?, to bytes: inout ByteBuffer) {
        if let id { bytes.writeString("id: \(id)\n") }
        bytes.writeString("data: ")
        bytes.writeBytes(json)
        bytes.writeString("\n\n")
    }
}
