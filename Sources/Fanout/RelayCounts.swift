/// What a relay has done since its start, and how much it holds at the last tick.
struct RelayCounts: Equatable, Sendable {
    var events: UInt64 = 0
    var bytes: UInt64 = 0
    var heartbeats: UInt64 = 0
    /// Messages that could not be read, of any peer.
    var malformed: UInt64 = 0
    /// Events that had come before.
    var repeats: UInt64 = 0
    /// Holes in the stream, and the events in them.
    var gaps: UInt64 = 0
    var missing: UInt64 = 0
    /// Events that a heartbeat counted before they came; most come a moment later.
    var announcedMissing: UInt64 = 0
    var filled: UInt64 = 0
    /// Events whose text was deleted while they were in a ring.
    var emptied: UInt64 = 0
    var epochChanges: UInt64 = 0
    var replaysAsked: UInt64 = 0
    var replaysFromRing: UInt64 = 0
    var replaysFromRouter: UInt64 = 0
    var replaysUnavailable: UInt64 = 0
    var answersLost: UInt64 = 0
    var asksUnsent: UInt64 = 0
    var asksTimedOut: UInt64 = 0
    var lateAnswers: UInt64 = 0
    var evictedByEvents: UInt64 = 0
    var evictedByBytes: UInt64 = 0
    var evictedByAge: UInt64 = 0
    var evictedTenants: UInt64 = 0

    var tenants = 0
    var ringEvents = 0
    var ringBytes = 0
    var asks = 0
}
