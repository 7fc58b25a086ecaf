/// How long a paced scenario may wait for something to read.
enum Pace {
    /// Rounded up to what epoll can wait for, so that the load generator never spins beside the server on the same
    /// processors; what is due by then goes out together.
    static func milliseconds(until nanoseconds: Int64) -> Int32 { Int32(min(10, (nanoseconds + 999_999) / 1_000_000)) }
}
