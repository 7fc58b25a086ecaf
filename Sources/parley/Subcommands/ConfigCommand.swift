internal import ArgumentParser
internal import Fanout
internal import Foundation
internal import Gateway
internal import Notifier
internal import Operations
internal import Router

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check settings, or show them and where each comes from.",
        subcommands: [ConfigCheck.self, ConfigShow.self, ConfigExample.self])
}

/// The processes that have settings.
private enum Configured: String, CaseIterable {
    case gateway
    case router
    case fanout
    case notifier

    var table: [Setting] {
        switch self {
        case .gateway: GatewayProcess.table
        case .router: RouterProcess.table
        case .fanout: FanoutProcess.table
        case .notifier: NotifierProcess.table
        }
    }
}

/// `[PROCESS] [--config FILE] [--SETTING VALUE]…`
private struct Request {
    let processes: [Configured]
    /// In the order of `processes`.
    let settings: [Settings]

    init(_ words: [String], requiresAll: Bool) throws {
        var words = words[...]
        var processes = Configured.allCases
        if let first = words.first, !first.hasPrefix("-") {
            processes = [try Value.choice("process", first)]
            words = words.dropFirst()
        } else if !words.isEmpty {
            throw ProcessFailure(.usage, "name a process before its flags: gateway, router or fanout")
        }
        let isNamed = processes.count == 1
        self.processes = processes
        settings = try processes.map { process in
            let flags = try ProcessFlags(Array(words), table: process.table, process: process.rawValue)
            return try Settings(
                table: process.table, process: process.rawValue, flags: flags.values,
                environment: ProcessInfo.processInfo.environment,
                file: flags.file.map { try SettingsFile(path: $0) }, requiresAll: requiresAll && isNamed)
        }
    }
}

struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a process's settings as it would read them; says what is wrong.",
        usage: "parley config check [gateway|router|fanout] [--config FILE] [--SETTING VALUE] …",
        discussion: "Without a process: the environment's settings of all of them.")

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []

    func run() throws {
        if words.contains("--help") || words.contains("-h") { throw CleanExit.helpRequest(self) }
        let json = words.contains("--json")
        let request = try Request(words.filter { $0 != "--json" }, requiresAll: true)
        let names = request.processes.map(\.rawValue)
        print(json ? "{\"ok\":true}" : "\(names.joined(separator: ", ")): ok")
    }
}

struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the effective settings and where each comes from; never a secret.",
        usage: "parley config show [gateway|router|fanout] [--config FILE] [--json] [--SETTING VALUE] …",
        discussion: "Without a process: all of them, with what the environment sets.")

    private struct Shown: Encodable {
        let process: String
        let name: String
        let value: String
        let origin: String
        let variable: String
        let allowed: String
    }

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []

    func run() throws {
        if words.contains("--help") || words.contains("-h") { throw CleanExit.helpRequest(self) }
        var output = OutputOptions()
        output.json = words.contains("--json")
        let request = try Request(words.filter { $0 != "--json" }, requiresAll: false)
        let shown = zip(request.processes, request.settings).flatMap { process, settings in
            process.table.map { setting in
                let isMissing = setting.default == nil && settings.shown(setting.name).isEmpty
                return Shown(
                    process: process.rawValue, name: setting.name, value: settings.shown(setting.name),
                    origin: isMissing ? "must be given" : "\(settings.origin(setting.name))",
                    variable: setting.variable(of: process.rawValue), allowed: setting.kind.allowed)
            }
        }
        let width = shown.map { $0.process.count + $0.name.count + 1 }.max() ?? 0
        let lines = shown.map { row in
            let name = "\(row.process) \(row.name)".padding(toLength: width, withPad: " ", startingAt: 0)
            return "\(name)  \(row.value.isEmpty ? "-" : row.value)  (\(row.origin))"
        }
        try output.print(lines.joined(separator: "\n"), json: shown)
    }
}

struct ConfigExample: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "example", abstract: "Print a configuration file with every setting, commented, at its default.")

    @Argument(help: "gateway, router or fanout.")
    var process: String

    func run() throws {
        let process: Configured = try Value.choice("process", process)
        print(SettingsExample.text(process.table, process: process.rawValue), terminator: "")
    }
}
