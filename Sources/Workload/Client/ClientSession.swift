public import Wire

/// A client's side of the contract as a value: connects, comes back with its position, sends what was not acknowledged
/// again. Inputs and `now` in, actions out; `ChatClient` performs them.
public struct ClientSession: Sendable {
    public enum Action: Equatable, Sendable {
        /// Opens a connection with a fresh token; `opened` or `closed` follows.
        case connect
        case send([UInt8])
        case disconnect
        /// Calls `woke` after that time, however many wake-ups are on their way already.
        case wake(after: Duration)
        /// Calls `renewed` with a fresh token.
        case renewToken
        case notify(Notice)
    }

    public enum Notice: Equatable, Sendable {
        /// The reply to `hello`. Not resumed: what was known before may have gaps and has to be read again.
        case greeted(JSONTree, resumed: Bool)
        case event(JSONTree)
        /// A command's reply, for good.
        case answered(ref: String, JSONTree)
        /// The connection broke, or none came about; the next try comes after `retry`.
        case lost(reason: String, retry: Duration)
        /// No further try.
        case ended(reason: String)
    }

    private enum Phase {
        case idle
        case connecting
        case greeting
        case live(since: ContinuousClock.Instant)
        case waiting(until: ContinuousClock.Instant)
        case ended
    }

    /// How long `hello` may wait for its answer.
    static let greetingTime: Duration = .seconds(15)
    /// No frame for `heartbeat_ms` and this: the client reconnects (docs/protocol.md §2).
    static let heartbeatGrace: Duration = .seconds(10)

    private let client: String
    private var phase = Phase.idle
    private var outbox = Outbox()
    private var failures = 0
    private var window = Reconnect.defaultWindow
    private var heartbeat: Duration = .seconds(25)
    private var heardAt: ContinuousClock.Instant?
    private var refusal: String?
    /// The position to come back with.
    private(set) public var since: UInt64?
    private(set) public var epoch: String?

    /// `client`: the name that `hello` gives.
    public init(client: String) { self.client = client }

    /// Commands without a reply.
    public var unacknowledged: Int { outbox.count }

    public mutating func start() -> [Action] {
        guard case .idle = phase else { return [] }
        phase = .connecting
        return [.connect]
    }

    public mutating func opened(token: String, now: ContinuousClock.Instant) -> [Action] {
        guard case .connecting = phase else { return [] }
        phase = .greeting
        heardAt = now
        refusal = nil
        return [.send(hello(token: token)), .wake(after: Self.greetingTime)]
    }

    public mutating func received(_ bytes: [UInt8], now: ContinuousClock.Instant) -> [Action] {
        heardAt = now
        guard let frame = JSONTree(bytes) else { return [] }
        if let event = frame["event"]?.text { return happened(event, frame) }
        guard let ref = frame["ref"]?.text, let isOK = frame["ok"]?.flag else { return [] }
        if case .greeting = phase, ref == Self.helloRef { return greeted(frame, isOK: isOK, now: now) }
        if !isOK, let wait = frame["error"]?["retry_after_ms"]?.number {
            let pause = Duration.milliseconds(Int64(clamping: wait))
            return outbox.postponed(ref, to: now + pause) ? [.wake(after: pause)] : []
        }
        guard outbox.answered(ref) else { return [] }
        return [.notify(.answered(ref: ref, frame))] + flush(now: now)
    }

    /// The connection ended, or none came about (`code` nil).
    public mutating func closed(
        code: UInt16?, reason: String, now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator
    ) -> [Action] {
        switch phase {
        case .idle, .waiting, .ended: return []
        case .live(let since) where now - since >= Reconnect.stable: failures = 0
        case .live where CloseAdvice(code: code) == .comeBack: break
        case .live, .connecting, .greeting: failures += 1
        }
        outbox.disconnected()
        let shown = refusal ?? (reason.isEmpty ? code.map { "closed with \($0)" } ?? "no connection" : reason)
        guard CloseAdvice(code: code) != .final else {
            phase = .ended
            return [.notify(.ended(reason: shown))]
        }
        let drawn = Reconnect.delay(failures: failures, window: window, using: &random)
        let delay = max(drawn, retryHint(in: reason) ?? .zero)
        phase = .waiting(until: now + delay)
        return [.notify(.lost(reason: shown, retry: delay)), .wake(after: delay)]
    }

