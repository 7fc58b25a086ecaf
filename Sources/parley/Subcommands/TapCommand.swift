internal import ArgumentParser
internal import Bus
internal import Foundation
internal import Operations
internal import Registry
internal import Wire

struct TapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap", abstract: "Let integrators read a tenant's events; end that; see who may.",
        subcommands: [TapCreate.self, TapList.self, TapRevoke.self, TapRotate.self, TapAudit.self])
}

/// The tap of a tenant that is meant.
struct TapOptions: ParsableArguments {
    @Option(help: "The tenant's slug.")
    var tenant: String
    @Option(help: "The tap's name, for people: crm, audit-log.")
    var name: String

    var slug: TenantSlug { get throws { try Value.tenant(tenant) } }
}

/// Where the workers let taps in.
struct DoorOptions: ParsableArguments {
    @Option(
        name: .customLong("taps"),
        help: """
            Where fan-out workers let taps in, HOST:PORT; repeatable (default: as parley up on this data last said, \
            else 127.0.0.1:5572).
            """)
    var given: [String] = []

    func doors(_ registry: TenantRegistry) throws -> [TapDoor] {
        let addresses = try given.map { try Value.address("taps", $0) }
        if !addresses.isEmpty { return addresses.map { TapDoor(host: $0.host, port: $0.port) } }
        return try Self.usual(registry)
    }

    /// Where parley up on this data last let taps in.
    static func usual(_ registry: TenantRegistry) throws -> [TapDoor] {
        let known = try registry.tapDoors()
        return known.isEmpty ? [TapDoor(host: UpCommand.tapsUsual.host, port: UpCommand.tapsUsual.port)] : known
    }
}

struct TapCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a tap and print its keys, once.",
        discussion: """
            A tap reads a tenant's whole log, blocks and memberships aside. It can be
            let in within a second. With --conversation, --event or --no-text it uses
            streams only. docs/integrators.md says how to connect.
            """)

    @OptionGroup var tap: TapOptions
    @Option(name: .customLong("conversation"), help: "Only events of this conversation; repeatable.")
    var conversations: [String] = []
    @Option(name: .customLong("event"), help: "Only events of this name; repeatable.")
    var events: [String] = []
    @Flag(name: .customLong("no-text"), help: "With every text emptied.")
    var withoutText = false
    @Option(help: "How long it is good for: 1h, 30d (default: until it is revoked).")
    var ttl: String?
    @OptionGroup var door: DoorOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tap.slug
        let scope = try TapScope(conversations: conversations, events: events, withoutText: withoutText)
        let ttl = try ttl.map { try Value.duration("ttl", $0, in: .seconds(1) ... .seconds(315_360_000)) }
        let registry = try data.registry()
        let maker = try TapMaker(registry: registry, data: data, doors: door.doors(registry))
        let made = try maker.make(tap.name, of: slug, scope: scope, ttl: ttl)
        try output.print(made.text, json: made)
    }
}

struct TapRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a tap new keys; the former end within a second.",
        discussion: "For an overlap make a second tap, change over, and revoke the first.")

    @OptionGroup var tap: TapOptions
    @OptionGroup var door: DoorOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let registry = try data.registry()
        let made = try TapMaker(registry: registry, data: data, doors: door.doors(registry))
            .rotate(tap.name, of: tap.slug)
        try output.print(made.text, json: made)
    }
}

struct TapRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a tap within a second.",
        discussion: """
            The tenant's other subscribers lose their connection for a moment, come
            back by themselves, and ask for what they missed.
            """)

    @OptionGroup var tap: TapOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tap.slug
        try data.registry().revokeTap(tap.name, of: slug, by: .now())
        try output.print(
            "tap \(tap.name) of tenant \(slug) revoked",
            json: ["tenant": slug.text, "name": tap.name, "done": "revoked"])
    }
}

struct TapList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a tenant's taps, revoked ones too: name, state, public key, scope.")

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Flag(help: "Parley's own taps too: the notifier's.")
    var all = false
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let now = Deed.now().at
        let taps = try data.registry().taps(of: Value.tenant(tenant)).filter { all || !$0.isInternal }
        let views = taps.map { TapView($0, at: now) }
        try output.print(views.map(\.line).joined(separator: "\n"), json: views)
    }
}

struct TapAudit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show who made, rotated and ended a tenant's taps and webhooks, and when.")

    @Option(help: "The tenant's slug.")
    var tenant: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let at: String
        let `operator`: String
        let action: String
        let tenant: String
        let detail: String
    }

    func run() throws {
        let lines = try data.registry().audit(of: Value.tenant(tenant)).map {
            Line(at: $0.at.text, operator: $0.operator, action: $0.action, tenant: $0.tenant, detail: $0.detail)
        }
        let text = lines.map { "\($0.at)\t\($0.operator)\t\($0.action)\t\($0.detail)" }
        try output.print(text.joined(separator: "\n"), json: lines)
    }
}

/// A tap as it is listed: all but its secret, which nobody keeps but its owner.
struct TapView: Encodable {
    let name: String
    let state: String
    let `public`: String
    let conversations: [String]
    let events: [String]
    let text: Bool
    let created: String
    let expires: String?
    let revoked: String?

    init(_ entry: TapEntry, at now: Timestamp) {
        name = entry.record.name
        state =
            entry.isInternal
            ? "internal" : entry.revokedAt != nil ? "revoked" : entry.record.isInForce(at: now) ? "in force" : "expired"
        `public` = entry.record.key.text
        conversations = entry.record.scope.conversations.map(\.text)
        events = entry.record.scope.events
        text = entry.record.scope.showsText
        created = entry.createdAt.text
        expires = entry.record.expiresAt?.text
        revoked = entry.revokedAt?.text
    }

    /// One line: name, state, key, scope.
    var line: String {
        let scope = (conversations + events + (text ? [] : ["no text"])).joined(separator: ",")
        return "\(name)\t\(state)\t\(`public`)\t\(scope.isEmpty ? "all" : scope)"
    }
}

extension TapScope {
    /// As flags name it.
    init(conversations: [String], events: [String], withoutText: Bool) throws {
        let ids = try conversations.map { text in
            guard let id = ConversationID(text) else { throw Value.wrong("conversation", text, "a UUID") }
            return id
        }
        let names = Event.Kind.allCases.map(\.rawValue)
        for event in events where !names.contains(event) {
            throw Value.wrong("event", event, "one of " + names.joined(separator: ", "))
        }
        self.init(conversations: ids, events: events, showsText: !withoutText)
    }
}
