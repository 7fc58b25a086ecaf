/// How long a client waits before it connects again.
public enum Reconnect {
    /// The wait before the next try, after `failures` tries in a row that failed (0: the connection was there and broke).
    ///
    /// - Returns: drawn evenly from 0 … `window` for the first try, and from 0 … min(30 s, 1 s · 2^(failures − 1)) after
    ///   that, so that clients spread out.
    /// - Source: docs/protocol.md §5; "full jitter" after M. Brooker, "Exponential Backoff And Jitter", AWS, 2015.
    public static func delay(
        failures: Int, window: Duration, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let bound = failures == 0 ? window : min(.seconds(30), .seconds(1 << min(max(failures - 1, 0), 5)))
        let milliseconds = bound.components.seconds * 1_000 + bound.components.attoseconds / 1_000_000_000_000_000
        return .milliseconds(Int64.random(in: 0...max(0, milliseconds), using: &random))
    }

    /// A connection that held so long was a success: the count of failures starts again.
    public static let stable: Duration = .seconds(30)

    /// `retry_window_ms`, where no server has told.
    public static let defaultWindow: Duration = .seconds(2)
}

/// What a close code tells a client to do (docs/protocol.md §5).
public enum CloseAdvice: Equatable, Sendable {
    /// 40xx: show the error, don't come back.
    case final
    /// 41xx, and all that is not Parley's own: try again, more slowly each time.
    case backOff
    /// 42xx: come back within the window.
    case comeBack

    public init(code: UInt16?) {
        self =
            switch code {
            case .some(4000...4099): .final
            case .some(4200...4299): .comeBack
            default: .backOff
            }
    }
}

/// `retry=<ms>` in a close reason.
public func retryHint(in reason: String) -> Duration? {
    for word in reason.split(whereSeparator: { $0 == " " || $0 == ";" || $0 == "," }) where word.hasPrefix("retry=") {
        guard let milliseconds = Int64(word.dropFirst("retry=".count)), milliseconds >= 0 else { continue }
        return .milliseconds(milliseconds)
    }
    return nil
}
