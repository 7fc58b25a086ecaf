internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Tap
internal import Wire

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Follow a tenant's events as they happen, without a gap.",
        discussion: """
            Makes a tap for as long as it runs, which the audit shows, or uses the keys
            in a file that parley tap create --json printed. Goes on by itself when a
            process of Parley is started again. Ctrl-C ends it with 0.
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Option(help: "The offset of the first event, start (as far back as the log reaches), or now.")
    var from: String?
    @Option(name: .customLong("conversation"), help: "Only events of this conversation; repeatable.")
    var conversations: [String] = []
    @Option(name: .customLong("event"), help: "Only events of this name; repeatable.")
    var events: [String] = []
    @Flag(help: "One durable event a line, as JSON.")
    var json = false
    @Flag(help: "A line for people (default).")
    var pretty = false
    @Option(help: "A file that keeps the position: with it, the next run goes on where this one ended.")
    var state: String?
    @Option(help: "A file with a tap's keys; also away from the machine that holds the data.")
    var keys: String?
    @OptionGroup var data: DataOptions

    func validate() throws {
        if json && pretty { throw ValidationError("--json and --pretty exclude each other.") }
        if keys != nil && !(conversations + events).isEmpty {
            throw ValidationError("What the tap of --keys shows was decided when it was made.")
        }
    }

    func run() async throws {
        let slug = try Value.tenant(tenant)
        let position = try state.map { try TailPosition(path: $0, tenant: slug.text) }
        let start = try position?.start ?? start()
        let scope = try TapScope(conversations: conversations, events: events, withoutText: false)
        let access = try TailAccess(slug, scope: scope, keys: keys, data: data)
        defer { access.end() }
        try await Tail(access, start: start, position: position, printsJSON: json).run()
    }

    private func start() throws -> TapFollower.Start {
        switch from ?? "now" {
        case "now": return .newest
        case "start": return .oldest
        case let text:
            guard let offset = UInt64(text), offset > 0 else {
                throw Value.wrong("from", text, "an offset from 1, start, or now")
            }
            return .offset(offset)
        }
    }
}
