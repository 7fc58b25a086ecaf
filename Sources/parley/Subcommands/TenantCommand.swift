internal import ArgumentParser
internal import Operations
internal import Registry
internal import Router
internal import Wire

struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Create, show and change tenants, also while the system runs.",
        subcommands: [
            TenantCreate.self, TenantList.self, TenantShow.self, TenantUpdate.self, TenantSuspend.self,
            TenantResume.self, TenantDelete.self, TenantKeyCommand.self,
        ])
}

/// One tenant, named on the command line.
struct TenantArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The tenant's slug: a-z, 0-9 and -, at most 32.", valueName: "slug"))
    var text: String

    var slug: TenantSlug { get throws { try Value.tenant(text) } }
}

private let settingsHelp = ArgumentHelp(
    "A setting as NAME=VALUE; repeatable. Names: "
        + TenantSettings.Name.allCases.map { "\($0.rawValue) (\($0.default))" }.joined(separator: ", ") + ", "
        + TenantSettings.ListName.allCases.map(\.rawValue).joined(separator: ", ") + " (file extensions, with commas).",
    valueName: "name=value")

struct TenantCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a tenant, with a development key for 'parley token'.",
        discussion: "A tenant without any --origin accepts no browser but the gateway's own page.")

    @OptionGroup var tenant: TenantArgument
    @Option(help: "What people call it (default: the slug).")
    var name: String?
    @Option(
        name: .customLong("origin"), help: "An origin that browsers may come from, https://HOST[:PORT]; repeatable.")
    var origins: [String] = []
    @Option(name: .customLong("set"), help: settingsHelp)
    var settings: [String] = []
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        let changes = try settings.map { try SettingChange($0) }
        let record = try data.makeRegistry().create(slug, name: name, origins: origins, settings: changes)
        try output.print("tenant \(slug) created", json: TenantView(record))
    }
}

struct TenantList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List tenants: slug, state, name.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let views = try (data.existingRegistry()?.tenants() ?? []).map(TenantView.init)
        try output.print(views.map(\.line).joined(separator: "\n"), json: views)
    }
}

struct TenantShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a tenant: origins, keys (without secrets), settings, suspended users.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        guard let record = try data.registry().tenant(slug) else {
            throw RegistryFailure.unknown("tenant \(slug)")
        }
        var view = TenantView(record)
        view.storageBytes = try UploadReports(dataDirectory: data.path, tenant: slug).storageBytes
        try output.print(view.text, json: view)
    }
}

struct TenantUpdate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change a tenant's name, origins or settings.")

    @OptionGroup var tenant: TenantArgument
    @Option(help: "What people call it.")
    var name: String?
    @Option(name: .customLong("origin"), help: "The new list of origins; repeatable.")
    var origins: [String] = []
    @Flag(name: .customLong("no-origins"), help: "Empty the list of origins.")
    var clearsOrigins = false
    @Option(name: .customLong("set"), help: settingsHelp)
    var settings: [String] = []
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if clearsOrigins && !origins.isEmpty { throw ValidationError("--no-origins and --origin exclude each other.") }
        if name == nil && origins.isEmpty && !clearsOrigins && settings.isEmpty {
            throw ValidationError("Nothing to change: give --name, --origin, --no-origins or --set.")
        }
    }

    func run() throws {
        let slug = try tenant.slug
        let changes = try settings.map { try SettingChange($0) }
        let list = origins.isEmpty && !clearsOrigins ? nil : origins
        let record = try data.registry().update(slug, name: name, origins: list, settings: changes)
        try output.print("tenant \(slug) updated", json: TenantView(record))
    }
}

/// Suspend, resume, delete: what they print.
struct Done: Encodable {
    let tenant: String
    var user: String?
    var kid: String?
    let done: String
}

struct TenantSuspend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Keep a tenant's users out; open connections close within a second.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        try data.registry().suspend(slug)
        try output.print("tenant \(slug) suspended", json: Done(tenant: slug.text, done: "suspended"))
    }
}

struct TenantResume: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a tenant's users in again.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        try data.registry().resume(slug)
        try output.print("tenant \(slug) resumed", json: Done(tenant: slug.text, done: "resumed"))
    }
}

struct TenantDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a tenant and erase all its data, for good.",
        discussion: """
            There is no undo. A running router erases the data within a second; without
            one it happens at once, but for files that lie elsewhere than in DATA/files:
            the next router removes those, and the slug is free after that.
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let slug = try tenant.slug
        let registry = try data.registry()
        try registry.markDeleted(slug)
        let rest =
            switch try OfflineErasure.erase(slug, data: data.path, registry) {
            case .erased: ""
            case .leftToRouter: "; the router erases its files"
            case .filesLeftToRouter: "; the next router removes its files, which lie elsewhere"
            }
        try output.print("tenant \(slug) deleted\(rest)", json: Done(tenant: slug.text, done: "deleted"))
    }
}
