/// What a process does with its sockets. Made on its bus thread and never leaves it, so it needs no lock and need not
/// be `Sendable`; blocking in it blocks the process's whole bus.
public protocol BusDriver: SendableMetatype {
    /// What other threads hand in through the port.
    associatedtype Input: Sendable

    /// Opens the sockets. An error ends the thread and comes out of `BusThread.start`.
    mutating func started(_ sockets: BusSockets) throws
    /// A whole message. A `router`'s begins with the sender's routing id, a subscriber's with the topic.
    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets)
    /// The port's inputs come in the order in which they were sent.
    mutating func handle(_ input: Input, _ sockets: BusSockets)
    /// Comes once every tick interval, later under load but never more than one for a stretch of time.
    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets)
    /// Ends a turn of at most 256 messages and inputs and perhaps a tick: the time to send what was gathered.
    mutating func turnEnded(_ sockets: BusSockets)
    /// The thread is about to end: all inputs are handled, what is sent now still goes out.
    mutating func stopping(_ sockets: BusSockets)
}

extension BusDriver {
    public mutating func turnEnded(_ sockets: BusSockets) {}
    public mutating func stopping(_ sockets: BusSockets) {}
}
