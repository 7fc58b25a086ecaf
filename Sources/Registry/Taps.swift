internal import GRDB
public import Wire

/// A tap with its history.
public struct TapEntry: Equatable, Sendable {
    public let record: TapRecord
    public let createdAt: Timestamp
    public let revokedAt: Timestamp?
    /// The notifier's own.
    public let isInternal: Bool
}

/// One decision of an operator about taps.
public struct AuditEntry: Equatable, Sendable {
    public let at: Timestamp
    /// The login name, as far as the system knows it.
    public let `operator`: String
    /// `tap.create`, `tap.revoke`, `tap.rotate`.
    public let action: String
    public let tenant: String
    public let detail: String
}

/// Where a worker lets taps in: streams at the port, the tenants' publishers at the ports after it.
public struct TapDoor: Equatable, Sendable {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Who decides something, and when: what the audit keeps.
public struct Deed: Equatable, Sendable {
    let `operator`: String
    public let at: Timestamp

    public init(operator: String, at: Timestamp) {
        self.operator = `operator`
        self.at = at
    }
}

extension TenantRegistry {
    /// Taps of one tenant that are in force; each may hold a connection and a stream at every worker.
    public static let tapsMax = 100
    /// Conversations, and events, that one scope names.
    static let scopeNamesMax = 100

    /// - Parameter placesMax: how many tenants the range of ports has room for.
    /// - Throws: `exists` for a name that is taken, `invalid` for what can't be taken or has no room.
    /// - Returns: the tenant's place in the range of ports.
    @discardableResult
    public func createTap(_ tap: TapRecord, of slug: TenantSlug, placesMax: Int, by deed: Deed) throws -> Int {
        try Self.check(tap)
        return try change { database in
            try TenantRows.requireKnown(slug, in: database)
            let sql = "SELECT name FROM tap WHERE tenant = ? AND revoked_at IS NULL AND internal = 0"
            let names = try String.fetchAll(database, sql: sql, arguments: [slug.text])
            guard !names.contains(tap.name), tap.name != Self.notifierTap else {
                throw RegistryFailure.exists("tap \(tap.name) of tenant \(slug)")
            }
            guard names.count < Self.tapsMax else {
                throw RegistryFailure.invalid(field: "tap", allowed: "one of at most \(Self.tapsMax) of a tenant")
            }
            let place = try Self.place(of: slug, placesMax: placesMax, in: database)
            try Self.insert(tap, of: slug, at: deed.at, in: database)
            try Self.audit("tap.create", slug, tap.audited, deed, in: database)
            return place
        }
    }

    /// Ends a tap.
    ///
    /// - Throws: `unknown` where there is none in force.
    public func revokeTap(_ name: String, of slug: TenantSlug, by deed: Deed) throws {
        try change { database in
            let tap = try Self.inForce(name, of: slug, in: database)
            try Self.revoke(tap, at: deed.at, in: database)
            try Self.audit("tap.revoke", slug, tap.audited, deed, in: database)
        }
    }

    /// Gives a tap another key; the former ends.
    ///
    /// - Returns: the tap as it now is, and its tenant's place in the range of ports.
    public func rotateTap(
        _ name: String, of slug: TenantSlug, to key: CurveKey, placesMax: Int, by deed: Deed
    ) throws -> (tap: TapRecord, place: Int) {
        try change { database in
            let former = try Self.inForce(name, of: slug, in: database)
            try Self.revoke(former, at: deed.at, in: database)
            let tap = TapRecord(name: name, key: key, scope: former.scope, expiresAt: former.expiresAt)
            try Self.insert(tap, of: slug, at: deed.at, in: database)
            try Self.audit("tap.rotate", slug, "\(tap.audited) in place of \(former.key)", deed, in: database)
            return (tap, try Self.place(of: slug, placesMax: placesMax, in: database))
        }
    }

    /// All taps that a tenant ever had, the oldest first.
    public func taps(of slug: TenantSlug) throws -> [TapEntry] {
        try read { database in
            try TenantRows.requireKnown(slug, in: database)
            let sql =
                "SELECT \(Self.tapColumns), created_at, revoked_at, internal FROM tap WHERE tenant = ? ORDER BY id"
            return try Row.fetchAll(database, sql: sql, arguments: [slug.text]).compactMap { row in
                Self.tap(row).map {
                    TapEntry(
                        record: $0, createdAt: Timestamp(milliseconds: row[6]),
                        revokedAt: (row[7] as Int64?).map(Timestamp.init(milliseconds:)), isInternal: row[8])
                }
            }
        }
    }

    /// What may be let in: taps of active tenants that are not revoked, with the change counter as its version.
    public func tapDirectory(run: UInt64) throws -> TapDirectory {
        try read { database in
            let counter = try Int64.fetchOne(database, sql: "SELECT counter FROM change") ?? 0
            let sql = """
                SELECT \(Self.tapColumns), tap.tenant, p.place FROM tap
                JOIN tenant t ON t.slug = tap.tenant AND t.state = 0
                LEFT JOIN tap_place p ON p.tenant = tap.tenant
                WHERE revoked_at IS NULL ORDER BY tap.tenant, tap.id
                """
            var tenants: [TapDirectory.Tenant] = []
            for row in try Row.fetchAll(database, sql: sql) {
                guard let tap = Self.tap(row), let slug = TenantSlug(row[6] as String) else { continue }
                // Where nobody subscribes there is no publisher, and no place for one.
                let place = UInt16(clamping: row[7] as Int64? ?? .max)
                let known = tenants.last?.tenant == slug ? tenants.removeLast().taps : []
                tenants.append(TapDirectory.Tenant(tenant: slug, place: place, taps: known + [tap]))
            }
            let version = TapDirectory.Version(run: run, counter: UInt64(clamping: counter))
            return TapDirectory(version: version, tenants: tenants)
        }
    }

