internal import GRDB

/// The versions of a tenant's file, in order. A file keeps the number of its last one in `user_version`, so that opening
/// a current one costs a single read.
enum Migrations {
    static let current = 5
    static let firstWithFiles = 4

    /// Brings a file to the current version, or refuses one of a later version.
    static func apply(to writer: some DatabaseWriter, epoch: () -> String) throws {
        let version = try writer.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard version <= current else { throw refusal(of: version, "the file") }
        guard version < current else { return }
        let epoch = epoch()
        // All in one transaction: a file is of one version or another, whatever happens meanwhile.
        try writer.write { database in
            if version < 1 {
                try database.execute(sql: version1)
                try database.execute(sql: "INSERT INTO meta (id, epoch) VALUES (1, ?)", arguments: [epoch])
            }
            if version < 2 { try database.execute(sql: version2) }
            if version < 3 { try database.execute(sql: version3) }
            if version < 4 { try database.execute(sql: version4) }
            if version < 5 { try database.execute(sql: version5) }
            try database.execute(sql: "PRAGMA user_version = \(current)")
        }
    }

    static func refusal(of version: Int, _ what: String) -> StoreFailure {
        StoreFailure(
            .newer, "\(what) has version \(version), this Parley knows versions up to \(current): use a newer one")
    }

    /// `user_version` as the file itself has it, without opening it as a database; nil where it is no database.
    ///
    /// - Source: SQLite's file format, §1.3: 100 bytes, the version at 60, big-endian.
    static func version(ofFile path: String) -> Int? {
        guard let header = FileSystem.head(of: path, count: 100), header.starts(with: Array("SQLite format 3\0".utf8))
        else { return nil }
        return Int(Int32(truncatingIfNeeded: header[60..<64].reduce(0) { $0 << 8 | Int($1) }))
    }

    private static let version5 = """
        -- Of its message.deleted; NULL while there is none.
        ALTER TABLE message ADD COLUMN deleted_offset INTEGER;
        ALTER TABLE message ADD COLUMN deleted_at INTEGER;
        -- LogKind 2: message.deleted.
        UPDATE message SET deleted_offset = log.offset, deleted_at = log.at FROM log
            WHERE log.kind = 2 AND message.id = log.message;
        """

    private static let version4 = """
        -- A list of Wire's attachments; NULL where there are none.
        ALTER TABLE message ADD COLUMN attachments BLOB;
        ALTER TABLE message ADD COLUMN voice INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE upload (
            id BLOB PRIMARY KEY, uploader TEXT NOT NULL, conversation BLOB NOT NULL,
            -- 0 begun, 1 sealed, 2 finished.
            state INTEGER NOT NULL,
            -- Bytes kept for it while it is begun.
            reserved INTEGER NOT NULL,
            -- NULL once a message refers to it.
            expires_at INTEGER,
            message BLOB,
            -- Of the content, once it is known.
            sha256 TEXT, name TEXT, type TEXT, size INTEGER, thumbnail_size INTEGER,
            width INTEGER, height INTEGER, duration_ms INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX upload_expiring ON upload (expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX upload_unsent ON upload (uploader) WHERE expires_at IS NOT NULL;
        CREATE INDEX upload_in ON upload (message) WHERE message IS NOT NULL;
        CREATE INDEX upload_of ON upload (sha256) WHERE sha256 IS NOT NULL;

        -- Each content once, with its thumbnail.
        CREATE TABLE content (
            sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL,
            -- 0 uploads refer to it, 1 none does: to be removed, 2 being removed.
            state INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX content_leaving ON content (state) WHERE state > 0;

        -- Sums of the two above.
        CREATE TABLE storage_use (
            id INTEGER PRIMARY KEY CHECK (id = 1), stored INTEGER NOT NULL, reserved INTEGER NOT NULL
        ) STRICT;
        INSERT INTO storage_use (id, stored, reserved) VALUES (1, 0, 0);

        CREATE TABLE refused_upload (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, conversation BLOB NOT NULL,
            name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, reason TEXT NOT NULL
        ) STRICT;
        """

    private static let version2 = """
        -- When the user was last shown as here; NULL where they never went.
        ALTER TABLE user ADD COLUMN last_seen INTEGER;
        """

    private static let version3 = """
        -- How a member has the conversation, with the tenant's newest offset when it changed; 0: as everybody begins.
        ALTER TABLE member ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE member ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE member ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE member ADD COLUMN preferences_offset INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX member_archived ON member (user, conversation) WHERE archived = 1;
        CREATE INDEX member_preferring ON member (user, preferences_offset) WHERE preferences_offset > 0;

        -- Browsers that want to be woken. One that somebody else signs in with is theirs from then on.
        CREATE TABLE push_subscription (
            endpoint TEXT PRIMARY KEY, user TEXT NOT NULL, public_key BLOB NOT NULL, secret BLOB NOT NULL,
            -- Ascending: which one its browser said most recently.
            turn INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX push_subscription_of ON push_subscription (user, turn);
        """

