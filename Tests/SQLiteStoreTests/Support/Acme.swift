// swift-format-ignore-file: NeverForceUnwrap
// The names in here are legal: a wrong one should end the test.

import Domain
import Foundation
import GRDB
import SQLiteStore
import Testing
import Wire

/// A tenant's file in a folder of its own, and short ways to make things happen in it. Alice, Bob and Carol are known.
final class Acme {
    static let slug = slug("acme")
    static let alice = user("alice")
    static let bob = user("bob")
    static let carol = user("carol")
    static let team = ConversationID.number(1)

    let directory: String
    let tenants: SQLiteTenants
    let tenant: SQLiteTenant
    let now = Timestamp(milliseconds: 1_767_225_600_000)

    init(openMax: Int = 4) throws {
        directory = Self.freshDirectory()
        tenants = try SQLiteTenants(directory: directory, openMax: openMax, readersPerTenant: 2)
        tenant = try tenants.tenant(Self.slug)
        try know(Self.alice, Self.bob, Self.carol)
    }

    deinit {
        try? tenants.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    static func slug(_ text: String) -> TenantSlug {
        guard let slug = TenantSlug(text) else { preconditionFailure("\(text) is no slug") }
        return slug
    }

    static func user(_ text: String) -> UserID {
        guard let user = UserID(text) else { preconditionFailure("\(text) is no user id") }
        return user
    }

    static func freshDirectory() -> String { NSTemporaryDirectory() + "store-tests-" + UUID().uuidString }

    static func path(of slug: TenantSlug, in directory: String) -> String {
        "\(directory)/tenants/\(slug.text)/tenant.sqlite"
    }

    /// The file as anybody else would open it.
    func raw() throws -> DatabaseQueue { try DatabaseQueue(path: Self.path(of: Self.slug, in: directory)) }

    func know(_ users: UserID...) throws {
        try tenant.write { transaction in
            try transaction.apply(users.map { .user(User(id: $0, name: $0.text.capitalized), claimed: Profile()) })
        }
    }

    @discardableResult
    func append(_ happenings: Happening..., at: Timestamp? = nil) throws -> [Envelope] {
        try tenant.write { try $0.append(happenings, at: at ?? now) }
    }

    @discardableResult
    func commit(_ write: Write, as user: UserID) throws -> [Envelope] {
        try tenant.write { transaction in
            let turn = Turn(
                tenant: transaction.reads, reader: .user(user), at: now, nextOffset: transaction.nextOffset,
                settings: TenantSettings())
            let decision = try write.decide(turn)
            try transaction.apply(decision.changes)
            return try transaction.append(decision.happenings, at: now)
        }
    }

    @discardableResult
    func create(
        _ id: ConversationID = team, _ kind: ConversationKind = .group, by user: UserID = alice, with others: UserID...,
        history: HistoryVisibility = .all
    ) throws -> [Envelope] {
        let create = ConversationCreate(kind: kind, members: others, id: id, title: nil, history: history)
        return try commit(.conversationCreate(create), as: user)
    }

    @discardableResult
    func send(
        _ number: UInt64, _ text: String = "Hello", to conversation: ConversationID = team, by user: UserID = alice
    ) throws -> [Envelope] {
        try commit(.messageSend(MessageSend(conversation: conversation, id: .number(number), text: text)), as: user)
    }

    func add(_ user: UserID, by adder: UserID = alice) throws {
        try commit(.memberAdd(MemberAdd(conversation: Self.team, users: [user])), as: adder)
    }

    func remove(_ user: UserID, by remover: UserID = alice) throws {
        try commit(.memberRemove(MemberRemove(conversation: Self.team, users: [user])), as: remover)
    }

    func block(_ user: UserID, by blocker: UserID) throws { try commit(.blockAdd(BlockAdd(user: user)), as: blocker) }

    func delete(_ number: UInt64) throws {
        let stored = try #require(try tenant.read { try $0.message(.number(number)) })
        let message = stored.message
        let deleted = MessageDeleted(
            conversation: message.conversation, seq: message.seq, id: message.id, by: message.sender,
            empties: stored.offset)
        try append(Happening(.messageDeleted(deleted), to: .conversation(message.conversation)))
    }

    func move(_ kind: CursorKind, to seq: UInt64, in conversation: ConversationID = team, by user: UserID) throws {
        try commit(.cursorMove(CursorMove(kind: kind, conversation: conversation, seq: seq)), as: user)
    }

    /// Everything in the tables, row by row.
    func tables() throws -> [String: [String]] {
        try raw().read { database in
            let names = try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM sqlite_master
                    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
                    """)
            var tables: [String: [String]] = [:]
            for name in names where name != "meta" {
                tables[name] = try Row.fetchAll(database, sql: "SELECT * FROM \(name)").map(\.description).sorted()
            }
            return tables
        }
    }
}

extension UUIDIdentifier {
    static func number(_ number: UInt64) -> Self { Self(bits: UUIDBits(high: 7, low: number)) }
}

extension Envelope {
    var text: String { String(decoding: json, as: UTF8.self) }
}

extension CatchUpRead {
    var texts: [String] { events.map { String(decoding: $0.json, as: UTF8.self) } }
    /// Such as `message.created`.
    var names: [String] { texts.map { String($0.dropFirst(#"{"event":""#.count).prefix { $0 != "\"" }) } }
}
