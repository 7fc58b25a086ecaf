internal import ArgumentParser
internal import Registry
internal import Router
internal import Wire

struct UploadsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uploads", abstract: "Look at what came of a tenant's uploads.", subcommands: [UploadsRefused.self]
    )
}

struct UploadsRefused: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refused", abstract: "List files that were not taken: when, whose, why; counted by reason.",
        discussion: "The newest first. The last 10,000 of a tenant are kept.")

    private static let limits = 1...10_000

    @Option(help: "The tenant's slug.")
    var tenant: String
    @Option(help: "How many to list, 1 to 10000.")
    var limit = "100"
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try Value.tenant(tenant)
        let limit = try Value.integer("limit", limit, in: Self.limits)
        guard try data.registry().tenant(slug) != nil else { throw RegistryFailure.unknown("tenant \(slug)") }
        let refused = try UploadReports(dataDirectory: data.path, tenant: slug).refused(limit: Self.limits.upperBound)
        let view = RefusedView(refused, limit: limit)
        try output.print(view.text, json: view)
    }
}

/// Refused files as the command line prints them.
private struct RefusedView: Encodable {
    struct Line: Encodable {
        let at: String
        let user: String
        let conversation: String
        let name: String
        let type: String
        let size: UInt64
        let reason: String
    }

    /// Of all that are kept.
    let reasons: [String: Int]
    let refused: [Line]

    init(_ refused: [UploadReports.Refused], limit: Int) {
        reasons = Dictionary(refused.map { ($0.upload.reason, 1) }, uniquingKeysWith: +)
        self.refused = refused.prefix(limit).map {
            Line(
                at: $0.at.text, user: $0.user.text, conversation: $0.conversation.text, name: $0.upload.name,
                type: $0.upload.type, size: $0.upload.size, reason: $0.upload.reason)
        }
    }

    /// Names are cleaned before they are stored: nothing in them moves a terminal's cursor.
    var text: String {
        let counts = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value)\t\($0.key)" }
        let lines = refused.map { "\($0.at)\t\($0.user)\t\($0.reason)\t\($0.size)\t\($0.name)" }
        return (counts + (lines.isEmpty ? [] : [""]) + lines).joined(separator: "\n")
    }
}
