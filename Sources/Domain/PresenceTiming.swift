public import Wire

/// One reading of both clocks: `now` for what runs out, `at` for what is written down.
public struct PresenceMoment: Sendable {
    public let now: ContinuousClock.Instant
    public let at: Timestamp

    public init(now: ContinuousClock.Instant, at: Timestamp) {
        self.now = now
        self.at = at
    }
}

/// Somebody's presence is to be told.
public struct PresenceDue<Holder: Hashable & Sendable>: Equatable, Sendable {
    public let presence: Presence
    /// Nil: to all whose people watch.
    public let holder: Holder?

    public init(_ presence: Presence, to holder: Holder?) {
        self.presence = presence
        self.holder = holder
    }
}

public enum PresenceTiming {
    /// From a change to its being told: room for a client to say how it is to be shown once it is connected.
    public static let changeDelay: Duration = .milliseconds(500)
    /// The same for going: a client whose connection broke is back within `retry_window_ms`, 2 s, and some.
    public static let goneDelay: Duration = .seconds(3)
    /// Between two changes of one person (docs/protocol.md §4).
    public static let interval: Duration = .seconds(1)
    /// How long what was said over HTTP holds: twice as long as a long poll may last.
    public static let visitLease: Duration = .seconds(60)
    /// Of one tenant, at some hundred bytes each.
    public static let visitorsMax = 10_000
}
