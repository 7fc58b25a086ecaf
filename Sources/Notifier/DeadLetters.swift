internal import Foundation
internal import GRDB
public import Wire

/// An event that a webhook could not be told.
public struct DeadLetter: Equatable, Sendable {
    public let id: Int64
    public let webhook: String
    public let tenant: String
    /// `<epoch>:<offset>`.
    public let event: String
    public let failedAt: Timestamp
    public let attempts: Int
    public let reason: String
    public let body: [UInt8]
}

extension NotifierStore {
    /// A tenant's, or one webhook's, the oldest first; at most `limit`, after that id.
    public func deadLetters(
        of tenant: TenantSlug, webhook: String? = nil, after id: Int64 = 0, limit: Int = 1_000
    ) throws -> [DeadLetter] {
        try read { database in
            let sql = """
                SELECT id, webhook, tenant, event, failed_at, attempts, reason, body FROM dead
                WHERE tenant = ? AND id > ? AND (?3 IS NULL OR webhook = ?3) ORDER BY id LIMIT ?
                """
            return try Row.fetchAll(database, sql: sql, arguments: [tenant.text, id, webhook, limit]).map { row in
                DeadLetter(
                    id: row[0], webhook: row[1], tenant: row[2], event: row[3],
                    failedAt: Timestamp(milliseconds: row[4]), attempts: row[5], reason: row[6],
                    body: Array(row[7] as Data))
            }
        }
    }

    /// Queues dead letters again, behind what waits in their lines; a running notifier sends them within a second.
    ///
    /// - Parameters:
    ///   - id: nil for all of the tenant.
    ///   - webhooks: those of the tenant that are in force.
    /// - Returns: how many; what belongs to a webhook that is gone stays.
    public func replay(_ id: Int64?, of tenant: TenantSlug, webhooks: Set<String>, at now: Timestamp) throws -> Int {
        try write { database in
            let sql = """
                SELECT id, webhook, name, event, body FROM dead
                WHERE tenant = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY id
                """
            var count = 0
            for row in try Row.fetchAll(database, sql: sql, arguments: [tenant.text, id]) {
                let webhook: String = row[1]
                guard webhooks.contains(webhook) else { continue }
                let draft = DeliveryRows.Draft(
                    kind: .webhook, target: webhook, line: row[2], tenant: tenant, event: row[3],
                    body: Array(row[4] as Data))
                try DeliveryRows.add(draft, at: now, in: database)
                try database.execute(sql: "DELETE FROM dead WHERE id = ?", arguments: [row[0] as Int64])
                count += 1
            }
            return count
        }
    }

    /// How many events wait for each of a tenant's webhooks, and how many are dead letters.
    public func counts(ofWebhook id: String) throws -> (waiting: Int, dead: Int) {
        try read { database in
            let sql = "SELECT COUNT(*) FROM dead WHERE webhook = ?"
            return (
                try DeliveryRows.waiting(id, in: database),
                try Int.fetchOne(database, sql: sql, arguments: [id]) ?? 0
            )
        }
    }
}

enum DeadLetters {
    /// - Returns: how many older ones went to make room.
    static func add(
        _ draft: DeliveryRows.Draft, queuedAt: Timestamp, attempts: Int, reason: String, at now: Timestamp, keep: Int,
        in database: Database
    ) throws -> Int {
        try database.cachedStatement(
            sql: """
                INSERT INTO dead (webhook, tenant, name, event, queued_at, failed_at, attempts, reason, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            draft.target, draft.tenant.text, draft.line, draft.event, queuedAt.milliseconds, now.milliseconds, attempts,
            reason, Data(draft.body),
        ])
        return try trim(webhook: draft.target, keep: keep, in: database)
    }

    static func add(
        _ delivery: Delivery, attempts: Int, reason: String, at now: Timestamp, keep: Int, in database: Database
    ) throws -> Int {
        let sql = "SELECT name FROM line WHERE id = ?"
        let line = try String.fetchOne(database.cachedStatement(sql: sql), arguments: [delivery.line]) ?? ""
        let draft = DeliveryRows.Draft(
            kind: .webhook, target: delivery.target, line: line, tenant: delivery.tenant, event: delivery.event,
            body: delivery.body)
        return try add(
            draft, queuedAt: delivery.queuedAt, attempts: attempts, reason: reason, at: now, keep: keep, in: database)
    }

    /// Leaves the newest `keep` of a webhook.
    static func trim(webhook: String, keep: Int, in database: Database) throws -> Int {
        try database.cachedStatement(
            sql: """
                DELETE FROM dead WHERE webhook = ?1 AND id <= (
                    SELECT id FROM dead WHERE webhook = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                """
        ).execute(arguments: [webhook, keep])
        return database.changesCount
    }
}
