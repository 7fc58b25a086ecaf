internal import Synchronization
internal import Wire

/// Which tenants talk, over all event loops of a gateway: enough to say whether one is alone.
final class Talk: Sendable {
    private struct Talker {
        let tenant: TenantSlug
        var at: ContinuousClock.Instant
    }

    private struct State {
        var last: Talker?
        /// The last one that was another.
        var other: Talker?
    }

    /// Whoever has said nothing for so long waits for nothing.
    static let memory: Duration = .seconds(1)

    private let state = Mutex(State())

    /// - Returns: whether another tenant talks too.
    func heard(_ tenant: TenantSlug, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if state.last?.tenant == tenant {
                state.last?.at = now
            } else {
                state.other = state.last
                state.last = Talker(tenant: tenant, at: now)
            }
            return state.other.map { now - $0.at < Self.memory } ?? false
        }
    }

    /// Whether another one than this talks.
    func isContended(_ tenant: TenantSlug, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            let other = state.last?.tenant == tenant ? state.other : state.last
            return other.map { now - $0.at < Self.memory } ?? false
        }
    }
}
