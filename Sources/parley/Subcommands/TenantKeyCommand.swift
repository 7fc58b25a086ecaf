internal import ArgumentParser
internal import Operations
internal import Registry
internal import Wire

struct TenantKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The keys that prove a tenant's tokens; several at once, for rotation.",
        subcommands: [KeyAdd.self, KeyList.self, KeyRemove.self])
}

struct KeyAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a key that your platform signs tokens with.",
        discussion: """
            FILE holds the public key as PEM (BEGIN PUBLIC KEY), or for HS256 the
            secret's bytes, at least 32, less one final newline. The secret is never
            printed.
            """)

    @OptionGroup var tenant: TenantArgument
    @Option(help: "The key's id, as the header of its tokens names it.")
    var kid: String
    @Option(help: "HS256, ES256, RS256 or EdDSA.")
    var alg: String
    @Option(help: "Where the key is.")
    var file: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        let algorithm: TenantRecord.Key.Algorithm = try Value.choice("alg", alg)
        var bytes = try Value.bytes(ofFile: file)
        if algorithm == .hs256, bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        try data.registry().addKey(TenantRecord.Key(id: kid, algorithm: algorithm, material: bytes), to: slug)
        try output.print("key \(kid) of tenant \(slug) added", json: Done(tenant: slug.text, kid: kid, done: "added"))
    }
}

struct KeyList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a tenant's keys: id, algorithm.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let keys = try data.registry().keys(of: tenant.slug)
        let views = keys.map { TenantView.Key(kid: $0.id, alg: $0.algorithm.rawValue) }
        try output.print(views.map { "\($0.kid)\t\($0.alg)" }.joined(separator: "\n"), json: views)
    }
}

struct KeyRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a key: tokens signed with it are refused from then on.")

    @OptionGroup var tenant: TenantArgument
    @Option(help: "The key's id.")
    var kid: String
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        try data.registry().removeKey(kid, from: slug)
        try output.print(
            "key \(kid) of tenant \(slug) removed", json: Done(tenant: slug.text, kid: kid, done: "removed"))
    }
}
