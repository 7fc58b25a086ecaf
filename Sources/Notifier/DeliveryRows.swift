internal import Foundation
internal import GRDB
internal import Wire

/// The queue's rows: what waits, in lines, and how it leaves.
enum DeliveryRows {
    static let pushes = ""

    /// What is to be queued.
    struct Draft: Equatable, Sendable {
        let kind: Delivery.Kind
        let target: String
        /// Of the line: a conversation, or an endpoint and a conversation; empty for what is of none.
        let line: String
        let tenant: TenantSlug
        let event: String
        let body: [UInt8]
        var browser: Browser?
    }

    static func waiting(_ target: String, in database: Database) throws -> Int {
        let sql = "SELECT count FROM waiting WHERE target = ?"
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [target]) ?? 0
    }

    /// Pushes of one tenant that wait.
    static func pushes(of tenant: TenantSlug, in database: Database) throws -> Int {
        let sql = "SELECT COUNT(*) FROM line l JOIN delivery d ON d.line = l.id WHERE l.tenant = ? AND d.kind = 1"
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [tenant.text]) ?? 0
    }

    static func forget(pushesOf tenant: TenantSlug, in database: Database) throws {
        try database.execute(
            sql: "DELETE FROM delivery WHERE kind = 1 AND line IN (SELECT id FROM line WHERE tenant = ?)",
            arguments: [tenant.text])
        try database.execute(
            sql: "DELETE FROM line WHERE tenant = ? AND NOT EXISTS (SELECT 1 FROM delivery WHERE line = line.id)",
            arguments: [tenant.text])
    }

    static func add(_ draft: Draft, at now: Timestamp, in database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT INTO line (target, name, tenant, due) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [draft.target, draft.line, draft.tenant.text, now.milliseconds])
        let line = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM line WHERE target = ? AND name = ?"),
            arguments: [draft.target, draft.line])
        if draft.kind == .push {
            // The newest says all that those before it would: a browser shows one notification a conversation.
            try database.cachedStatement(sql: "DELETE FROM delivery WHERE line = ?").execute(arguments: [line])
        }
        try database.cachedStatement(
            sql: "INSERT INTO delivery (line, kind, event, queued_at, body, browser) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            line, draft.kind.rawValue, draft.event, now.milliseconds, Data(draft.body),
            draft.browser.map { Data($0.bytes) },
        ])
    }

    /// The first of each of the target's lines that are due, those due longest first.
    ///
    /// - Parameters:
    ///   - underWay: lines to leave alone.
    ///   - tenants: whose lines to leave alone.
    static func due(
        of target: String, at now: Timestamp, except underWay: Set<Int64>, of tenants: [TenantSlug] = [], limit: Int,
        in database: Database
    ) throws -> (deliveries: [Delivery], next: Timestamp?) {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id, due FROM line
                    WHERE target = ? AND instr(?, ' ' || tenant || ' ') = 0 ORDER BY due LIMIT ?
                    """),
            // No slug has a space.
            arguments: [target, " \(tenants.map(\.text).joined(separator: " ")) ", limit + underWay.count + 1])
        var deliveries: [Delivery] = []
        for row in rows {
            let line: Int64 = row[0]
            let due = Timestamp(milliseconds: row[1])
            if underWay.contains(line) { continue }
            guard due <= now, deliveries.count < limit else { return (deliveries, due) }
            if let delivery = try first(of: line, in: database) {
                deliveries.append(delivery)
            } else {
                try database.execute(sql: "DELETE FROM line WHERE id = ?", arguments: [line])
            }
        }
        return (deliveries, nil)
    }

    private static func first(of line: Int64, in database: Database) throws -> Delivery? {
        let sql = """
            SELECT d.id, d.kind, l.target, l.tenant, d.event, d.queued_at, l.attempts, l.first_at, d.body, d.browser
            FROM line l JOIN delivery d ON d.line = l.id WHERE l.id = ? ORDER BY d.id LIMIT 1
            """
        let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [line])
        guard let row, let kind = Delivery.Kind(rawValue: row[1]), let tenant = TenantSlug(row[3] as String) else {
            return nil
        }
        return Delivery(
            id: row[0], line: line, kind: kind, target: row[2], tenant: tenant, event: row[4],
            queuedAt: Timestamp(milliseconds: row[5]), attempts: row[6],
            firstTriedAt: (row[7] as Int64?).map(Timestamp.init(milliseconds:)), body: Array(row[8] as Data),
            browser: (row[9] as Data?).flatMap { Browser(Array($0)) })
    }

    /// The delivery has come to its end, one way or the other: the next of its line is the first, and due now.
    static func finish(_ delivery: Delivery, now: Timestamp, in database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM delivery WHERE id = ?").execute(arguments: [delivery.id])
        try database.cachedStatement(
            sql: "UPDATE line SET due = ?, attempts = 0, first_at = NULL WHERE id = ?"
        ).execute(arguments: [now.milliseconds, delivery.line])
        try database.cachedStatement(
            sql: "DELETE FROM line WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE line = ?1)"
        ).execute(arguments: [delivery.line])
    }

    static func retry(_ delivery: Delivery, at due: Timestamp, firstTriedAt: Timestamp, in database: Database) throws {
        // A push that a newer one has put out takes no part in its line's attempts.
        try database.cachedStatement(
            sql: """
                UPDATE line SET due = ?1, attempts = ?2, first_at = ?3
                WHERE id = ?4 AND EXISTS (SELECT 1 FROM delivery WHERE id = ?5)
                """
        ).execute(arguments: [
            due.milliseconds, delivery.attempts + 1, firstTriedAt.milliseconds, delivery.line, delivery.id,
        ])
    }

    /// All targets in which anything waits, with the moment at which the first is due.
    static func targets(in database: Database) throws -> [(target: String, due: Timestamp)] {
        try Row.fetchAll(database, sql: "SELECT target, MIN(due) FROM line GROUP BY target").map {
            ($0[0], Timestamp(milliseconds: $0[1]))
        }
    }

    // MARK: The end of a target

    /// What still waits for a webhook becomes dead letters.
    static func bury(webhook id: String, reason: String, at now: Timestamp, keep: Int, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO dead (webhook, tenant, name, event, queued_at, failed_at, attempts, reason, body)
                SELECT l.target, l.tenant, l.name, d.event, d.queued_at, ?2, 0, ?3, d.body
                FROM line l JOIN delivery d ON d.line = l.id WHERE l.target = ?1 ORDER BY d.id
                """, arguments: [id, now.milliseconds, reason])
        try forget(target: id, in: database)
        _ = try DeadLetters.trim(webhook: id, keep: keep, in: database)
    }

    static func forget(target: String, in database: Database) throws {
        try database.execute(
            sql: "DELETE FROM delivery WHERE line IN (SELECT id FROM line WHERE target = ?)", arguments: [target])
        try database.execute(sql: "DELETE FROM line WHERE target = ?", arguments: [target])
        try database.execute(sql: "DELETE FROM waiting WHERE target = ?", arguments: [target])
    }

    /// Everything that waits to wake one browser.
    static func forget(browser endpoint: String, of target: String, in database: Database) throws {
        // A line's name is the endpoint, a space, the tenant, and the conversation.
        let lines = try Int64.fetchAll(
            database, sql: "SELECT id FROM line WHERE target = ? AND name >= ? AND name < ?",
            arguments: [target, endpoint + " ", endpoint + "!"])
        for line in lines {
            try database.execute(sql: "DELETE FROM delivery WHERE line = ?", arguments: [line])
            try database.execute(sql: "DELETE FROM line WHERE id = ?", arguments: [line])
        }
    }
}
