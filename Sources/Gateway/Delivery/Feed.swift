internal import Wire

/// One tenant's events as they reach this gateway, put into order: what comes next goes on, what came already is
/// dropped, what comes too early waits until the gap before it is filled by replay.
struct Feed {
    enum Action: Equatable {
        /// In order and without a gap; those without an offset stand behind all that was there before them.
        case deliver([Envelope])
        /// Both inclusive.
        case replay(from: UInt64, to: UInt64)
        /// The log is not what it was, or no longer reaches back: all connections of the tenant have to start anew.
        case restart
    }

    /// What waits behind a gap, at most; what does not fit is asked for again when its turn comes.
    static let heldMax = 2_000
    /// How long a tail that only a heartbeat told of may still be on its way.
    static let grace: Duration = .milliseconds(100)
    /// After how long an unanswered replay is asked for again.
    static let replayTimeout: Duration = .seconds(1)
    /// How long to wait after «not at the moment».
    static let replayRetry: Duration = .milliseconds(250)

    private enum Asking {
        case no
        case waiting(id: UInt64, until: ContinuousClock.Instant)
        case resting(until: ContinuousClock.Instant)
    }

    private(set) var epoch: String?
    /// Everything up to here has gone on; nil until a first connection says where it stands.
    private(set) var cursor: UInt64?
    private var held: [UInt64: Envelope] = [:]
    /// Those without an offset that came before what was there before them, in order. A gateway that does not know yet who
    /// has been removed would hand them out to too many.
    private var early: [Envelope] = []
    /// What has no offset and happened before this is from a worker that is behind the former one.
    private var floor: UInt64 = 0
    /// The newest offset that anyone told of.
    private var newest: UInt64 = 0
    private var behindSince: ContinuousClock.Instant?
    private var asking = Asking.no
    /// How often something was missing and had to be asked for.
    private(set) var gaps: UInt64 = 0
    /// Events that came twice, or without an offset when too many were waiting or too late.
    private(set) var dropped: UInt64 = 0

    var heldCount: Int { held.count + early.count }

    /// The counts since the last time.
    mutating func takeCounts() -> (gaps: UInt64, dropped: UInt64) {
        defer { (gaps, dropped) = (0, 0) }
        return (gaps, dropped)
    }

    /// How many events are known of that have not gone on.
    var lag: UInt64 { cursor.map { newest > $0 ? newest - $0 : 0 } ?? 0 }

    /// A page for one of the tenant's connections came: the router stands at `newest`.
    mutating func opened(epoch: String, newest: UInt64, now: ContinuousClock.Instant) -> [Action] {
        if let current = self.epoch, current != epoch { return restart(epoch) }
        self.epoch = epoch
        self.newest = max(self.newest, newest)
        guard cursor == nil else { return [] }
        cursor = newest
        held = held.filter { $0.key > newest }
        var ready: [Envelope] = []
        release(upTo: newest, into: &ready)
        return (ready.isEmpty ? [] : [.deliver(ready)]) + advance(now: now)
    }

    mutating func received(_ pack: EventPack, now: ContinuousClock.Instant) -> [Action] {
        if let epoch, epoch != pack.epoch { return restart(pack.epoch) }
        epoch = pack.epoch
        if let cursor, held.isEmpty, early.isEmpty, isNext(pack.envelopes, after: cursor) {
            self.cursor = cursor + UInt64(pack.envelopes.count)
            newest = max(newest, cursor + UInt64(pack.envelopes.count))
            return [.deliver(pack.envelopes)]
        }
        var ready: [Envelope] = []
        for envelope in pack.envelopes {
            newest = max(newest, envelope.offset, envelope.after)
            if envelope.offset > 0 { take(envelope, into: &ready) } else { pass(envelope, into: &ready) }
        }
        return (ready.isEmpty ? [] : [.deliver(ready)]) + advance(now: now)
    }

    mutating func heard(_ position: Heartbeat.Position, now: ContinuousClock.Instant) -> [Action] {
        if let epoch, epoch != position.epoch { return restart(position.epoch) }
        newest = max(newest, position.offset)
        return advance(now: now)
    }

