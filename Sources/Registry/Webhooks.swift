internal import Foundation
internal import GRDB
public import Wire

/// A URL of a tenant's platform that is told of events.
public struct WebhookRecord: Equatable, Sendable {
    public let id: String
    public let tenant: TenantSlug
    public let url: String
    /// What proves a request to its receiver: 32 bytes.
    public let secret: [UInt8]
    /// Names of durable events; empty: all.
    public let events: [String]
    /// Empty: all, and what belongs to no conversation too.
    public let conversations: [ConversationID]
    public let createdAt: Timestamp
    /// When its receiver said that it is gone; nothing is sent from then on.
    public let disabledAt: Timestamp?

    public init(
        id: String, tenant: TenantSlug, url: String, secret: [UInt8], events: [String] = [],
        conversations: [ConversationID] = [], createdAt: Timestamp, disabledAt: Timestamp? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.url = url
        self.secret = secret
        self.events = events
        self.conversations = conversations
        self.createdAt = createdAt
        self.disabledAt = disabledAt
    }

    /// Whether it is told of such an event.
    public func wants(_ event: some StringProtocol, in conversation: ConversationID?) -> Bool {
        guard events.isEmpty || events.contains(where: { $0 == event }) else { return false }
        guard !conversations.isEmpty else { return true }
        return conversation.map { conversations.contains($0) } ?? false
    }
}

/// What the notifier does for one tenant.
public struct NotifierNeed: Equatable, Sendable {
    public let tenant: TenantSlug
    /// False: the tenant is suspended, and nothing happens for now.
    public let isActive: Bool
    /// Those that are not disabled.
    public let webhooks: [WebhookRecord]
    /// Somebody has wanted to be woken.
    public let isPushing: Bool

    public init(tenant: TenantSlug, isActive: Bool, webhooks: [WebhookRecord], isPushing: Bool) {
        self.tenant = tenant
        self.isActive = isActive
        self.webhooks = webhooks
        self.isPushing = isPushing
    }
}

/// All that the registry has, by name.
public struct RegistryNames: Equatable, Sendable {
    /// Slugs of tenants that are not deleted.
    public let tenants: Set<String>
    /// Ids, of disabled ones too.
    public let webhooks: Set<String>

    public init(tenants: Set<String>, webhooks: Set<String>) {
        self.tenants = tenants
        self.webhooks = webhooks
    }
}

extension TenantRegistry {
    public func names() throws -> RegistryNames {
        try read { database in
            RegistryNames(
                tenants: try String.fetchSet(database, sql: "SELECT slug FROM tenant WHERE state < 2"),
                webhooks: try String.fetchSet(database, sql: "SELECT id FROM webhook"))
        }
    }

    /// Webhooks of one tenant.
    public static let webhooksMax = 20
    static let webhookSecretBytes = 32
    /// The name of the tap that the notifier has in each tenant that needs it.
    public static let notifierTap = "parley-notifier"

