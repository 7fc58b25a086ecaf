internal import Foundation
internal import GRDB
internal import Wire

/// A tenant's rows, and what may stand in them.
enum TenantRows {
    static let originsMax = 100
    static let keysMax = 50

    static func isTaken(_ slug: TenantSlug, in database: Database) throws -> Bool {
        try Int.fetchOne(database, sql: "SELECT 1 FROM tenant WHERE slug = ?", arguments: [slug.text]) != nil
    }

    static func requireKnown(_ slug: TenantSlug, in database: Database) throws {
        let sql = "SELECT 1 FROM tenant WHERE slug = ? AND state < 2"
        guard try Int.fetchOne(database, sql: sql, arguments: [slug.text]) != nil else {
            throw RegistryFailure.unknown("tenant \(slug)")
        }
    }

    static func knownRecord(of slug: TenantSlug, in database: Database) throws -> TenantRecord {
        guard let record = try record(of: slug, in: database) else { throw RegistryFailure.unknown("tenant \(slug)") }
        return record
    }

    /// Nil where there is none, or it is deleted.
    static func record(of slug: TenantSlug, in database: Database) throws -> TenantRecord? {
        let tenant = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT name, state, link_key FROM tenant WHERE slug = ? AND state < 2"),
            arguments: [slug.text])
        guard let tenant else { return nil }
        let origins = try String.fetchAll(
            database.cachedStatement(sql: "SELECT origin FROM origin WHERE tenant = ? ORDER BY position"),
            arguments: [slug.text])
        let users = try String.fetchAll(
            database.cachedStatement(sql: "SELECT user FROM suspended_user WHERE tenant = ? ORDER BY user"),
            arguments: [slug.text])
        return TenantRecord(
            tenant: slug, name: tenant[0], state: tenant[1] == 1 ? .suspended : .active, origins: origins,
            keys: try keys(of: slug, in: database), settings: try settings(of: slug, in: database),
            suspendedUsers: users.compactMap { UserID($0) }, linkKey: Array(tenant[2] as Data))
    }

    private static func keys(of slug: TenantSlug, in database: Database) throws -> [TenantRecord.Key] {
        let sql = "SELECT id, algorithm, material FROM key WHERE tenant = ? ORDER BY id"
        return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [slug.text]).compactMap { row in
            guard let algorithm = TenantRecord.Key.Algorithm(rawValue: row[1]) else { return nil }
            return TenantRecord.Key(id: row[0], algorithm: algorithm, material: Array(row[2] as Data))
        }
    }

    private static func settings(of slug: TenantSlug, in database: Database) throws -> TenantSettings {
        var settings = TenantSettings()
        let sql = "SELECT name, value FROM setting WHERE tenant = ?"
        for row in try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [slug.text]) {
            guard let name = TenantSettings.Name(rawValue: row[0]) else { continue }
            settings[name] = UInt64(clamping: row[1] as Int64)
        }
        let lists = "SELECT name, words FROM setting_list WHERE tenant = ?"
        for row in try Row.fetchAll(database.cachedStatement(sql: lists), arguments: [slug.text]) {
            guard let name = TenantSettings.ListName(rawValue: row[0]) else { continue }
            settings[name] = (row[1] as String).split(separator: ",").map(String.init)
        }
        return settings
    }

    static func set(origins: [String], of slug: TenantSlug, in database: Database) throws {
        try database.execute(sql: "DELETE FROM origin WHERE tenant = ?", arguments: [slug.text])
        for (position, origin) in origins.enumerated() {
            try database.execute(
                sql: "INSERT INTO origin (tenant, position, origin) VALUES (?, ?, ?)",
                arguments: [slug.text, position, origin])
        }
    }

    static func set(_ changes: [SettingChange], of slug: TenantSlug, in database: Database) throws {
        for change in changes {
            switch change {
            case .number(let name, let value):
                try database.execute(
                    sql: "INSERT OR REPLACE INTO setting (tenant, name, value) VALUES (?, ?, ?)",
                    arguments: [slug.text, name.rawValue, Int64(clamping: value)])
            case .list(let name, let words):
                try database.execute(
                    sql: "INSERT OR REPLACE INTO setting_list (tenant, name, words) VALUES (?, ?, ?)",
                    arguments: [slug.text, name.rawValue, words.joined(separator: ",")])
            }
        }
    }

    static func add(_ key: TenantRecord.Key, to slug: TenantSlug, in database: Database) throws {
        let ids = try String.fetchAll(database, sql: "SELECT id FROM key WHERE tenant = ?", arguments: [slug.text])
        guard !ids.contains(key.id) else { throw RegistryFailure.exists("key \(key.id) of tenant \(slug)") }
        guard ids.count < keysMax else {
            throw RegistryFailure.invalid(field: "key", allowed: "one of at most \(keysMax) of a tenant")
        }
        try database.execute(
            sql: "INSERT INTO key (tenant, id, algorithm, material) VALUES (?, ?, ?, ?)",
            arguments: [slug.text, key.id, key.algorithm.rawValue, Data(key.material)])
    }

    // MARK: What is allowed

    /// `kid` is free in RFC 7515; ours is what a shell and a log can show as it is.
    static func check(_ key: TenantRecord.Key) throws(RegistryFailure) {
        guard (1...128).contains(key.id.utf8.count), key.id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid(field: "kid", allowed: "1 to 128 characters of printable ASCII without spaces")
        }
        try KeyMaterial.check(key.material, for: key.algorithm)
    }

    static func checked(name: String) throws(RegistryFailure) -> String {
        let isShown = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        let isBlank = name.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        guard (1...Limits.nameCodePoints).contains(name.unicodeScalars.count), isShown, !isBlank else {
            throw .invalid(field: "name", allowed: "1 to \(Limits.nameCodePoints) characters, none of them a control")
        }
        return name
    }

    /// Without repeats, in the order given.
    static func checked(origins: [String]) throws(RegistryFailure) -> [String] {
        guard origins.count <= originsMax else {
            throw .invalid(field: "origin", allowed: "one of at most \(originsMax)")
        }
        var checked: [String] = []
        for origin in origins {
            guard let normalized = Origin.normalized(origin) else {
                throw .invalid(field: "origin", allowed: Origin.allowed)
            }
            if !checked.contains(normalized) { checked.append(normalized) }
        }
        return checked
    }
}
