internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Registry

/// The program: `parley SUBCOMMAND`. What each of them does is in `Subcommands/`, a file each.
struct Parley: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "Self-hosted real-time messaging for many tenants.",
        discussion: """
            Start here:
              parley up --demo
                  a whole system with a demo tenant, data in ./parley-data
              parley connect --tenant demo --user ana
                  a chat in the terminal; run it again as ben in another one

            Your own tenant:
              parley tenant create acme --origin https://chat.acme.example
              parley token --tenant acme --user alice

            Exit codes: 0 done, 1 refused, 64 usage, 65 wrong value,
            69 not reachable, 74 I/O error or data in use, 78 configuration.
            """,
        version: Version.text,
        subcommands: [
            UpCommand.self, GatewayCommand.self, RouterCommand.self, FanoutCommand.self, NotifierCommand.self,
            TenantCommand.self, UserCommand.self, UploadsCommand.self, TokenCommand.self, TapCommand.self,
            WebhookCommand.self, KeysCommand.self,
            TailCommand.self,
            ConnectCommand.self, InspectCommand.self, StorageCommand.self, BenchCommand.self, ConfigCommand.self,
            StatusCommand.self, VersionCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch let failure as ProcessFailure {
            end(failure)
        } catch let failure as RegistryFailure {
            end(ProcessFailure(failure))
        } catch {
            // Help and version, and whatever is wrong with the flags themselves: 64.
            exit(withError: error)
        }
    }

    private static func end(_ failure: ProcessFailure) -> Never {
        LogLines.write("parley: \(failure.reason)\n")
        Foundation.exit(failure.exitCode.rawValue)
    }
}

extension ProcessFailure {
    init(_ failure: RegistryFailure) {
        let code: Operations.ExitCode =
            switch failure {
            case .exists, .unknown: .refused
            case .invalid: .badData
            case .newer, .unavailable: .inputOutput
            }
        self.init(code, "\(failure)")
    }
}