    /// Makes a webhook, and its secret.
    ///
    /// - Throws: `invalid` for a URL or a scope that can't be taken, and for one too many.
    public func createWebhook(
        of slug: TenantSlug, url: String, events: [String], conversations: [ConversationID], by deed: Deed
    ) throws -> WebhookRecord {
        guard WebTarget(url) != nil else {
            throw RegistryFailure.invalid(
                field: "url", allowed: "an http or https URL without a name or fragment in it")
        }
        guard events.count <= Self.scopeNamesMax, conversations.count <= Self.scopeNamesMax else {
            throw RegistryFailure.invalid(
                field: "scope", allowed: "at most \(Self.scopeNamesMax) conversations and as many events")
        }
        var generator = SystemRandomNumberGenerator()
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255, using: &generator) } }
        let id = "wh_" + random(10).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let hook = WebhookRecord(
            id: id, tenant: slug, url: url, secret: random(Self.webhookSecretBytes), events: events,
            conversations: conversations, createdAt: deed.at)
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            let sql = "SELECT COUNT(*) FROM webhook WHERE tenant = ?"
            guard try Int.fetchOne(database, sql: sql, arguments: [slug.text]) ?? 0 < Self.webhooksMax else {
                throw RegistryFailure.invalid(
                    field: "webhook", allowed: "one of at most \(Self.webhooksMax) of a tenant")
            }
            try database.execute(
                sql: """
                    INSERT INTO webhook (id, tenant, url, secret, events, conversations, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, slug.text, url, Data(hook.secret), events.joined(separator: " "),
                    conversations.map(\.text).joined(separator: " "), deed.at.milliseconds,
                ])
            try Self.audit("webhook.create", slug, "\(id) \(url)", deed, in: database)
        }
        return hook
    }

    /// The oldest first.
    public func webhooks(of slug: TenantSlug) throws -> [WebhookRecord] {
        try read { database in
            try TenantRows.requireKnown(slug, in: database)
            return try Self.webhooks("WHERE tenant = ?", [slug.text], in: database)
        }
    }

    /// Nil where there is none.
    public func webhook(_ id: String) throws -> WebhookRecord? {
        try read { try Self.webhooks("WHERE id = ?", [id], in: $0).first }
    }

    /// - Throws: `unknown` where the tenant has none of that id.
    public func removeWebhook(_ id: String, of slug: TenantSlug, by deed: Deed) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            try database.execute(
                sql: "DELETE FROM webhook WHERE id = ? AND tenant = ?", arguments: [id, slug.text])
            guard database.changesCount == 1 else {
                throw RegistryFailure.unknown("webhook \(id) of tenant \(slug)")
            }
            try Self.audit("webhook.remove", slug, id, deed, in: database)
        }
    }

    /// Its receiver is gone for good; nothing where the webhook is gone too.
    public func disableWebhook(_ id: String, at: Timestamp) throws {
        try change { database in
            try database.execute(
                sql: "UPDATE webhook SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL",
                arguments: [at.milliseconds, id])
        }
    }

    /// Somebody in the tenant wants to be woken. Nothing where the tenant is gone.
    public func markPushing(_ slug: TenantSlug) throws {
        try change { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO pushing (tenant) SELECT slug FROM tenant WHERE slug = ? AND state < 2
                    """, arguments: [slug.text])
        }
    }

    /// Tenants for which there is anything to do, in the order of their slugs.
    public func notifierNeeds() throws -> [NotifierNeed] {
        try read { database in
            let hooks = Dictionary(
                grouping: try Self.webhooks("WHERE disabled_at IS NULL", [], in: database), by: \.tenant.text)
            let sql = """
                SELECT slug, state, EXISTS (SELECT 1 FROM pushing WHERE tenant = slug) FROM tenant WHERE state < 2
                AND (EXISTS (SELECT 1 FROM pushing WHERE tenant = slug)
                    OR EXISTS (SELECT 1 FROM webhook WHERE tenant = slug AND disabled_at IS NULL))
                ORDER BY slug
                """
            return try Row.fetchAll(database, sql: sql).compactMap { row in
                let text: String = row[0]
                guard let slug = TenantSlug(text) else { return nil }
                return NotifierNeed(
                    tenant: slug, isActive: row[1] == 0, webhooks: hooks[text] ?? [], isPushing: row[2])
            }
        }
    }

    /// Lets the notifier read a tenant's durable events by this key, and by no other from then on. A stream only: no
    /// publisher is opened for it, and none of the ports for them is used up.
    public func openNotifierTap(of slug: TenantSlug, key: CurveKey, by deed: Deed) throws {
        try change { database in
            try TenantRows.requireKnown(slug, in: database)
            let sql = "SELECT key FROM tap WHERE tenant = ? AND internal = 1"
            let keys = try String.fetchAll(database, sql: sql, arguments: [slug.text])
            guard keys != [key.text] else { return }
            try database.execute(sql: "DELETE FROM tap WHERE tenant = ? AND internal = 1", arguments: [slug.text])
            let names = Event.Kind.allCases.filter(\.isDurable).map(\.rawValue)
            try database.execute(
                sql: """
                    INSERT INTO tap (tenant, name, key, conversations, events, shows_text, created_at, internal)
                    VALUES (?, ?, ?, '', ?, 1, ?, 1)
                    """,
                arguments: [
                    slug.text, Self.notifierTap, key.text, names.joined(separator: " "), deed.at.milliseconds,
                ])
            try Self.audit("tap.create", slug, "\(Self.notifierTap) \(key), internal", deed, in: database)
        }
    }

    public func closeNotifierTap(of slug: TenantSlug) throws {
        try change { database in
            try database.execute(sql: "DELETE FROM tap WHERE tenant = ? AND internal = 1", arguments: [slug.text])
        }
    }

    private static func webhooks(
        _ condition: String, _ arguments: StatementArguments, in database: Database
    ) throws -> [WebhookRecord] {
        let sql = """
            SELECT id, tenant, url, secret, events, conversations, created_at, disabled_at FROM webhook \(condition)
            ORDER BY created_at, id
            """
        return try Row.fetchAll(database, sql: sql, arguments: arguments).compactMap { row in
            guard let tenant = TenantSlug(row[1] as String) else { return nil }
            return WebhookRecord(
                id: row[0], tenant: tenant, url: row[2], secret: Array(row[3] as Data),
                events: (row[4] as String).split(separator: " ").map(String.init),
                conversations: (row[5] as String).split(separator: " ").compactMap { ConversationID(String($0)) },
                createdAt: Timestamp(milliseconds: row[6]),
                disabledAt: (row[7] as Int64?).map(Timestamp.init(milliseconds:)))
        }
    }
}
