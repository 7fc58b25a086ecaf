/// A token bucket that needs one number: when it would be full again if nobody took anything more.
///
/// - Source: the generic cell rate algorithm, ITU-T I.371, 1993.
struct TokenBucket: Equatable {
    private var fullAt: ContinuousClock.Instant?

    /// Takes one token.
    ///
    /// - Parameters:
    ///   - rate: tokens that come back in a second, at least 1.
    ///   - burst: tokens in a full bucket, at least 1.
    /// - Returns: nil where there was one, and otherwise how long to wait until there is one if nobody else takes it.
    mutating func take(rate: UInt64, burst: UInt64, now: ContinuousClock.Instant) -> Duration? {
        let interval = Duration.nanoseconds(1_000_000_000 / Int64(max(rate, 1)))
        let missing = max(.zero, (fullAt ?? now) - now)
        let tolerance = interval * Int(max(burst, 1) - 1)
        guard missing <= tolerance else { return missing - tolerance }
        fullAt = now + missing + interval
        return nil
    }

    /// Whether it is full, and so need not be remembered.
    func isFull(at now: ContinuousClock.Instant) -> Bool { fullAt.map { $0 <= now } ?? true }
}

extension Duration {
    /// In whole milliseconds, rounded up, so that who waits so long has waited long enough; at least 1.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
