internal import GRDB
internal import Wire

/// How far a tenant has been read.
struct Place: Equatable, Sendable {
    let secret: CurveKey
    /// Nil: the stream has not been found yet, and begins where the log ends.
    var epoch: String?
    /// The next event's offset; 0 where it is not known.
    var next: UInt64
}

enum PlaceRows {
    static func all(in database: Database) throws -> [TenantSlug: Place] {
        var places: [TenantSlug: Place] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT tenant, secret, epoch, next FROM place") {
            guard let tenant = TenantSlug(row[0] as String), let secret = CurveKey(row[1] as String) else { continue }
            places[tenant] = Place(secret: secret, epoch: row[2], next: UInt64(clamping: row[3] as Int64))
        }
        return places
    }

    static func set(_ place: Place, of tenant: TenantSlug, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO place (tenant, secret, epoch, next) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (tenant) DO UPDATE SET secret = ?2, epoch = ?3, next = ?4
                """
        ).execute(arguments: [tenant.text, place.secret.text, place.epoch, Int64(clamping: place.next)])
    }

    /// With what is still to be asked for it; what waits to be sent stays for its targets to decide.
    static func forget(_ tenant: TenantSlug, in database: Database) throws {
        try database.execute(sql: "DELETE FROM place WHERE tenant = ?", arguments: [tenant.text])
        try database.execute(sql: "DELETE FROM question WHERE tenant = ?", arguments: [tenant.text])
    }
}

/// A message of which the router is to say whom it wakes.
struct StoredQuestion: Equatable, Sendable {
    let id: Int64
    let tenant: TenantSlug
    let event: String
    let message: MessageID
    let after: UserID?
    let queuedAt: Timestamp
}

enum QuestionRows {
    static func add(
        _ message: MessageID, of tenant: TenantSlug, event: String, at now: Timestamp, in database: Database
    ) throws {
        try database.cachedStatement(
            sql: "INSERT INTO question (tenant, event, message, queued_at) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [tenant.text, event, message.text, now.milliseconds])
    }

    /// The oldest.
    static func first(_ limit: Int, in database: Database) throws -> [StoredQuestion] {
        let sql = "SELECT id, tenant, event, message, after, queued_at FROM question ORDER BY id LIMIT ?"
        return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [limit]).compactMap { row in
            guard let tenant = TenantSlug(row[1] as String), let message = MessageID(row[3] as String) else {
                return nil
            }
            return StoredQuestion(
                id: row[0], tenant: tenant, event: row[2], message: message,
                after: (row[4] as String?).flatMap { UserID($0) }, queuedAt: Timestamp(milliseconds: row[5]))
        }
    }

    static func goOn(_ id: Int64, after user: UserID, in database: Database) throws {
        try database.cachedStatement(sql: "UPDATE question SET after = ? WHERE id = ?")
            .execute(arguments: [user.text, id])
    }

    static func finish(_ id: Int64, in database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM question WHERE id = ?").execute(arguments: [id])
    }
}
