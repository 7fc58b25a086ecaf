internal import Bus
internal import DequeModule
internal import Wire

/// One stream or one replay on its way to a tap: where it stands, what is about to be sent, what it waits for.
struct TapFlow {
    enum Kind: Equatable {
        case stream
        /// `to` as it was asked for; 0 for the newest.
        case replay(to: UInt64)
    }

    /// Whether a page of the log is on its way.
    enum Asking: Equatable {
        case no
        case waiting(id: UInt64)
        case resting(until: ContinuousClock.Instant)
    }

    /// Credit beyond is not worth more: a tap grants anew long before.
    static let creditMax = 1_000_000
    /// What one replay gives at most (docs/protocol.md §7).
    static let replayEventsMax: UInt64 = 10_000
    /// State events kept for a stream that is behind; their values are superseded by later ones, so the oldest go.
    static let statesMax = 256
    /// Between two tries to send to a peer whose queue is full.
    static let retryFirst: Duration = .milliseconds(2)
    static let retryLast: Duration = .milliseconds(50)

    let peer: Peer
    let grant: TapAccess.Grant
    let kind: Kind
    /// What the log is read from next.
    private(set) var next: UInt64
    /// The last offset of a replay, once it is known.
    private(set) var end: UInt64?
    private(set) var epoch: String?
    private(set) var credit: Int
    private(set) var queue: Deque<TapMessage> = []
    private var states: Deque<(after: UInt64, message: TapMessage)> = []
    var asking = Asking.no
    private(set) var progressAt: ContinuousClock.Instant
    /// Nil where the peer takes what it is sent.
    private(set) var retryAt: ContinuousClock.Instant?
    private var retryWait = Self.retryFirst

    init(
        _ kind: Kind, from: UInt64, credit: UInt32, peer: Peer, grant: TapAccess.Grant, now: ContinuousClock.Instant
    ) {
        self.kind = kind
        self.peer = peer
        self.grant = grant
        next = max(from, 1)
        self.credit = kind == .stream ? min(Int(credit), Self.creditMax) : .max
        progressAt = now
    }

    /// What to do for more to send.
    enum Step: Equatable {
        /// There is something in the queue.
        case ready
        /// Take these offsets, from memory or from the log.
        case read(ClosedRange<UInt64>)
        /// Nothing to do until something comes.
        case idle
        case finish(TapMessage)
    }

    /// - Parameter position: the tenant's epoch and newest offset; nil while they are not known.
    mutating func step(_ position: (epoch: String, newest: UInt64)?) -> Step {
        guard queue.isEmpty else { return .ready }
        guard let position else { return .idle }
        if let epoch, epoch != position.epoch { return .finish(.refused(.conflict)) }
        epoch = position.epoch
        var limit = position.newest
        if case .replay(let to) = kind {
            if next > position.newest { return .finish(.end(end ?? position.newest)) }
            let wanted = to == 0 ? position.newest : min(to, position.newest)
            let end = end ?? min(wanted, next + (Self.replayEventsMax - 1))
            self.end = end
            if next > end { return .finish(.end(end)) }
            limit = end
        } else if let first = states.first {
            if first.after < next {
                while let state = states.first, state.after < next {
                    queue.append(state.message)
                    states.removeFirst()
                }
                return .ready
            }
            limit = min(limit, first.after)
        }
        return next <= limit ? .read(next...limit) : .idle
    }

    /// What was read. Begins at `next`, without a gap; anything else is left out.
    mutating func take(offset: UInt64, _ envelope: Envelope) {
        guard offset == next else { return }
        next += 1
        append(envelope)
    }

    private mutating func append(_ envelope: Envelope) {
        guard let message = message(envelope) else { return }
        queue.append(message)
    }

    private func message(_ envelope: Envelope) -> TapMessage? {
        let scope = grant.tap.scope
        guard scope.isWhole || scope.admits(envelope.scope, event: envelope.eventName) else { return nil }
        return envelope.tapMessage(in: grant.tenant, showsText: scope.showsText)
    }

    /// A state event that passes when the log stands at `newest`.
    ///
    /// - Returns: whether an older one had to go for it.
    mutating func passed(_ envelope: Envelope, newest: UInt64) -> Bool {
        guard kind == .stream, let message = message(envelope) else { return false }
        states.append((newest, message))
        guard states.count > Self.statesMax else { return false }
        states.removeFirst()
        return true
    }

    mutating func grantCredit(_ more: UInt32) { credit = min(credit + Int(more), Self.creditMax) }

    /// What is to be sent now; nil for nothing, or without credit.
    var front: TapMessage? { credit > 0 ? queue.first : nil }

    mutating func sent(now: ContinuousClock.Instant) {
        queue.removeFirst()
        if kind == .stream { credit -= 1 }
        progressAt = now
        retryAt = nil
        retryWait = Self.retryFirst
    }

    mutating func isFull(now: ContinuousClock.Instant) {
        // It may have had nothing to send for long: from now on it counts.
        if retryWait == Self.retryFirst { progressAt = now }
        retryAt = now + retryWait
        retryWait = min(retryWait * 2, Self.retryLast)
    }

    mutating func retried() { retryAt = nil }

    /// Whether it has something to send, and credit, and got nothing off since then.
    func isStalled(since then: ContinuousClock.Instant) -> Bool { front != nil && progressAt <= then }

    /// What waited for nothing but credit has not stalled.
    mutating func rested(now: ContinuousClock.Instant) { progressAt = now }
}
