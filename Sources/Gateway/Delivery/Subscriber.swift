internal import Operations
internal import Wire

/// Whom an event loop hands a tenant's events to: a WebSocket, or a reader by HTTP. Never leaves its loop.
protocol Subscriber: AnyObject {
    /// Given by the loop.
    var slot: Int { get }
    var serial: UInt64 { get }
    /// Counts those of its kind that are open.
    var gauge: Gauge { get }

    var scheduledTick: Int { get set }
    /// When to be asked at the latest what time brings.
    var nextDeadline: ContinuousClock.Instant { get }
    func timePassed()

    /// A page of what was missed came, or does not come.
    func received(_ page: CatchUpPage)
    func refusedPage(_ code: Refusal.Code)
    /// - Parameter entry: nil where the tenant is gone.
    func tenantChanged(_ entry: TenantEntry?)
    /// The tenant's log is not what it was.
    func restart()
    /// The gateway goes away in so long.
    func drain(after delay: Duration)
    func cut()
}
