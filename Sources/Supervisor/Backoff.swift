/// How long to wait before a child that died is started again: 0.1 s first, twice as long each time, at most 5 s. A
/// child that lived for 30 s starts over.
///
/// The first wait is short because a router that died once should be missed by nobody; the longest is short enough for
/// a person who mends the cause not to wait for the program.
struct Backoff: Equatable, Sendable {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(5)
    static let steady = Duration.seconds(30)

    private(set) var failures = 0

    /// - Parameter lived: from the start to the death.
    mutating func delay(lived: Duration) -> Duration {
        if lived >= Self.steady { failures = 0 }
        let delay = min(Self.longest, Self.first * (1 << min(failures, 6)))
        failures += 1
        return delay
    }
}
