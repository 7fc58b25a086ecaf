internal import ArgumentParser
internal import Foundation
internal import Notifier
internal import Operations
internal import Registry
internal import Wire

struct WebhookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "Tell a URL of a tenant's platform of events; see what it did not take.",
        subcommands: [
            WebhookCreate.self, WebhookList.self, WebhookRemove.self, WebhookFailed.self, WebhookReplay.self,
        ])
}

struct WebhookCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a webhook and print its secret, once.",
        discussion: """
            Every durable event of the tenant from now on, blocks and memberships aside,
            is posted to the URL, signed by the secret (Standard Webhooks).
            docs/platform.md says how to check that, and what is tried how often.
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Option(help: "Where to post events to: https://…, or http://… in a network of your own.")
    var url: String
    @Option(name: .customLong("event"), help: "Only events of this name; repeatable.")
    var events: [String] = []
    @Option(name: .customLong("conversation"), help: "Only events of this conversation; repeatable.")
    var conversations: [String] = []
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Made: Encodable {
        let id: String
        let tenant: String
        let url: String
        let secret: String
        let events: [String]
        let conversations: [String]
    }

    func run() throws {
        let slug = try Value.tenant(tenant)
        let names = Event.Kind.allCases.filter(\.isDurable).map(\.rawValue)
        for event in events where !names.contains(event) {
            throw Value.wrong("event", event, "one of " + names.joined(separator: ", "))
        }
        let scope = try TapScope(conversations: conversations, events: events, withoutText: false)
        let hook = try data.registry().createWebhook(
            of: slug, url: url, events: scope.events, conversations: scope.conversations, by: .now())
        let secret = WebhookSecret.text(of: hook.secret)
        try output.print(
            "webhook  \(hook.id) of tenant \(slug)\nurl      \(hook.url)\nsecret   \(secret)",
            json: Made(
                id: hook.id, tenant: slug.text, url: hook.url, secret: secret, events: hook.events,
                conversations: hook.conversations.map(\.text)))
    }
}

struct WebhookList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a tenant's webhooks: id, state, what waits, what failed, URL, scope.")

    @Option(help: "The tenant's slug.")
    var tenant: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct View: Encodable {
        let id: String
        let state: String
        let url: String
        let events: [String]
        let conversations: [String]
        let created: String
        let disabled: String?
        let waiting: Int
        let failed: Int
    }

    func run() throws {
        let hooks = try data.registry().webhooks(of: Value.tenant(tenant))
        let store = try data.notifierStore()
        let views = try hooks.map { hook in
            let counts = try store.map { store in try Failed.translating { try store.counts(ofWebhook: hook.id) } }
            return View(
                id: hook.id, state: hook.disabledAt == nil ? "in force" : "disabled", url: hook.url,
                events: hook.events, conversations: hook.conversations.map(\.text), created: hook.createdAt.text,
                disabled: hook.disabledAt?.text, waiting: counts?.waiting ?? 0, failed: counts?.dead ?? 0)
        }
        let lines = views.map { view in
            let scope = (view.conversations + view.events).joined(separator: ",")
            return "\(view.id)\t\(view.state)\twaiting \(view.waiting)\tfailed \(view.failed)\t\(view.url)\t"
                + (scope.isEmpty ? "all" : scope)
        }
        try output.print(lines.joined(separator: "\n"), json: views)
    }
}

struct WebhookRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "End a webhook within a second; what waits for it, and what failed, goes with it.")

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Argument(help: "The webhook's id.")
    var id: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try Value.tenant(tenant)
        try data.registry().removeWebhook(id, of: slug, by: .now())
        try output.print(
            "webhook \(id) of tenant \(slug) removed", json: ["tenant": slug.text, "id": id, "done": "removed"])
    }
}

struct WebhookFailed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failed", abstract: "List what a tenant's webhooks did not take, the oldest first.",
        discussion: "At most 1,000 at a time; with --json each comes with its event.")

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Option(help: "Only of this webhook.")
    var webhook: String?
    @Option(help: "Only those after this id.")
    var after = "0"
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct View: Encodable {
        let id: Int64
        let webhook: String
        let event: String
        let failed: String
        let attempts: Int
        let reason: String
        let body: String
    }

    func run() throws {
        let slug = try Value.tenant(tenant)
        _ = try data.registry().webhooks(of: slug)
        let id = try Value.integer("after", after, in: 0...Int.max)
        let letters = try Failed.translating {
            try data.notifierStore()?.deadLetters(of: slug, webhook: webhook, after: Int64(id)) ?? []
        }
        let views = letters.map {
            View(
                id: $0.id, webhook: $0.webhook, event: $0.event, failed: $0.failedAt.text, attempts: $0.attempts,
                reason: $0.reason, body: String(decoding: $0.body, as: UTF8.self))
        }
        let lines = views.map {
            "\($0.id)\t\($0.webhook)\t\($0.event)\t\($0.failed)\tattempts \($0.attempts)\t\($0.reason)"
        }
        try output.print(lines.joined(separator: "\n"), json: views)
    }
}

struct WebhookReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Send again what a tenant's webhooks did not take: one, or --all.",
        discussion: "A running notifier begins within a second. What belongs to a disabled webhook stays.")

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Argument(help: "The id, as parley webhook failed shows it.")
    var id: String?
    @Flag(help: "Everything.")
    var all = false
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (id != nil) != all else { throw ValidationError("Name one id, or --all.") }
    }

    func run() throws {
        let slug = try Value.tenant(tenant)
        let letter = try id.map { Int64(try Value.integer("id", $0, in: 1...Int.max)) }
        let hooks = try data.registry().webhooks(of: slug).filter { $0.disabledAt == nil }.map(\.id)
        let count = try Failed.translating {
            try data.notifierStore()?.replay(letter, of: slug, webhooks: Set(hooks), at: Deed.now().at) ?? 0
        }
        guard count > 0 || letter == nil else {
            throw ProcessFailure(.refused, "there is no such letter of a webhook that is in force")
        }
        try output.print("\(count) queued", json: ["queued": count])
    }
}

/// What the notifier's file throws, as this program ends with it.
private enum Failed {
    static func translating<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let failure as NotifierStoreFailure {
            throw ProcessFailure(.inputOutput, "\(failure)")
        }
    }
}

extension DataOptions {
    /// Nil where no notifier ever ran on this data.
    fileprivate func notifierStore() throws -> NotifierStore? {
        try Failed.translating { try NotifierStore.existing(data: path) }
    }
}
