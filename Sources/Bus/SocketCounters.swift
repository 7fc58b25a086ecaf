/// What went through one socket since it was opened. Bytes are those of all frames, routing ids included.
public struct SocketCounters: Equatable, Sendable {
    public var sent: UInt64 = 0
    public var sentBytes: UInt64 = 0
    public var received: UInt64 = 0
    public var receivedBytes: UInt64 = 0
    public var full: UInt64 = 0
    public var unroutable: UInt64 = 0
    public var failed: UInt64 = 0
    /// Messages of more frames than any of Parley's has, dropped unread.
    public var malformed: UInt64 = 0

    public init() {}
}

/// A bus thread's counters at its last tick.
public struct BusSnapshot: Equatable, Sendable {
    /// See `BusSockets.counters`.
    public var sockets: [String: SocketCounters] = [:]
    /// Inputs taken from the port, inputs refused because it was full, inputs waiting.
    public var inputs: UInt64 = 0
    public var inputsRefused: UInt64 = 0
    public var inputsWaiting: Int = 0
    public var turns: UInt64 = 0

    public init() {}
}

extension SocketCounters {
    static func += (total: inout SocketCounters, more: SocketCounters) {
        total.sent += more.sent
        total.sentBytes += more.sentBytes
        total.received += more.received
        total.receivedBytes += more.receivedBytes
        total.full += more.full
        total.unroutable += more.unroutable
        total.failed += more.failed
        total.malformed += more.malformed
    }
}