    /// - Parameter id: of the request that it answers.
    mutating func replayed(_ answer: ReplayAnswer, now: ContinuousClock.Instant) -> [Action] {
        guard case .waiting(let id, _) = asking, id == answer.id else { return [] }
        asking = .no
        switch answer {
        case .events(_, let pack): return received(pack, now: now)
        case .gone: return restart(nil)
        case .unavailable:
            asking = .resting(until: now + Self.replayRetry)
            return []
        }
    }

    /// The replay was asked for under this id.
    mutating func asked(_ id: UInt64, now: ContinuousClock.Instant) {
        asking = .waiting(id: id, until: now + Self.replayTimeout)
    }

    /// The replay could not be asked for, or its worker is gone.
    mutating func failed(now: ContinuousClock.Instant) { asking = .resting(until: now + Self.replayRetry) }

    /// Events come from another fan-out worker from now on, who may be far behind.
    mutating func switched(now: ContinuousClock.Instant) {
        floor = cursor ?? 0
        failed(now: now)
    }

    mutating func ticked(now: ContinuousClock.Instant) -> [Action] {
        switch asking {
        case .waiting(_, let until) where until <= now: asking = .no
        case .resting(let until) where until <= now: asking = .no
        default: break
        }
        return advance(now: now)
    }

    private func isNext(_ envelopes: [Envelope], after cursor: UInt64) -> Bool {
        var next = cursor + 1
        for envelope in envelopes {
            guard envelope.offset == next else { return false }
            next += 1
        }
        return !envelopes.isEmpty
    }

    /// What does not fit is lost, as it may be on the bus.
    private mutating func pass(_ envelope: Envelope, into ready: inout [Envelope]) {
        if envelope.after < floor {
            dropped += 1
        } else if let cursor, envelope.after <= cursor {
            ready.append(envelope)
        } else if early.count < Self.heldMax {
            early.append(envelope)
        } else {
            dropped += 1
        }
    }

    private mutating func release(upTo reached: UInt64, into ready: inout [Envelope]) {
        guard !early.isEmpty else { return }
        ready += early.filter { $0.after <= reached }
        early.removeAll { $0.after <= reached }
    }

    private mutating func take(_ envelope: Envelope, into ready: inout [Envelope]) {
        guard let cursor, envelope.offset <= cursor + 1 else {
            if held.count < Self.heldMax { held[envelope.offset] = envelope }
            return
        }
        guard envelope.offset == cursor + 1 else {
            dropped += 1
            return
        }
        var next: Envelope? = envelope
        var reached = cursor
        while let current = next {
            ready.append(current)
            reached = current.offset
            release(upTo: reached, into: &ready)
            next = held.removeValue(forKey: reached + 1)
        }
        self.cursor = reached
    }

    /// Asks for what is missing, if it is certain that it is.
    private mutating func advance(now: ContinuousClock.Instant) -> [Action] {
        guard let cursor else { return [] }
        if let first = held[cursor + 1] {
            var ready: [Envelope] = []
            held[cursor + 1] = nil
            take(first, into: &ready)
            return [.deliver(ready)] + advance(now: now)
        }
        guard newest > cursor else {
            behindSince = nil
            return []
        }
        let since = behindSince ?? now
        behindSince = since
        // A later event shows that the earlier ones are lost; a heartbeat may only have overtaken them.
        guard !held.isEmpty || !early.isEmpty || since + Self.grace <= now, case .no = asking else { return [] }
        gaps += 1
        let firstHeld = held.keys.min() ?? newest + 1
        let to = min(firstHeld - 1, cursor + ReplayRequest.eventsMax)
        return [.replay(from: cursor + 1, to: to)]
    }

    private mutating func restart(_ epoch: String?) -> [Action] {
        self.epoch = epoch
        cursor = nil
        held = [:]
        early = []
        floor = 0
        newest = 0
        behindSince = nil
        asking = .no
        return [.restart]
    }
}
