internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Registry
internal import Wire

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a token for a user, for development.",
        discussion: """
            Signed with a key that Parley made for the tenant. In production your
            platform signs with a key of its own (parley tenant key add); then remove
            this one: parley tenant key remove SLUG --kid parley-development
            """)

    @OptionGroup var options: UserOptions
    @Option(help: "The user's name, for his profile.")
    var name: String?
    @Option(help: "user or service.")
    var role = TokenRole.user.rawValue
    @Option(help: "How long it is good for: 30s, 15m, 1h, 7d.")
    var ttl = "1h"
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Printed: Encodable {
        let token: String
        let expires: String
    }

    func run() throws {
        let (tenant, user) = try options.parsed
        let role: TokenRole = try Value.choice("role", role)
        let ttl = try Value.duration("ttl", ttl, in: .seconds(1) ... .seconds(315_360_000))
        if let name, !(1...Limits.nameCodePoints).contains(name.unicodeScalars.count) {
            throw Value.wrong("name", name, "1 to \(Limits.nameCodePoints) characters")
        }
        let now = Int64(Date().timeIntervalSince1970)
        let tokens = try Tokens(of: tenant, in: data.registry())
        let token = try tokens.token(for: user, name: name, role: role, ttl: ttl, now: now)
        let expires = Timestamp(milliseconds: (now + ttl.components.seconds) * 1_000)
        try output.print(token, json: Printed(token: token, expires: expires.text))
    }
}
