/// Which fan-out worker this gateway listens to: the one it has until that is silent, then the next.
struct FanoutChoice: Equatable {
    /// A worker passes on a heartbeat every second, so three in a row are missing.
    static let silenceMax: Duration = .seconds(3)

    let count: Int
    private(set) var current: Int
    private var isAlive = false
    private var heardAt: ContinuousClock.Instant

    /// - Parameter count: how many there are, at least 1; the first is the preferred one.
    init(count: Int, now: ContinuousClock.Instant) {
        self.count = max(count, 1)
        current = 0
        heardAt = now
    }

    func isHeard(at now: ContinuousClock.Instant) -> Bool { isAlive && now < heardAt + Self.silenceMax }

    mutating func heard(now: ContinuousClock.Instant) {
        heardAt = now
        isAlive = true
    }

    /// - Returns: true where the current one has been given up for the next; with a single worker, for itself.
    mutating func ticked(now: ContinuousClock.Instant) -> Bool {
        guard heardAt + Self.silenceMax <= now else { return false }
        current = (current + 1) % count
        heardAt = now
        isAlive = false
        return true
    }
}
