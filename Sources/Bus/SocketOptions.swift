/// The ZeroMQ socket types that Parley uses.
public enum SocketKind: String, CaseIterable, Sendable {
    /// Frames: routing id, then the message. Refuses routing ids it does not know (`SendOutcome.unroutable`).
    case router
    case dealer
    case pub
    case sub
    case xpub
}

/// One open socket of a bus thread. Never used again after it is closed.
public struct SocketID: Hashable, Sendable {
    let number: Int
}

/// How a socket behaves. The defaults are for the links between Parley's own processes.
public struct SocketOptions: Equatable, Sendable {
    /// The socket's name in counters and metrics; empty: its kind.
    public var name: String
    /// Messages (not frames) queued for one peer before `send` reports `.full`, or, on `pub` and `xpub`, before the
    /// peer misses messages. 1 and up: nothing on the bus is unbounded.
    public var sendHighWaterMark = 10_000
    /// Messages queued from one peer before it has to wait or, from a publisher, misses some. 1 and up.
    public var receiveHighWaterMark = 10_000
    /// How long closing waits for messages that are not yet handed to the system.
    public var linger: Duration = .seconds(1)
    /// A peer that sends a larger frame is cut off. 500 events of the contract's longest text, the most that one
    /// replay answer holds, are under 32 MiB.
    public var frameBytesMax = 64 * 1_024 * 1_024
    /// A `dealer`'s name at its `router`; nil: the router makes one up for each connection, which can't collide.
    public var routingID: [UInt8]?
    /// How long to wait before connecting again, doubled up to the maximum with each failure.
    public var reconnectInterval: Duration = .milliseconds(50)
    public var reconnectIntervalMax: Duration = .seconds(1)
    /// True: what is sent while no connection stands is `.full` at once; false: it is queued for when one does.
    public var queuesOnlyWhenConnected = false
    /// tcp, and publishers: how often to ask a silent peer, and after how long without an answer to drop it. A cut cable shows
    /// in no other way for minutes.
    public var heartbeatInterval: Duration = .seconds(2)
    public var heartbeatTimeout: Duration = .seconds(6)
    /// How long a peer may take over the handshake.
    public var handshakeTimeout: Duration = .seconds(5)
    public var security = SocketSecurity.none
    /// For a `router` with `SocketSecurity.server`: messages come with `BusSockets.sender`, and can be answered to that
    /// very connection.
    public var tellsPeers = false

    public init(name: String = "") { self.name = name }
}

/// What became of a message.
public enum SendOutcome: Equatable, Sendable {
    /// Queued for its peer or peers; a publisher's message that nobody subscribes to counts as sent.
    case sent
    /// The peer's queue is at its high-water mark, or there is no connection to queue for. Nothing was taken.
    case full
    /// No peer has that routing id. Nothing was taken.
    case unroutable
    /// The peer went away in the middle, the socket is closed, or the message has no frames.
    case failed
}
