internal import GRDB
public import Wire

/// The control plane: tenants, their keys, origins and settings, and who is suspended, in `DATA/registry.sqlite`. Shared
/// by the router, which polls it, and the command line; any number of processes at once. All of it blocks.
///
/// Everything throws `RegistryFailure`.
public final class TenantRegistry: Sendable {
    private let queue: DatabaseQueue

    private init(_ queue: DatabaseQueue) { self.queue = queue }

    /// Makes the directory and the file where there are none.
    public static func open(dataDirectory: String) throws -> TenantRegistry {
        TenantRegistry(try RegistryFile.open(dataDirectory: dataDirectory))
    }

    public func close() throws { try RegistryFailure.translating { try queue.close() } }

    /// Raised by every change of any process: a poll of one row.
    public func changeCounter() throws -> Int64 {
        try read { try Int64.fetchOne($0.cachedStatement(sql: "SELECT counter FROM change")) ?? 0 }
    }

    /// All tenants but deleted ones, in the order of their slugs.
    public func tenants() throws -> [TenantRecord] {
        try read { database in
            let slugs = try String.fetchAll(database, sql: "SELECT slug FROM tenant WHERE state < 2 ORDER BY slug")
            return try slugs.compactMap { try TenantSlug($0).flatMap { try TenantRows.record(of: $0, in: database) } }
        }
    }

    /// Nil where there is none, or none any more.
    public func tenant(_ slug: TenantSlug) throws -> TenantRecord? {
        try read { try TenantRows.record(of: slug, in: $0) }
    }

    /// Makes a tenant, and a key `developmentKeyID` for it, with which `parley token` signs.
    ///
    /// - Parameters:
    ///   - name: 1 to 100 code points; the slug where there is none.
    ///   - origins: as browsers write them; stored in lower case, without their scheme's own port.
    /// - Throws: `exists` for a slug that is taken, also by a deleted tenant whose files are not erased yet.
    @discardableResult
    public func create(
        _ slug: TenantSlug, name: String? = nil, origins: [String] = [], settings: [SettingChange] = []
    ) throws -> TenantRecord {
        let name = try TenantRows.checked(name: name ?? slug.text)
        let origins = try TenantRows.checked(origins: origins)
        return try change { database in
            guard try !TenantRows.isTaken(slug, in: database) else { throw RegistryFailure.exists("tenant \(slug)") }
            try database.execute(
                sql: "INSERT INTO tenant (slug, name, link_key) VALUES (?, ?, randomblob(32))",
                arguments: [slug.text, name])
            try TenantRows.set(origins: origins, of: slug, in: database)
            try TenantRows.set(settings, of: slug, in: database)
            try TenantRows.add(Self.developmentKey(), to: slug, in: database)
            return try TenantRows.knownRecord(of: slug, in: database)
        }
    }

    /// Nil leaves a name or list of origins as it is; settings that are not named stay.
    @discardableResult
    public func update(
        _ slug: TenantSlug, name: String? = nil, origins: [String]? = nil, settings: [SettingChange] = []
    ) throws -> TenantRecord {
        let name = try name.map { try TenantRows.checked(name: $0) }
        let origins = try origins.map { try TenantRows.checked(origins: $0) }
        return try change { database in
            try TenantRows.requireKnown(slug, in: database)
            if let name {
                try database.execute(sql: "UPDATE tenant SET name = ? WHERE slug = ?", arguments: [name, slug.text])
            }
            if let origins { try TenantRows.set(origins: origins, of: slug, in: database) }
            try TenantRows.set(settings, of: slug, in: database)
            return try TenantRows.knownRecord(of: slug, in: database)
        }
    }

    /// Suspending what is suspended changes nothing, and so with resuming.
    public func suspend(_ slug: TenantSlug) throws { try set(state: .suspended, of: slug) }

    public func resume(_ slug: TenantSlug) throws { try set(state: .active, of: slug) }

    private func set(state: TenantRecord.State, of slug: TenantSlug) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            try database.execute(
                sql: "UPDATE tenant SET state = ?1 WHERE slug = ?2 AND state <> ?1",
                arguments: [Int(state.rawValue), slug.text])
        }
    }

    /// The tenant is gone for everybody, its keys and all; the router erases its files and then calls `purge`.
    public func markDeleted(_ slug: TenantSlug) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            for table in ["origin", "key", "setting", "suspended_user", "tap", "webhook", "pushing"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE tenant = ?", arguments: [slug.text])
            }
            try database.execute(sql: "UPDATE tenant SET state = 2 WHERE slug = ?", arguments: [slug.text])
        }
    }

    /// Deleted tenants whose files are still to be erased, in the order of their slugs.
    public func deletedTenants() throws -> [TenantSlug] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT slug FROM tenant WHERE state = 2 ORDER BY slug")
                .compactMap { TenantSlug($0) }
        }
    }

    /// Frees the slug of a deleted tenant whose files are erased; nothing for any other.
    public func purge(_ slug: TenantSlug) throws {
        try change { database in
            try database.execute(sql: "DELETE FROM tenant WHERE slug = ? AND state = 2", arguments: [slug.text])
        }
    }

    /// `kid` of the key that `create` makes: HS256, 32 random bytes.
    public static let developmentKeyID = "parley-development"

    /// In the order of their ids.
    public func keys(of slug: TenantSlug) throws -> [TenantRecord.Key] {
        try read { try TenantRows.knownRecord(of: slug, in: $0).keys }
    }

    /// - Throws: `invalid` for an id or material that the algorithm doesn't take, `exists` for an id that is taken.
    public func addKey(_ key: TenantRecord.Key, to slug: TenantSlug) throws {
        try TenantRows.check(key)
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            try TenantRows.add(key, to: slug, in: database)
        }
    }

    public func removeKey(_ id: String, from slug: TenantSlug) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            try database.execute(sql: "DELETE FROM key WHERE tenant = ? AND id = ?", arguments: [slug.text, id])
            guard database.changesCount == 1 else { throw RegistryFailure.unknown("key \(id) of tenant \(slug)") }
        }
    }

    private static func developmentKey() -> TenantRecord.Key {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<KeyMaterial.secretBytesMin).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return TenantRecord.Key(id: developmentKeyID, algorithm: .hs256, material: secret)
    }

    /// Whoever the tenant's tokens name, seen yet or not. Suspending what is suspended changes nothing.
    public func suspendUser(_ user: UserID, in slug: TenantSlug) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            try database.execute(
                sql: "INSERT OR IGNORE INTO suspended_user (tenant, user) VALUES (?, ?)",
                arguments: [slug.text, user.text])
        }
    }

    public func resumeUser(_ user: UserID, in slug: TenantSlug) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            try database.execute(
                sql: "DELETE FROM suspended_user WHERE tenant = ? AND user = ?", arguments: [slug.text, user.text])
        }
    }

    func read<R>(_ body: (Database) throws -> R) throws -> R {
        try RegistryFailure.translating { try queue.read(body) }
    }

    /// One immediate transaction that raises the counter where it changed anything.
    func change<R>(_ body: (Database) throws -> R) throws -> R {
        try RegistryFailure.translating {
            try queue.write { database in
                let before = database.totalChangesCount
                let result = try body(database)
                if database.totalChangesCount != before {
                    try database.execute(sql: "UPDATE change SET counter = counter + 1")
                }
                return result
            }
        }
    }
}
