internal import Blobs
internal import Logging
internal import Operations
internal import Synchronization
internal import Wire

/// Removes contents that no upload refers to any longer, after it was committed that none does. The lane keeps others
/// from relying on them until it hears how it went.
final class ContentRemoval: Sendable {
    /// Between two tries to hand the outcome to a lane that is full.
    private static let retry: Duration = .milliseconds(200)

    private let store: any BlobStore
    private let lanes: [WorkQueue<LaneItem>]
    private let removed: Counter
    private let failed: Counter
    private let logger: Logger
    /// Of deleted tenants, whose files are going.
    private let erasing = Mutex<Set<TenantSlug>>([])

    init(store: any BlobStore, lanes: [WorkQueue<LaneItem>], metrics: RouterMetrics, logger: Logger) {
        self.store = store
        self.lanes = lanes
        removed = metrics.contentsRemoved
        failed = metrics.contentsNotRemoved
        self.logger = logger
    }

    /// Returns at once. A tenant has one such list under way at a time.
    func remove(_ contents: [String], of tenant: TenantSlug) {
        Task {
            var gone: [String] = []
            for sha256 in contents where await remove(sha256, of: tenant) { gone.append(sha256) }
            let item = LaneItem.removed(tenant, gone, areAll: gone.count == contents.count)
            // A queue that is closed takes it and drops it: the next run begins anew.
            while !lanes[tenant.lane(of: lanes.count)].offer(item) { try? await Task.sleep(for: Self.retry) }
        }
    }

    private func remove(_ sha256: String, of tenant: TenantSlug) async -> Bool {
        do throws(BlobFailure) {
            for variant in BlobKey.Variant.allCases {
                guard let key = BlobKey(tenant: tenant.text, sha256: sha256, variant: variant) else { return true }
                try await store.remove(key)
            }
            removed.add()
            return true
        } catch {
            failed.add()
            logger.error("file not removed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
            return false
        }
    }

    /// Removes all that a deleted tenant has stored, then calls `done`. Returns at once; begun again while it goes on, it
    /// does nothing.
    func erase(_ tenant: TenantSlug, done: @escaping @Sendable () -> Void) {
        guard erasing.withLock({ $0.insert(tenant).inserted }) else { return }
        Task {
            defer { erasing.withLock { _ = $0.remove(tenant) } }
            do throws(BlobFailure) {
                var cursor: String?
                repeat {
                    let page = try await store.list(tenant: tenant.text, after: cursor)
                    for entry in page.entries { try await store.remove(entry.key) }
                    cursor = page.cursor
                } while cursor != nil
                done()
            } catch {
                failed.add()
                logger.error(
                    "files of a deleted tenant not removed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
            }
        }
    }
}
