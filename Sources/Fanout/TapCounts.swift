/// What a worker's taps have done since its start, and how many there are at the last tick.
struct TapCounts: Equatable, Sendable {
    var requests: UInt64 = 0
    var refusals: UInt64 = 0
    /// Messages that went out on streams and replays.
    var sent: UInt64 = 0
    /// Events read for them from a router's log.
    var logEvents: UInt64 = 0
    /// State events that a stream was too far behind for.
    var statesDropped: UInt64 = 0
    /// Streams ended because their tap took nothing.
    var stalled: UInt64 = 0

    /// Events that went out on tenants' publishers.
    var published: UInt64 = 0
    /// Publishers bound anew: a key was revoked, or there were too many subscriptions.
    var reboundForKeys: UInt64 = 0
    var reboundForSubscriptions: UInt64 = 0
    /// Tries to bind a port that failed.
    var bindFailures: UInt64 = 0
    /// Handshakes with a key that is not let in, or without CURVE.
    var refusedHandshakes: UInt64 = 0

    var flows = 0
    var doors = 0
    var subscriptions = 0
}
