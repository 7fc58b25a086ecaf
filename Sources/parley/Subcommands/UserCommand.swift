internal import ArgumentParser
internal import Operations
internal import Registry
internal import Wire

struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Suspend a user, or let him in again.",
        subcommands: [UserSuspend.self, UserResume.self])
}

/// One user of one tenant.
struct UserOptions: ParsableArguments {
    @Option(help: "The tenant's slug.")
    var tenant: String
    @Option(help: "The user's id, as tokens name it (sub).")
    var user: String

    var parsed: (tenant: TenantSlug, user: UserID) {
        get throws { (try Value.tenant(tenant), try Value.user(user)) }
    }
}

struct UserSuspend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Keep a user out; open connections close with 4004 within a second.")

    @OptionGroup var options: UserOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (tenant, user) = try options.parsed
        try data.registry().suspendUser(user, in: tenant)
        let done = Done(tenant: tenant.text, user: user.text, done: "suspended")
        try output.print("user \(user) of tenant \(tenant) suspended", json: done)
    }
}

struct UserResume: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a user in again.")

    @OptionGroup var options: UserOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (tenant, user) = try options.parsed
        try data.registry().resumeUser(user, in: tenant)
        let done = Done(tenant: tenant.text, user: user.text, done: "resumed")
        try output.print("user \(user) of tenant \(tenant) resumed", json: done)
    }
}