    /// Rows are found by the offset of what made them wherever they can be: such tables grow at their end, which is
    /// what keeps a commit's pages few. UUIDs are their 16 bytes, times milliseconds since 1970, flags 0 and 1.
    private static let version1 = """
        CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL,
            -- What the last tenant.updated said: its JSON without offset and time.
            announced BLOB
        ) STRICT;

        CREATE TABLE log (
            offset INTEGER PRIMARY KEY,
            -- LogKind.
            kind INTEGER NOT NULL,
            at INTEGER NOT NULL,
            -- The scope: a conversation, a user, or neither.
            conversation BLOB, user TEXT,
            author TEXT,
            message BLOB, seq INTEGER,
            -- Of routing; NULL where there is none.
            effect BLOB,
            json BLOB NOT NULL
        ) STRICT;

        CREATE TABLE user (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL, picture TEXT,
            claimed_name TEXT, claimed_picture TEXT,
            -- The name in lower case, to sort by.
            folded TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        -- What search finds: the name from each of its words on, and the id, in lower case.
        CREATE TABLE user_word (
            word TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (word, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX user_word_of ON user_word (user);

        CREATE TABLE conversation (
            id BLOB PRIMARY KEY,
            kind INTEGER NOT NULL, title TEXT, picture TEXT, created_at INTEGER NOT NULL, creator TEXT NOT NULL,
            -- The two of a direct one, in ascending order, with a space between.
            pair TEXT UNIQUE,
            history INTEGER NOT NULL, expires_after_s INTEGER NOT NULL,
            member_count INTEGER NOT NULL,
            -- Of the newest message; 0 where there is none.
            last_seq INTEGER NOT NULL, last_offset INTEGER NOT NULL,
            created_offset INTEGER NOT NULL, updated_offset INTEGER NOT NULL,
            -- The tenant's newest offset when a member's cursor last moved.
            cursor_offset INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE member (
            conversation BLOB NOT NULL, user TEXT NOT NULL,
            -- 0 member, 1 admin, 2 owner.
            role INTEGER NOT NULL, role_offset INTEGER NOT NULL,
            joined_at INTEGER NOT NULL, joined_offset INTEGER NOT NULL, first_seq INTEGER NOT NULL,
            -- Each cursor with the tenant's newest offset when it moved.
            read_seq INTEGER NOT NULL, read_offset INTEGER NOT NULL DEFAULT 0,
            received_seq INTEGER NOT NULL, received_offset INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (conversation, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX member_of ON member (user, conversation, joined_offset);
        CREATE INDEX member_by_joining ON member (conversation, joined_offset, user);
        CREATE INDEX member_above ON member (conversation, role, joined_offset, user) WHERE role > 0;

        -- When a user was a member, both ends inclusive; until_offset is NULL while it lasts.
        CREATE TABLE membership (
            user TEXT NOT NULL, conversation BLOB NOT NULL, from_offset INTEGER NOT NULL, until_offset INTEGER,
            PRIMARY KEY (user, conversation, from_offset)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE message (
            -- Of its message.created.
            offset INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            conversation BLOB NOT NULL, seq INTEGER NOT NULL,
            sender TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
            reply_to BLOB, thread BLOB, thread_count INTEGER NOT NULL DEFAULT 0,
            deleted INTEGER NOT NULL DEFAULT 0, expires_at INTEGER
        ) STRICT;
        -- Covers the counting of unread ones. What is unique is the conversation and seq: conversation.last_seq sees to
        -- it that each is one more than the last.
        CREATE INDEX message_by_seq ON message (conversation, seq, sender, deleted);
        -- How many messages that are not deleted each 256 of a conversation hold, once they are full: by sender, and of all
        -- under the sender ''.
        CREATE TABLE tally (
            conversation BLOB NOT NULL, sender TEXT NOT NULL, block INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (conversation, sender, block)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX message_expiring ON message (expires_at) WHERE expires_at IS NOT NULL AND deleted = 0;

        CREATE TABLE block (
            blocker TEXT NOT NULL, blocked TEXT NOT NULL, active INTEGER NOT NULL, offset INTEGER NOT NULL,
            PRIMARY KEY (blocker, blocked)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX block_of ON block (blocked, blocker) WHERE active = 1;
        """
}
