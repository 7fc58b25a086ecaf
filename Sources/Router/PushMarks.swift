internal import Synchronization
internal import Wire

/// Which tenants the registry is known to have marked as such that somebody wants to be woken: it is written once a run.
final class PushMarks: Sendable {
    private let marked = Mutex<Set<TenantSlug>>([])

    /// - Parameter body: writes the mark down; a tenant for which it throws is tried again.
    func mark(_ tenant: TenantSlug, _ body: () throws -> Void) rethrows {
        guard !marked.withLock({ $0.contains(tenant) }) else { return }
        try body()
        marked.withLock { _ = $0.insert(tenant) }
    }

    func forget(_ tenant: TenantSlug) { marked.withLock { _ = $0.remove(tenant) } }
}
