internal import Wire

/// Has tenants that nobody uses come up in turn, a few at a time, so that no round opens a thousand files at once.
struct QuietRound: Equatable {
    /// Between the beginnings of two rounds.
    static let interval: Duration = .seconds(60)
    /// Tenants at a time; the thread asks every second. What takes longer than the interval delays the next round.
    static let atOnce = 8

    private var waiting: [TenantSlug] = []
    private var next: ContinuousClock.Instant?

    /// Whose turn it is.
    ///
    /// - Parameter tenants: whom a round is to come by; asked at its beginning.
    mutating func due(_ tenants: () -> [TenantSlug], now: ContinuousClock.Instant) -> [TenantSlug] {
        if waiting.isEmpty {
            if let next, now < next { return [] }
            next = now + Self.interval
            waiting = tenants().sorted { $0.text > $1.text }
        }
        let due = Array(waiting.suffix(Self.atOnce).reversed())
        waiting.removeLast(due.count)
        return due
    }
}

extension TenantRecord {
    var boundsItsLog: Bool { settings[.logRetentionSeconds] > 0 || settings[.logRetentionEvents] > 0 }
}
