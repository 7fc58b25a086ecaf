internal import ArgumentParser
internal import Bus
internal import Notifier
internal import Operations
internal import Wire

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys by which Parley's processes and taps know each other over tcp, and push services Parley.",
        subcommands: [KeysInit.self, KeysShow.self])
}

struct KeysInit: ParsableCommand {
    static let names = ["router", "fanout", "gateway", "notifier", "taps"]

    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make what is missing of DATA/keys: a pair for each role, for taps and for push.",
        discussion: """
            NAME.secret stays with its owner, readable by him alone; NAME.public goes
            to the others. What is there stays as it is. docs/operations.md says which
            process is given which file. A push key that is changed ends all
            subscriptions.
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        _ = try data.makeRegistry()
        var made: [String: String] = [:]
        for name in Self.names { made[name] = try data.keys(name).publicKey.text }
        made["push"] = try PushKeys.pair(in: data.keysFolder).publicText
        let lines = (Self.names + ["push"]).map { "\($0)\t\(made[$0] ?? "")" }
        try output.print(lines.joined(separator: "\n"), json: made)
    }
}

struct KeysShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the public keys of DATA/keys.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let there = KeysInit.names.filter { KeyFile.exists($0, in: data.keysFolder) }
        guard !there.isEmpty else {
            throw ProcessFailure(.refused, "there are no keys in \(data.keysFolder): parley keys init makes them")
        }
        var keys: [String: String] = [:]
        for name in there { keys[name] = try data.keys(name).publicKey.text }
        let hasPush = PushKeys.exists(in: data.keysFolder)
        if hasPush { keys["push"] = try PushKeys.pair(in: data.keysFolder).publicText }
        try output.print(
            (there + (hasPush ? ["push"] : [])).map { "\($0)\t\(keys[$0] ?? "")" }.joined(separator: "\n"), json: keys)
    }
}
