internal import Foundation
internal import GRDB
internal import Glibc

/// What the notifier has to do, in `DATA/notifier.sqlite`: how far it has read each tenant, what waits to be sent, and what
/// could not be. Shared with the command line. All of it blocks.
///
/// Everything throws `NotifierStoreFailure`.
public final class NotifierStore: Sendable {
    /// What is kept at most.
    struct Bounds: Equatable, Sendable {
        /// Events that wait for one webhook; more of them are given up at once, and can be replayed.
        var waitingPerWebhook = 10_000
        /// Pushes that wait, of everybody; more are dropped.
        var pushesWaiting = 100_000
        /// Of one webhook; the oldest go.
        var deadPerWebhook = 10_000
    }

    private let queue: DatabaseQueue

    private init(_ queue: DatabaseQueue) { self.queue = queue }

    public static func path(data: String) -> String { data + "/notifier.sqlite" }

    /// Nil where no notifier ever ran on this data.
    public static func existing(data: String) throws -> NotifierStore? {
        access(path(data: data), F_OK) == 0 ? try open(data: data) : nil
    }

    /// Makes the file where there is none, for its owner alone: the texts of messages lie in it.
    public static func open(data: String) throws -> NotifierStore {
        let path = path(data: data)
        let descriptor = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw NotifierStoreFailure("open \(path): \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(10)
        configuration.label = "parley.notifier"
        return try NotifierStoreFailure.translating {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try migrate(queue)
            // What was read from a stream counts as done once it is here.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            return NotifierStore(queue)
        }
    }

    func close() throws { try NotifierStoreFailure.translating { try queue.close() } }

    func read<R>(_ body: (Database) throws -> R) throws -> R {
        try NotifierStoreFailure.translating { try queue.read(body) }
    }

    /// One transaction.
    func write<R>(_ body: (Database) throws -> R) throws -> R {
        try NotifierStoreFailure.translating { try queue.write(body) }
    }

    /// Changes when another process has changed the file.
    func dataVersion() throws -> Int64 {
        try read { try Int64.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }

    private static let current = 1

    private static func migrate(_ queue: DatabaseQueue) throws {
        let version = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard version <= current else {
            throw NotifierStoreFailure(
                "notifier.sqlite has version \(version), this Parley knows versions up to \(current): use a newer one")
        }
        guard version < current else { return }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: version1) }
        try migrator.migrate(queue)
    }

    /// Times are milliseconds since 1970.
    private static let version1 = """
        -- How far each tenant has been read, and the secret key of the notifier's tap in it.
        CREATE TABLE place (
            tenant TEXT PRIMARY KEY, secret TEXT NOT NULL,
            -- NULL until the stream has been found.
            epoch TEXT, next INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        -- What is sent one after the other: one webhook's events of one conversation, one browser's of one.
        CREATE TABLE line (
            id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, name TEXT NOT NULL, tenant TEXT NOT NULL,
            -- When its first delivery is to be tried; how often that was, and when first.
            due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, first_at INTEGER,
            UNIQUE (target, name)
        ) STRICT;
        CREATE INDEX line_due ON line (target, due);
        CREATE INDEX line_of ON line (tenant);
        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY AUTOINCREMENT, line INTEGER NOT NULL REFERENCES line ON DELETE CASCADE,
            -- 0 a webhook's, 1 a push.
            kind INTEGER NOT NULL,
            event TEXT NOT NULL, queued_at INTEGER NOT NULL, body BLOB NOT NULL,
            -- The user, the endpoint and its keys.
            browser BLOB
        ) STRICT;
        CREATE INDEX delivery_of ON delivery (line, id);
        CREATE INDEX delivery_event ON delivery (event);
        -- How many wait, by webhook, and all pushes under ''.
        CREATE TABLE waiting (target TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TRIGGER delivery_added AFTER INSERT ON delivery BEGIN
            INSERT INTO waiting (target, count)
            VALUES (CASE new.kind WHEN 1 THEN '' ELSE (SELECT target FROM line WHERE id = new.line) END, 1)
            ON CONFLICT (target) DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER delivery_gone BEFORE DELETE ON delivery BEGIN
            UPDATE waiting SET count = count - 1
            WHERE target = CASE old.kind WHEN 1 THEN '' ELSE (SELECT target FROM line WHERE id = old.line) END;
        END;

        -- What a webhook could not be told, until somebody replays it.
        CREATE TABLE dead (
            id INTEGER PRIMARY KEY AUTOINCREMENT, webhook TEXT NOT NULL, tenant TEXT NOT NULL, name TEXT NOT NULL,
            event TEXT NOT NULL, queued_at INTEGER NOT NULL, failed_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
            reason TEXT NOT NULL, body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX dead_of ON dead (webhook, id);
        CREATE INDEX dead_in ON dead (tenant, id);
        CREATE INDEX dead_event ON dead (event);

        -- Messages of which the router has not said yet whom they wake.
        CREATE TABLE question (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, event TEXT NOT NULL, message TEXT NOT NULL,
            -- The last of those already known.
            after TEXT, queued_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX question_of ON question (tenant);
        PRAGMA user_version = 1;
        """
}

/// The disk, the file, or somebody who held it for too long; one line for people.
public struct NotifierStoreFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    static func translating<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw NotifierStoreFailure(error.message ?? "SQLite \(error.extendedResultCode.rawValue)")
        }
    }
}
