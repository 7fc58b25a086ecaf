internal import GRDB
internal import Synchronization
public import Wire

/// One tenant's file. Good for as long as its `SQLiteTenants` is: the file is closed when it has been idle and others
/// need its descriptors, and opened again by the next use. Any thread may use it, save for an event loop's: all of it
/// blocks.
public final class SQLiteTenant: Sendable {
    public let slug: TenantSlug
    /// Changes when the tenant is restored to an earlier point: offsets of another epoch mean nothing.
    public let epoch: String

    private let file: TenantFile
    private let store: SQLiteTenants

    init(_ file: TenantFile, in store: SQLiteTenants) throws {
        self.file = file
        self.store = store
        slug = file.slug
        epoch = try Self.use(file, store) { pool in try pool.read { try SQLiteReads($0).epoch } }
    }

    /// One transaction. What it wrote is on disk when this returns; where `body` throws, nothing of it is.
    ///
    /// - Throws: what `body` throws, or `StoreFailure`.
    public func write<R>(_ body: (inout SQLiteTransaction) throws -> R) throws -> R {
        try Self.use(file, store) { pool in
            try pool.write { database in
                var transaction = try SQLiteTransaction(database)
                return try body(&transaction)
            }
        }
    }

    /// A snapshot that holds all that was committed before this was called. Waits where all of the tenant's readers are
    /// at work.
    ///
    /// - Throws: what `body` throws, or `StoreFailure`.
    public func read<R>(_ body: (SQLiteReads) throws -> R) throws -> R {
        try Self.use(file, store) { pool in try pool.read { try body(SQLiteReads($0)) } }
    }

    /// What `PRAGMA quick_check` finds wrong; empty where all is well. Reads the whole file.
    public func integrityFaults() throws -> [String] {
        try Self.use(file, store) { pool in
            try pool.read { database in
                try database.all("PRAGMA quick_check", []) { $0.text(0) }.filter { $0 != "ok" }
            }
        }
    }

    private static func use<R>(
        _ file: TenantFile, _ store: SQLiteTenants, _ body: (DatabasePool) throws -> R
    ) throws -> R {
        try StoreFailure.translating {
            let (pool, isNew) = try file.enter(at: store.tick()) { store.opened(file.slug) }
            defer { file.leave() }
            if isNew { store.closeLongestIdle() }
            return try body(pool)
        }
    }
}
