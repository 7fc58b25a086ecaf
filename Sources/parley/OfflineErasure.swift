internal import Foundation
internal import Operations
internal import Registry
internal import Router
internal import Wire

/// Erases a deleted tenant's data where no router runs that would. `DATA/router.lock` is the router's own lock: while we
/// hold it, none can start.
enum OfflineErasure {
    enum Outcome: Equatable {
        case erased
        /// A router holds the data, and erases the tenant itself within a second.
        case leftToRouter
        /// Some of its files lie in another folder or in a bucket, of which routers alone are told. The tenant stays
        /// marked as deleted, and the next router removes them.
        case filesLeftToRouter
    }

    static func erase(_ tenant: TenantSlug, data: String, _ registry: TenantRegistry) throws -> Outcome {
        let descriptor = open(data + "/router.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ProcessFailure(.inputOutput, "can't open \(data)/router.lock") }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return .leftToRouter }
        // Where `parley up` has files.
        let files = "\(data)/files/\(tenant)"
        let areAllHere = holds(files, allOf: tenant, data: data)
        for folder in [files, "\(data)/tenants/\(tenant)"] where FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                throw ProcessFailure(.inputOutput, "can't erase \(folder): \(error.localizedDescription)")
            }
        }
        guard areAllHere else { return .filesLeftToRouter }
        try registry.purge(tenant)
        return .erased
    }

    /// Whether as many bytes lie in the folder as the tenant has stored. A file of the tenant that can't be read may
    /// have stored any.
    private static func holds(_ folder: String, allOf tenant: TenantSlug, data: String) -> Bool {
        guard let stored = try? UploadReports(dataDirectory: data, tenant: tenant).storedBytes else { return false }
        var found: UInt64 = 0
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)"),
                attributes[.type] as? FileAttributeType == .typeRegular
            else { continue }
            found += attributes[.size] as? UInt64 ?? 0
        }
        return found >= stored
    }
}
