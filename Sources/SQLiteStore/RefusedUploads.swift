public import Domain
internal import GRDB
public import Wire

/// A file that was not taken, as operators see it.
public struct UploadReport: Equatable, Sendable {
    public let at: Timestamp
    public let user: UserID
    public let conversation: ConversationID
    public let upload: RefusedUpload
}

/// What stands in a tenant's file about uploads, for the command line: read beside a router that runs, changed in nothing.
public struct RefusedUploads {
    private let queue: DatabaseQueue?

    /// A tenant that nothing has happened in yet has no file, and nothing in it.
    ///
    /// - Throws: `StoreFailure`.
    public init(dataDirectory: String, tenant: TenantSlug) throws {
        let path = "\(dataDirectory)/tenants/\(tenant)/tenant.sqlite"
        guard FileSystem.exists(path) else {
            queue = nil
            return
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let file = try StoreFailure.translating { try DatabaseQueue(path: path, configuration: configuration) }
        let version = try StoreFailure.translating {
            try file.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        }
        guard version <= Migrations.current else { throw Migrations.refusal(of: version, "the tenant's file") }
        // Before that there were no files; a router brings it up to date.
        queue = version < Migrations.firstWithFiles ? nil : file
    }

    /// The newest first, at most `limit`.
    public func newest(_ limit: Int) throws -> [UploadReport] {
        let sql = """
            SELECT at, user, conversation, name, type, size, reason FROM refused_upload ORDER BY id DESC LIMIT ?
            """
        return try StoreFailure.translating {
            try queue?.read { database in
                try database.all(sql, [.count(limit)]) { row in
                    UploadReport(
                        at: row.time(0), user: try row.user(1), conversation: try row.id(2),
                        upload: RefusedUpload(
                            name: row.text(3), type: row.text(4), size: row.number(5), reason: row.text(6)))
                }
            }
        } ?? []
    }

    /// What the tenant's files take.
    public func storageUse() throws -> StorageUse {
        try StoreFailure.translating { try queue?.read { try SQLiteReads($0).storageUse() } } ?? StorageUse()
    }
}
