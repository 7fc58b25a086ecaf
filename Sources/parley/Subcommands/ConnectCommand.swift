internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Registry
internal import Supervisor
internal import Terminal
internal import Wire
internal import Workload

struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Chat in the terminal.",
        discussion: """
            With --tenant and --user it mints tokens from the data directory, as
            parley token does; else it takes one from $PARLEY_TOKEN or --token (which
            other users of this machine can see in the list of processes). Without
            --url it goes to the first gateway that parley up runs on the data.
            """)

    @Option(help: "A gateway: ws://HOST:PORT or wss://HOST:PORT.")
    var url: String?
    @Option(help: "A token.")
    var token: String?
    @Option(help: "The tenant's slug.")
    var tenant: String?
    @Option(help: "Who to be.")
    var user: String?
    @Option(help: "The user's name, for his profile.")
    var name: String?
    @Option(help: "What to open: a conversation's id, its title, or the other person's id (default: the newest).")
    var conversation: String?
    @Option(name: .customLong("ca"), help: "A PEM file with the authority that signed the gateway's certificate.")
    var authorityFile: String?
    @OptionGroup var data: DataOptions

    func validate() throws {
        if (tenant == nil) != (user == nil) { throw ValidationError("--tenant and --user go together.") }
        if tenant != nil && token != nil { throw ValidationError("Give a --token, or --tenant and --user.") }
    }

    func run() async throws {
        let options = ConnectOptions(
            endpoint: try Endpoint.gateway(url, data), token: try minter(), conversation: conversation,
            authorityFile: authorityFile)
        switch await ChatTerminal.run(options) {
        case .done: return
        case .refused(let reason): throw ProcessFailure(.refused, reason)
        case .unreachable(let reason): throw ProcessFailure(.unreachable, reason)
        }
    }

    private func minter() throws -> @Sendable () throws -> String {
        if let tenant, let user {
            let id = try Value.user(user)
            let tokens = try Tokens(of: Value.tenant(tenant), in: data.registry())
            return { [name] in
                let now = Int64(Date().timeIntervalSince1970)
                return try tokens.token(for: id, name: name, role: .user, ttl: .seconds(3_600), now: now)
            }
        }
        guard let token = token ?? ProcessInfo.processInfo.environment["PARLEY_TOKEN"] else {
            throw ProcessFailure(.usage, "give --tenant and --user, or a token: see 'parley connect --help'")
        }
        return { token }
    }
}

extension Endpoint {
    /// The one that was named, else the first that runs on the data.
    static func gateway(_ url: String?, _ data: DataOptions) throws -> Endpoint {
        if let url {
            guard let endpoint = Endpoint(url) else {
                throw Value.wrong("url", url, "ws://HOST:PORT or wss://HOST:PORT")
            }
            return endpoint
        }
        let urls = StatusFile.read(data: data.path)?.children.compactMap(\.url) ?? []
        guard let endpoint = urls.lazy.compactMap({ Endpoint($0) }).first else {
            throw ProcessFailure(.unreachable, "no 'parley up' runs on \(data.path): start it, or give --url")
        }
        return endpoint
    }
}
