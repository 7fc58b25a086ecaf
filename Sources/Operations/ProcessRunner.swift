internal import Foundation
public import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// The life of a process: settings, logs, operations port, the process itself, and a stop that lets it finish.
public enum ProcessRunner {
    /// - Parameters:
    ///   - flags: what the command line said, by the settings' names.
    ///   - file: the path that `--config` named.
    /// - Returns: when the process has stopped, asked to by SIGTERM or SIGINT or by itself.
    /// - Throws: `ProcessFailure`, already logged where there was a log to write to.
    public static func run<P: ParleyProcess>(
        _ type: P.Type, flags: [String: [String]], environment: [String: String], file: String?
    ) async throws {
        let settings = try Settings(
            table: P.table, process: P.name, flags: flags, environment: environment,
            file: file.map { try SettingsFile(path: $0) })
        Supervised.endWithSupervisor(environment: environment)
        // A peer that hangs up is an error to the one who writes, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let logger = logger(for: P.name, settings)
        let context = ProcessContext(logger: logger)
        ProcessReadings.register(in: context.metrics)
        for variable in strangers(P.self, environment) {
            logger.warning("no such setting", metadata: ["variable": "\(variable)"])
        }
        let process = try P(settings: settings, context: context)
        guard let address = settings.address("operations") else {
            throw ProcessFailure(.configuration, "operations must be given: \(Setting.Kind.address.allowed)")
        }
        try await run(process, OperationsServer(address: address, context: context), context)
    }

    /// Stops in the reverse of the services' order: the operations port answers to the end.
    private static func run(
        _ process: some ParleyProcess, _ operations: OperationsServer, _ context: ProcessContext
    ) async throws {
        context.logger.info("starting", metadata: ["version": "\(Version.text)", "pid": "\(getpid())"])
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: operations),
                    .init(
                        service: ProcessService(process: process, context: context),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: context.quietLogger))
        do {
            try await group.run()
        } catch let failure as ProcessFailure {
            throw failure
        } catch {
            throw ProcessFailure(.inputOutput, "\(error)".escapedForLogs)
        }
        context.logger.info("stopped")
    }

    public static func logger(for process: String, _ settings: Settings) -> Logger {
        let level = LogLevel(rawValue: settings.text("log-level")) ?? .info
        let format = LogFormat(rawValue: settings.text("log-format")) ?? .text
        return Logger(label: process) { _ in StandardErrorLog(process: process, level: level, format: format) }
    }

    /// Variables that look like settings and are none. A warning only: container platforms put variables of their own
    /// beside ours (Kubernetes: `PARLEY_GATEWAY_SERVICE_HOST` for a service of that name).
    private static func strangers<P: ParleyProcess>(_ type: P.Type, _ environment: [String: String]) -> [String] {
        let known = P.table.flatMap { setting in
            let variable = setting.variable(of: P.name)
            return setting.isSecret ? [variable, variable + "_FILE"] : [variable]
        }
        let prefix = "PARLEY_\(P.name.uppercased())_"
        return environment.keys.filter { $0.hasPrefix(prefix) && !known.contains($0) }.sorted()
    }
}

/// The process as a service that is not ready any more once it is asked to stop.
private struct ProcessService<P: ParleyProcess>: Service {
    let process: P
    let context: ProcessContext

    func run() async throws {
        let readiness = context.readiness
        let logger = context.logger
        try await withGracefulShutdownHandler {
            try await process.run()
        } onGracefulShutdown: {
            readiness.set("running", ready: false, reason: "stopping")
            logger.info("stopping")
        }
    }
}