    /// A time that `wake` asked for has come.
    public mutating func woke(now: ContinuousClock.Instant) -> [Action] {
        switch phase {
        case .idle, .connecting, .ended: return []
        case .waiting(let time):
            guard time <= now else { return [.wake(after: time - now)] }
            phase = .connecting
            return [.connect]
        case .greeting:
            guard let heardAt, now - heardAt >= Self.greetingTime else { return [] }
            return [.disconnect]
        case .live:
            let silence = heardAt.map { now - $0 } ?? .zero
            let patience = heartbeat + Self.heartbeatGrace
            guard silence < patience else { return [.disconnect] }
            return flush(now: now) + (outbox.retryAt == nil ? [.wake(after: patience - silence)] : [])
        }
    }

    /// Puts a command into the outbox: sent now or when its turn comes, again after each lost connection, until it has
    /// a reply that is for good. `ref` comes back with that and is the caller's to keep unique.
    public mutating func submit(
        _ op: Op, ref: String, now: ContinuousClock.Instant, _ fields: (inout JSONWriter) -> Void
    ) -> [Action] {
        outbox.add(Outbox.Entry(ref: ref, bytes: Self.command(op, ref: ref, fields)))
        return flush(now: now)
    }

    /// Sends a command that is worth something only now, such as `typing`; without a connection it is forgotten.
    public mutating func signal(_ op: Op, _ fields: (inout JSONWriter) -> Void) -> [Action] {
        guard case .live = phase else { return [] }
        return [.send(Self.command(op, ref: nil, fields))]
    }

    /// A fresh token for the present connection.
    public mutating func renewed(token: String) -> [Action] {
        signal(.tokenRefresh) { $0.field("token", token) }
    }

    public mutating func stop() -> [Action] {
        phase = .ended
        return [.disconnect]
    }

    private static let helloRef = "hello"

    private static func command(_ op: Op, ref: String?, _ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("op", op.rawValue)
        if let ref { writer.field("ref", ref) }
        fields(&writer)
        writer.endObject()
        return writer.bytes
    }

    private func hello(token: String) -> [UInt8] {
        Self.command(.hello, ref: Self.helloRef) { writer in
            writer.field("protocol", "1")
            writer.field("token", token)
            if let since, let epoch {
                writer.field("since", since)
                writer.field("epoch", epoch)
            }
            writer.key("client")
            writer.beginObject()
            writer.field("name", client)
            writer.field("transport", "ws")
            writer.field("attempt", UInt64(failures))
            writer.endObject()
        }
    }

    private mutating func greeted(_ frame: JSONTree, isOK: Bool, now: ContinuousClock.Instant) -> [Action] {
        guard isOK else {
            // The close follows and says what to do.
            refusal = frame["error"]?["message"]?.text ?? frame["error"]?["code"]?.text
            return []
        }
        phase = .live(since: now)
        let resumed = frame["resumed"]?.flag ?? false
        if !resumed { since = nil }
        epoch = frame["epoch"]?.text
        if let milliseconds = frame["retry_window_ms"]?.number { window = .milliseconds(Int64(clamping: milliseconds)) }
        if let milliseconds = frame["heartbeat_ms"]?.number { heartbeat = .milliseconds(Int64(clamping: milliseconds)) }
        return [.notify(.greeted(frame, resumed: resumed))] + flush(now: now)
            + [.wake(after: heartbeat + Self.heartbeatGrace)]
    }

    private mutating func happened(_ event: String, _ frame: JSONTree) -> [Action] {
        switch event {
        case "mark":
            if let offset = frame["offset"]?.number { since = max(since ?? 0, offset) }
            return []
        case "token.expiring":
            return [.renewToken]
        default:
            if let offset = frame["offset"]?.number {
                // Delivered before: by the former connection.
                if let since, offset <= since { return [] }
                since = offset
            }
            return [.notify(.event(frame))]
        }
    }

    private mutating func flush(now: ContinuousClock.Instant) -> [Action] {
        guard case .live = phase else { return [] }
        if let bytes = outbox.next(now: now) { return [.send(bytes)] }
        if let retryAt = outbox.retryAt { return [.wake(after: max(.zero, retryAt - now))] }
        return []
    }
}
