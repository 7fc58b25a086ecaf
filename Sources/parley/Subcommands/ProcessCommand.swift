internal import ArgumentParser
internal import Foundation
internal import Operations

/// The subcommand of one process: its flags are its table of settings.
protocol ProcessCommand: AsyncParsableCommand {
    associatedtype Process: ParleyProcess
    /// What stands after the subcommand.
    var words: [String] { get }
}

extension ProcessCommand {
    static var table: [Setting] { Process.table }

    static func configured(_ abstract: String) -> CommandConfiguration {
        CommandConfiguration(
            commandName: Process.name, abstract: abstract,
            usage: "parley \(Process.name) [--config FILE] [--SETTING VALUE] …",
            discussion: SettingsExample.help(Process.table, process: Process.name))
    }

    func run() async throws {
        if words.contains("--help") || words.contains("-h") { throw CleanExit.helpRequest(self) }
        let flags = try ProcessFlags(words, table: Self.table, process: Process.name)
        try await ProcessRunner.run(
            Process.self, flags: flags.values, environment: ProcessInfo.processInfo.environment, file: flags.file)
    }
}
