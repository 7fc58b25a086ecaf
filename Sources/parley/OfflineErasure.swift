internal import Foundation
internal import Operations
internal import Registry
internal import Wire

/// Erases a deleted tenant's files where no router runs that would. `DATA/router.lock` is the router's own lock: while we
/// hold it, none can start.
enum OfflineErasure {
    /// - Returns: false where a router holds the data; it erases the tenant itself within a second.
    static func erase(_ tenant: TenantSlug, data: String, _ registry: TenantRegistry) throws -> Bool {
        let descriptor = open(data + "/router.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ProcessFailure(.inputOutput, "can't open \(data)/router.lock") }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        // Where `parley up` has files. What lies in another folder or a bucket goes only while a router runs.
        for folder in ["\(data)/files/\(tenant)", "\(data)/tenants/\(tenant)"]
        where FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                throw ProcessFailure(.inputOutput, "can't erase \(folder): \(error.localizedDescription)")
            }
        }
        try registry.purge(tenant)
        return true
    }
}
