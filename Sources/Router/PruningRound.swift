internal import Wire

/// Sees to it that the logs of quiet tenants are cut too: whose settings bound them come up in turn, a few at a time,
/// so that no round opens a thousand files at once.
struct PruningRound: Equatable {
    /// Between the beginnings of two rounds.
    static let interval: Duration = .seconds(60)
    /// Tenants at a time; the thread asks every second.
    static let atOnce = 8

    private var waiting: [TenantSlug] = []
    private var next: ContinuousClock.Instant?

    /// Whose turn it is.
    ///
    /// - Parameter tenants: those whose settings bound their log.
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
