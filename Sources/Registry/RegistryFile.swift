internal import GRDB
internal import Glibc

/// Opens `DATA/registry.sqlite`, which several processes may do at once.
enum RegistryFile {
    static func open(dataDirectory: String) throws -> DatabaseQueue {
        try makeDirectory(dataDirectory)
        let path = dataDirectory + "/registry.sqlite"
        // SQLite's change to WAL mode does not wait for others who do the same: one after another, then.
        let lock = try FileLock(path + ".lock")
        defer { lock.unlock() }
        try makeFile(path)
        var configuration = Configuration()
        configuration.journalMode = .wal
        // A process of the command line holds it for milliseconds.
        configuration.busyMode = .timeout(10)
        configuration.label = "parley.registry"
        return try RegistryFailure.translating {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try migrate(queue)
            // NORMAL, which GRDB sets, may roll back what an operator was told is done.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            return queue
        }
    }

    private static let current = 4

    private static func migrate(_ queue: DatabaseQueue) throws {
        let version = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard version <= current else { throw RegistryFailure.newer(version: version, known: current) }
        guard version < current else { return }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: version1) }
        migrator.registerMigration("2") { try $0.execute(sql: version2) }
        migrator.registerMigration("3") { try $0.execute(sql: version3) }
        migrator.registerMigration("4") { try $0.execute(sql: version4) }
        try migrator.migrate(queue)
    }

    private static let version1 = """
        -- Raised by every change, so that whoever polls reads the rest only then.
        CREATE TABLE change (id INTEGER PRIMARY KEY CHECK (id = 1), counter INTEGER NOT NULL) STRICT;
        INSERT INTO change (id, counter) VALUES (1, 1);

        CREATE TABLE tenant (
            slug TEXT PRIMARY KEY, name TEXT NOT NULL,
            -- 0 active, 1 suspended, 2 deleted: its files are still to be erased.
            state INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE origin (
            tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, position INTEGER NOT NULL, origin TEXT NOT NULL,
            PRIMARY KEY (tenant, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE key (
            tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, id TEXT NOT NULL,
            algorithm TEXT NOT NULL, material BLOB NOT NULL,
            PRIMARY KEY (tenant, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE setting (
            tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, name TEXT NOT NULL, value INTEGER NOT NULL,
            PRIMARY KEY (tenant, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE suspended_user (
            tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, user TEXT NOT NULL,
            PRIMARY KEY (tenant, user)
        ) STRICT, WITHOUT ROWID;
        PRAGMA user_version = 1;
        """

    private static let version2 = """
        -- Times are milliseconds since 1970. A tap that is revoked stays, so that it can be told what a key was.
        CREATE TABLE tap (
            id INTEGER PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, name TEXT NOT NULL,
            key TEXT NOT NULL UNIQUE,
            -- Separated by spaces; empty for all.
            conversations TEXT NOT NULL, events TEXT NOT NULL, shows_text INTEGER NOT NULL,
            created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX tap_name ON tap (tenant, name) WHERE revoked_at IS NULL;
        -- Which place in the range of ports is a tenant's, for good: integrators have it in their settings.
        CREATE TABLE tap_place (
            tenant TEXT PRIMARY KEY REFERENCES tenant ON DELETE CASCADE, place INTEGER NOT NULL UNIQUE
        ) STRICT, WITHOUT ROWID;
        -- Where the workers that run on this data let taps in, the first of them first.
        CREATE TABLE tap_door (position INTEGER PRIMARY KEY, host TEXT NOT NULL, port INTEGER NOT NULL) STRICT;
        -- What operators decided about who may read what. Outlives its tenant.
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator TEXT NOT NULL, action TEXT NOT NULL,
            tenant TEXT NOT NULL, detail TEXT NOT NULL
        ) STRICT;
        PRAGMA user_version = 2;
        """

    private static let version3 = """
        -- 1: the notifier's own.
        ALTER TABLE tap ADD COLUMN internal INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE webhook (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, url TEXT NOT NULL,
            secret BLOB NOT NULL,
            -- Separated by spaces; empty for all.
            events TEXT NOT NULL, conversations TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            -- When its receiver said that it is gone (410).
            disabled_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX webhook_of ON webhook (tenant, created_at);
        -- Tenants in which somebody has ever wanted to be woken.
        CREATE TABLE pushing (
            tenant TEXT PRIMARY KEY REFERENCES tenant ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        PRAGMA user_version = 3;
        """

    private static let version4 = """
        -- Proves links to files: SQLite draws it from the system's own randomness.
        ALTER TABLE tenant ADD COLUMN link_key BLOB NOT NULL DEFAULT x'';
        UPDATE tenant SET link_key = randomblob(32);
        CREATE TABLE setting_list (
            tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, name TEXT NOT NULL,
            -- With commas between; empty for the default.
            words TEXT NOT NULL,
            PRIMARY KEY (tenant, name)
        ) STRICT, WITHOUT ROWID;
        PRAGMA user_version = 4;
        """

    /// Its owner alone may enter: secrets lie in it.
    private static func makeDirectory(_ path: String) throws(RegistryFailure) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        guard errno == ENOENT, !parent.isEmpty else { throw failure("mkdir", path) }
        try makeDirectory(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("mkdir", path) }
    }

    private static func makeFile(_ path: String) throws(RegistryFailure) {
        let descriptor = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", path) }
        close(descriptor)
    }

    static func failure(_ call: String, _ path: String) -> RegistryFailure {
        .unavailable("\(call) \(path): \(String(cString: strerror(errno)))")
    }
}

/// An advisory lock on a file, for as long as opening takes.
private struct FileLock {
    private let descriptor: Int32

    init(_ path: String) throws(RegistryFailure) {
        descriptor = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RegistryFile.failure("open", path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                throw RegistryFile.failure("flock", path)
            }
        }
    }

    func unlock() { close(descriptor) }
}
