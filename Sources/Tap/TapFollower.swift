public import Wire

/// A tap's side of a stream: from where, how far, and what to do where nothing comes any more. Gapless: an event is
/// handed on only where it is the next one.
public struct TapFollower: Equatable, Sendable {
    /// Where to begin.
    public enum Start: Equatable, Sendable {
        case offset(UInt64)
        /// As far back as the log reaches.
        case oldest
        case newest
    }

    public enum Action: Equatable, Sendable {
        case send(TapRequest)
        /// The connection is of no use: open another, to the next worker where there are several.
        case reconnect
        case deliver(topic: [UInt8], offset: UInt64, json: [UInt8])
        case fail(Failure)
    }

    public enum Failure: Error, Equatable, Sendable {
        /// The log begins later than where it was to be read from.
        case gone(oldest: UInt64)
        case refused(Refusal.Code)
    }

    /// Messages that may be on their way; half of it is granted at a time.
    static let window: UInt32 = 1_000
    /// A heartbeat comes every second: three in a row are missing.
    static let silence: Duration = .seconds(3)
    /// After so long of refusals that may pass, they are taken for good.
    static let patience: Duration = .seconds(15)
    private static let retry: Duration = .milliseconds(500)

    private enum State: Equatable {
        /// Asked where the log ends.
        case locating
        case streaming
        case resting(until: ContinuousClock.Instant)
    }

    private let start: Start
    /// The next durable event's offset; 0 while it is not known.
    public private(set) var next: UInt64
    private var state: State
    private var heard: ContinuousClock.Instant
    private var answered: ContinuousClock.Instant
    private var taken: UInt32 = 0
    /// Scoped taps don't see every offset.
    private let isWhole: Bool

    /// - Parameter isWhole: the tap sees every durable event, so that each offset has to be the next one.
    public init(_ start: Start, isWhole: Bool = true, now: ContinuousClock.Instant) {
        self.start = start
        self.isWhole = isWhole
        next =
            switch start {
            case .offset(let offset): max(offset, 1)
            case .oldest: 1
            case .newest: 0
            }
        state = .resting(until: now)
        heard = now
        answered = now
    }

    /// On a connection that has just been opened.
    public mutating func opened(now: ContinuousClock.Instant) -> [Action] {
        heard = now
        return ask()
    }

    private mutating func ask() -> [Action] {
        taken = 0
        guard next > 0 else {
            state = .locating
            return [.send(.replay(from: .max, to: 0))]
        }
        state = .streaming
        return [.send(.stream(from: next, credit: Self.window))]
    }

    public mutating func received(_ message: TapMessage, now: ContinuousClock.Instant) -> [Action] {
        heard = now
        switch message {
        case .event(let topic, let offset, let json):
            answered = now
            guard state == .streaming else { return [] }
            if offset == 0 {
                return TapFollower.isHeartbeat(json) ? [] : [.deliver(topic: topic, offset: 0, json: json)] + granted()
            }
            // What a former stream on this connection had on its way.
            guard offset >= next else { return [] }
            guard offset == next || !isWhole else { return ask() }
            next = offset + 1
            return [.deliver(topic: topic, offset: offset, json: json)] + granted()
        case .end(let offset):
            answered = now
            guard state == .locating else { return [] }
            next = offset + 1
            return ask()
        case .gone(let oldest):
            guard start == .oldest, next == 1 else { return [.fail(.gone(oldest: oldest))] }
            next = oldest
            return ask()
        case .refused(.unauthenticated) where answered + Self.patience <= now:
            return [.fail(.refused(.unauthenticated))]
        case .refused(.conflict): return [.fail(.refused(.conflict))]
        case .refused(.notFound): return []
        case .refused(let code):
            guard now < answered + Self.patience else { return [.fail(.refused(code))] }
            state = .resting(until: now + Self.retry)
            return []
        }
    }

    /// Several times a second.
    public mutating func ticked(now: ContinuousClock.Instant) -> [Action] {
        if case .resting(let until) = state, until <= now, heard + Self.silence > now { return ask() }
        guard heard + Self.silence <= now else { return [] }
        heard = now
        return [.reconnect]
    }

    private mutating func granted() -> [Action] {
        taken += 1
        guard taken >= Self.window / 2 else { return [] }
        defer { taken = 0 }
        return [.send(.credit(taken))]
    }

    private static func isHeartbeat(_ json: [UInt8]) -> Bool { json.starts(with: #"{"event":"heartbeat""#.utf8) }
}
