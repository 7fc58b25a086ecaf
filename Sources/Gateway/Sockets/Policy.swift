internal import Wire

/// How long connections may take and what they may hold. All of it is configured or the contract's.
struct Policy: Sendable {
    /// A head that is not complete by then ends the connection; so does a TLS handshake.
    var headTimeout: Duration = .seconds(5)
    /// For one HTTP request's body, whole.
    var bodyTimeout: Duration = .seconds(10)
    /// docs/protocol.md §2.
    var helloTimeout: Duration = .seconds(10)
    var heartbeat: Duration = .seconds(25)
    var outboundBytesMax = 1 << 20
    /// How long a drain spreads its closes over.
    var drainWindow: Duration = .seconds(5)
    /// How long the other side may take over its half of a close.
    var closeTimeout: Duration = .seconds(2)
    /// Requests without an answer, on one event loop.
    var pendingMax = 16_384
    /// Of those requests together, on one event loop.
    var pendingBytesMax = 32 << 20
    /// Of those, what routers may have in hand of one tenant while others talk too, on one event loop.
    var tenantInHandMax = 64
    /// How long no router may answer before new connections are turned away.
    var routerLostAfter: Duration = .seconds(30)
    /// How often a loop hands out events at most; in between they gather, so that each connection gets one write.
    var dispatchInterval: Duration = .milliseconds(2)
    /// Under load the interval grows with what a round costs, up to here.
    var dispatchIntervalMax: Duration = .milliseconds(5)
    /// One catch-up page.
    var pageEventsMax: UInt32 = 500
    var pageBytesMax: UInt32 = 256 << 10

    var heartbeatMs: UInt64 { UInt64(heartbeat.wholeMilliseconds) }
}
