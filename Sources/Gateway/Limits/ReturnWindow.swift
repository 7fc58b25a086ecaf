/// How fast this gateway lets clients in, as it has seen, and from that over how long they spread when all of them come
/// back at once (`retry_window_ms`, docs/protocol.md §5).
struct ReturnWindow: Equatable {
    /// The contract's default: what a client that was told nothing takes.
    static let milliseconds: ClosedRange<UInt64> = 2_000...8_000
    /// Letting one in costs a busy two-core machine about 0.6 ms of CPU (docs/performance.md), which leaves it with
    /// 1,700 a second at most; half of that is a careful beginning.
    static let initialPerSecond = 800.0
    /// Below so many a second no count says anything about what could be.
    private static let perSecondMin = 50.0
    /// Of what could be let in: the rest is for those who come by chance, and for work.
    private static let share = 0.8
    /// How far one second that could not keep up moves what is believed: one that was disturbed is not believed at once.
    private static let trust = 0.25

    private(set) var perSecond = initialPerSecond
    /// The most connections at a time since the start: so many may come back, however few are here at the moment.
    private(set) var connectionsMax = 0

    /// One second has passed.
    ///
    /// - Parameters:
    ///   - greeted: whose `hello` was answered in it.
    ///   - waiting: who has connected and has no answer yet at its end.
    ///   - connections: that are open now.
    mutating func secondEnded(greeted: Int, waiting: Int, connections: Int) {
        connectionsMax = max(connectionsMax, connections)
        let count = Double(greeted)
        if count > perSecond {
            perSecond = count
        } else if waiting > greeted {
            // More than a second's work is left over: what was done is what can be done.
            perSecond += (max(count, Self.perSecondMin) - perSecond) * Self.trust
        }
    }

    /// Long enough for all to be let in as they come, and at most so long that they are back within 10 s.
    var milliseconds: UInt64 {
        let wanted = UInt64(Double(connectionsMax) / (perSecond * Self.share) * 1_000)
        return min(max(wanted, Self.milliseconds.lowerBound), Self.milliseconds.upperBound)
    }
}
