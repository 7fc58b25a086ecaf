internal import GRDB
internal import Synchronization
internal import Wire

/// Opens and closes one tenant's file, and knows who is using it.
final class TenantFile: Sendable {
    private struct State {
        var pool: DatabasePool?
        var users = 0
        var lastUse: UInt64 = 0
        /// Set for good: by erasing, or when the whole store closes.
        var isOver = false
    }

    let slug: TenantSlug
    private let directory: String
    private let readers: Int
    private let makeEpoch: @Sendable () -> String
    private let state = Mutex(State())

    private var path: String { directory + "/tenant.sqlite" }

    init(_ slug: TenantSlug, directory: String, readers: Int, makeEpoch: @escaping @Sendable () -> String) {
        self.slug = slug
        self.directory = directory
        self.readers = readers
        self.makeEpoch = makeEpoch
    }

    /// Opens the file unless it is open, and keeps it so until `leave`. Others who want this tenant wait meanwhile.
    ///
    /// - Parameter opened: is told before anybody can close the file again.
    func enter(at tick: UInt64, opened: () -> Void) throws -> (pool: DatabasePool, isNew: Bool) {
        try state.withLock { state in
            guard !state.isOver else { throw StoreFailure(.closed, "tenant \(slug) is closed") }
            let isNew = state.pool == nil
            let pool = try state.pool ?? open()
            if isNew { opened() }
            state.pool = pool
            state.users += 1
            state.lastUse = tick
            return (pool, isNew)
        }
    }

    func leave() { state.withLock { $0.users -= 1 } }

    /// When it was last used; nil where it is closed, in use, or just being opened.
    var idleSince: UInt64? {
        state.withLockIfAvailable { $0.pool != nil && $0.users == 0 ? $0.lastUse : nil } ?? nil
    }

    /// Closes the file unless somebody came to use it meanwhile.
    ///
    /// - Parameter closed: is told before anybody can open the file again.
    func closeIfIdle(closed: () -> Void) throws {
        try state.withLock { state in
            guard state.users == 0, state.pool != nil else { return }
            try Self.close(&state)
            closed()
        }
    }

    /// Lets nobody in again.
    ///
    /// - Throws: `busy` while somebody is still at it.
    func end() throws {
        try state.withLock { state in
            state.isOver = true
            guard state.users == 0 else { throw StoreFailure(.busy, "tenant \(slug) is in use") }
            try Self.close(&state)
        }
    }

    /// Deletes what `end` has closed.
    func remove() throws {
        // The log of what is not yet in the file goes last: no file stands there without it.
        for suffix in ["", "-shm", "-wal"] { try FileSystem.removeFile(path + suffix) }
        try FileSystem.removeDirectory(directory)
    }

    private static func close(_ state: inout State) throws {
        guard let pool = state.pool else { return }
        // The readers first: only a writer that closes last brings the file up to date and removes its log.
        pool.releaseMemory()
        try StoreFailure.translating { try pool.close() }
        state.pool = nil
    }

    private func open() throws -> DatabasePool {
        if !FileSystem.exists(path) {
            try FileSystem.makeDirectory(directory)
            try FileSystem.makeFile(path)
        }
        try LeftOverLog.writeAgain(besides: path)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.maximumReaderCount = readers
        // Only backups and the `sqlite3` shell are ever in the way.
        configuration.busyMode = .timeout(5)
        configuration.label = "parley.tenant"
        return try StoreFailure.translating {
            let pool = try DatabasePool(path: path, configuration: configuration)
            // Before anything is written: GRDB sets NORMAL, which syncs nothing of a migration.
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: Self.pragmas)
            }
            try Migrations.apply(to: pool, epoch: makeEpoch)
            return pool
        }
    }

    /// `synchronous`: NORMAL may roll back acknowledged commits on power loss, and from batches of 16 on FULL costs no
    /// more. `wal_autocheckpoint`, pages of 4 KiB: a checkpoint syncs twice and writes each changed page once, so that
    /// four times SQLite's default spares a busy tenant most of them. `secure_delete`: what a person deletes is gone.
    private static let pragmas = """
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 33554432;
        PRAGMA cache_size = -4000;
        PRAGMA secure_delete = ON;
        """
}
