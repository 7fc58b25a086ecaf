/// Handshakes that were refused, told at most once a minute and not per try.
public struct RefusalWatch: Sendable {
    private static let interval: Duration = .seconds(60)

    private var told: UInt64 = 0
    private var next: ContinuousClock.Instant?

    public init() {}

    /// - Parameter total: all up to now.
    /// - Returns: how many there were since it told last, where that is to be told now.
    public mutating func count(_ total: UInt64, now: ContinuousClock.Instant) -> UInt64? {
        guard total > told, next.map({ $0 <= now }) ?? true else { return nil }
        defer { told = total }
        next = now + Self.interval
        return total - told
    }
}
