internal import ArgumentParser
internal import Foundation
internal import Notifier
internal import Operations
internal import Registry
internal import Supervisor

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Run a whole system: gateways, a router and fan-outs, supervised.",
        discussion: """
            Prints «ready http://HOST:PORT» on stdout, a line for each gateway, once
            all is ready; logs go to stderr. A process that dies is started again.
            Ctrl-C or SIGTERM stops everything in order, gateways first, so that their
            clients know when to come back; a second one stops at once. SIGHUP without
            a terminal has gateways read their certificates again.

            Settings of a process without a flag here are taken from its environment
            variables (parley gateway --help), or from gateway.yaml, router.yaml,
            fanout.yaml and notifier.yaml in the folder that --config names.
            """)

    @OptionGroup var data: DataOptions

    @Option(help: "Where gateway 0 listens, HOST:PORT; gateway n listens on the port + n. Port 0 takes free ones.")
    var listen = "127.0.0.1:8080"

    @Option(help: "How many gateways, 1 to 64.")
    var gateways = "1"

    @Option(help: "How many fan-out workers, 1 to 64.")
    var fanouts = "1"

    @Option(
        help: """
            Where the first operations port listens; the others follow: gateways, router, fan-outs, notifier \
            (default: 127.0.0.1:9090, or free ports where those are taken; parley status lists them).
            """)
    var operations: String?

    @Option(name: .customLong("public-url"), help: "An address that browsers load pages of ours from; repeatable.")
    var publicURLs: [String] = []

    @Option(
        help: """
            Where the first fan-out worker lets taps in, HOST:PORT; publishers of tenants with taps are at the \
            thousand ports after it, further workers behind those. Nothing listens while there are no taps.
            """)
    var taps = "\(UpCommand.tapsUsual)"

    @Option(
        name: .customLong("config"),
        help: "A folder with gateway.yaml, router.yaml, fanout.yaml, notifier.yaml, each optional.")
    var configurations: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning or error.")
    var logLevel = LogLevel.info.rawValue

    @Option(name: .customLong("log-format"), help: "text or json.")
    var logFormat = LogFormat.text.rawValue

    @Flag(help: "Make a tenant «demo» with people and conversations, and say what to type next.")
    var demo = false

    static let tapsUsual = Address(host: "127.0.0.1", port: 5_572)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var options = UpOptions(
            data: data.path, listen: try Value.address("listen", listen),
            gateways: try Value.integer("gateways", gateways, in: 1...64),
            fanouts: try Value.integer("fanouts", fanouts, in: 1...64),
            operations: try operations.map { try Value.address("operations", $0) }, publicURLs: publicURLs,
            taps: try Value.address("taps", taps), tapKey: data.keysFolder + "/taps.secret",
            keysFolder: data.keysFolder, configurations: configurations,
            logLevel: try Value.choice("log-level", logLevel),
            logFormat: try Value.choice("log-format", logFormat),
            usesTLS: try usesTLS(environment))
        let registry = try data.makeRegistry()
        _ = try data.keys("taps")
        _ = try PushKeys.pair(in: data.keysFolder)
        let doors = options.tapDoors.map { TapDoor(host: $0.host, port: $0.port) }
        let seed = demo ? try Demo(data: data) : nil
        options.demo = seed?.file
        try await Up(options) { [options] gateways in
            do { try registry.set(tapDoors: doors) } catch {
                LogLines.write("parley: the place of taps is not written down: \(error)\n")
            }
            guard let seed, let gateway = gateways.first else { return "" }
            let page = options.publicURLs.first ?? options.url(of: gateway)
            let hints = Demo.hints(program: CommandLine.arguments[0], data: data.path, page: page)
            guard let failure = options.usesTLS ? "gateways serve TLS" : seed.seed(gateway) else { return hints }
            LogLines.write("parley: the demo could not be made: \(failure.escapedForLogs)\n")
            return ""
        }.run()
    }

    private func usesTLS(_ environment: [String: String]) throws -> Bool {
        let table = GatewayCommand.table.filter { $0.name == "tls-certificate" }
        let path = configurations.map { $0 + "/gateway.yaml" }.flatMap {
            FileManager.default.fileExists(atPath: $0) ? $0 : nil
        }
        let file = try path.map { try SettingsFile(path: $0) }?.values["tls-certificate"]?.first ?? ""
        let variables = table.map { environment[$0.variable(of: "gateway")] ?? "" }
        return !file.isEmpty || variables.contains { !$0.isEmpty }
    }
}
