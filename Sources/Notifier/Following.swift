internal import Tap
internal import Wire

/// One tenant's stream, from where it was left: a `TapFollower` that knows which epoch its offsets are of. A heartbeat
/// comes first on each connection and says so; until then what else comes is held.
struct Following: Equatable, Sendable {
    enum Action: Equatable, Sendable {
        case send(TapRequest)
        case reconnect
        case take(offset: UInt64, json: [UInt8])
        /// What the log no longer holds is missed: offsets from `from` up to `oldest`, exclusive.
        case missed(from: UInt64, oldest: UInt64)
        /// The tenant was restored to an earlier point: it is followed from its newest event on.
        case restored
        /// The tap is not let in, or asks too much.
        case refused(Refusal.Code)
    }

    private var follower: TapFollower
    private(set) var epoch: String?
    private var isHeard = false
    /// Bounded by the credit that the follower grants.
    private var held: [TapMessage] = []

    /// - Parameters:
    ///   - next: the next event's offset; 0: from the newest on.
    ///   - epoch: of `next`.
    init(next: UInt64, epoch: String?, now: ContinuousClock.Instant) {
        let start: TapFollower.Start = next > 0 && epoch != nil ? .offset(next) : .newest
        follower = TapFollower(start, isWhole: false, now: now)
        self.epoch = epoch
    }

    /// The next event's offset; 0 while it is not known.
    var next: UInt64 { follower.next }

    mutating func opened(now: ContinuousClock.Instant) -> [Action] {
        isHeard = false
        held = []
        return perform(follower.opened(now: now), now: now)
    }

    mutating func received(_ message: TapMessage, now: ContinuousClock.Instant) -> [Action] {
        guard !isHeard, case .event(_, let offset, let json) = message else {
            return perform(follower.received(message, now: now), now: now)
        }
        guard offset == 0, let heartbeat = EventPeek(json), let epoch = heartbeat.epoch else {
            held.append(message)
            return []
        }
        isHeard = true
        defer { held = [] }
        if let known = self.epoch, known != epoch {
            self.epoch = epoch
            follower = TapFollower(.newest, isWhole: false, now: now)
            return [.restored] + perform(follower.opened(now: now), now: now)
        }
        self.epoch = epoch
        return ([message] + held).flatMap { perform(follower.received($0, now: now), now: now) }
    }

    mutating func ticked(now: ContinuousClock.Instant) -> [Action] { perform(follower.ticked(now: now), now: now) }

    private mutating func perform(_ actions: [TapFollower.Action], now: ContinuousClock.Instant) -> [Action] {
        actions.flatMap { action -> [Action] in
            switch action {
            case .send(let request): return [.send(request)]
            case .reconnect: return [.reconnect]
            case .deliver(_, let offset, let json): return offset > 0 ? [.take(offset: offset, json: json)] : []
            case .fail(.refused(let code)): return [.refused(code)]
            case .fail(.gone(let oldest)):
                let from = follower.next
                follower = TapFollower(.offset(oldest), isWhole: false, now: now)
                return [.missed(from: from, oldest: oldest)] + perform(follower.opened(now: now), now: now)
            }
        }
    }
}