    /// The decisions about a tenant's taps, the oldest first.
    public func audit(of slug: TenantSlug) throws -> [AuditEntry] {
        try read { database in
            let sql = "SELECT at, operator, action, tenant, detail FROM audit WHERE tenant = ? ORDER BY id"
            return try Row.fetchAll(database, sql: sql, arguments: [slug.text]).map { row in
                AuditEntry(
                    at: Timestamp(milliseconds: row[0]), operator: row[1], action: row[2], tenant: row[3],
                    detail: row[4])
            }
        }
    }

    /// Empty where no system with taps ever ran on this data.
    public func tapDoors() throws -> [TapDoor] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT host, port FROM tap_door ORDER BY position").map { row in
                TapDoor(host: row[0], port: row[1])
            }
        }
    }

    /// Remembers where taps are let in, for those who are made later.
    public func set(tapDoors doors: [TapDoor]) throws {
        guard try tapDoors() != doors else { return }
        try change { database in
            try database.execute(sql: "DELETE FROM tap_door")
            for (position, door) in doors.enumerated() {
                try database.execute(
                    sql: "INSERT INTO tap_door (position, host, port) VALUES (?, ?, ?)",
                    arguments: [position, door.host, door.port])
            }
        }
    }
}

extension TenantRegistry {
    private static let tapColumns = "tap.name, tap.key, conversations, events, shows_text, expires_at"

    private static func tap(_ row: Row) -> TapRecord? {
        guard let key = CurveKey(row[1] as String) else { return nil }
        let conversations = (row[2] as String).split(separator: " ").compactMap { ConversationID(String($0)) }
        let events = (row[3] as String).split(separator: " ").map(String.init)
        return TapRecord(
            name: row[0], key: key,
            scope: TapScope(conversations: conversations, events: events, showsText: row[4]),
            expiresAt: (row[5] as Int64?).map(Timestamp.init(milliseconds:)))
    }

    private static func check(_ tap: TapRecord) throws(RegistryFailure) {
        guard (1...64).contains(tap.name.utf8.count), tap.name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid(field: "name", allowed: "1 to 64 characters of printable ASCII without spaces")
        }
        guard tap.scope.conversations.count <= scopeNamesMax, tap.scope.events.count <= scopeNamesMax else {
            throw .invalid(field: "scope", allowed: "at most \(scopeNamesMax) conversations and as many events")
        }
    }

    private static func place(of slug: TenantSlug, placesMax: Int, in database: Database) throws -> Int {
        let sql = "SELECT place FROM tap_place WHERE tenant = ?"
        if let place = try Int.fetchOne(database, sql: sql, arguments: [slug.text]) { return place }
        let place = (try Int.fetchOne(database, sql: "SELECT MAX(place) FROM tap_place")).map { $0 + 1 } ?? 0
        // The highest were given first: what deleted tenants left free comes after them.
        let free =
            place < placesMax
            ? place
            : try Int.fetchOne(
                database,
                sql: """
                    SELECT MIN(place) FROM (SELECT 0 AS place UNION SELECT place + 1 FROM tap_place)
                    WHERE place NOT IN (SELECT place FROM tap_place)
                    """) ?? placesMax
        guard free < placesMax else {
            throw RegistryFailure.invalid(field: "tap", allowed: "of one of \(placesMax) tenants: no port is left")
        }
        try database.execute(
            sql: "INSERT INTO tap_place (tenant, place) VALUES (?, ?)", arguments: [slug.text, free])
        return free
    }

    private static func insert(
        _ tap: TapRecord, of slug: TenantSlug, at: Timestamp, in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO tap (tenant, name, key, conversations, events, shows_text, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                slug.text, tap.name, tap.key.text, tap.scope.conversations.map(\.text).joined(separator: " "),
                tap.scope.events.joined(separator: " "), tap.scope.showsText, at.milliseconds,
                tap.expiresAt?.milliseconds,
            ])
    }

    private static func inForce(_ name: String, of slug: TenantSlug, in database: Database) throws -> TapRecord {
        try TenantRows.requireKnown(slug, in: database)
        let sql = """
            SELECT \(tapColumns) FROM tap WHERE tenant = ? AND name = ? AND revoked_at IS NULL AND internal = 0
            """
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [slug.text, name]), let tap = tap(row) else {
            throw RegistryFailure.unknown("tap \(name) of tenant \(slug)")
        }
        return tap
    }

    private static func revoke(_ tap: TapRecord, at: Timestamp, in database: Database) throws {
        try database.execute(
            sql: "UPDATE tap SET revoked_at = ? WHERE key = ?", arguments: [at.milliseconds, tap.key.text])
    }

    static func audit(
        _ action: String, _ slug: TenantSlug, _ detail: String, _ deed: Deed, in database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO audit (at, operator, action, tenant, detail) VALUES (?, ?, ?, ?, ?)",
            arguments: [deed.at.milliseconds, deed.operator, action, slug.text, detail])
    }
}

extension TapRecord {
    /// As the audit names it.
    fileprivate var audited: String {
        var words = ["\(name) \(key)"]
        if !scope.conversations.isEmpty { words.append("conversations \(scope.conversations.count)") }
        if !scope.events.isEmpty { words.append("events \(scope.events.joined(separator: ","))") }
        if !scope.showsText { words.append("without text") }
        if let expiresAt { words.append("until \(expiresAt.text)") }
        return words.joined(separator: ", ")
    }
}
