public import Logging
internal import ServiceLifecycle

/// One of Parley's processes: a name, a table of settings, and a life.
public protocol ParleyProcess: Sendable {
    /// `gateway`: its subcommand, and a part of its variables' and metrics' names.
    static var name: String { get }
    /// Its own; every process has those of `Setting.common` too.
    static var settings: [Setting] { get }
    /// Where its operations port listens unless told otherwise.
    static var operationsAddress: String { get }
    /// Checks and prepares; opens nothing that lasts.
    ///
    /// - Throws: `ProcessFailure`.
    init(settings: Settings, context: ProcessContext) throws
    /// Returns after a graceful stop, which `context.untilStopRequested()` tells of.
    ///
    /// - Throws: `ProcessFailure` with the code that the process shall end with.
    func run() async throws
}

extension ParleyProcess {
    public static var operationsAddress: String { "127.0.0.1:9090" }

    /// Everything that can be set.
    public static var table: [Setting] { settings + Setting.common(operations: operationsAddress) }
}

/// What every process gets from the outside.
public struct ProcessContext: Sendable {
    public let logger: Logger
    public let metrics: Metrics
    public let readiness: Readiness

    public init(logger: Logger, metrics: Metrics = Metrics(), readiness: Readiness = Readiness()) {
        self.logger = logger
        self.metrics = metrics
        self.readiness = readiness
    }

    /// For libraries whose own lines say nothing that ours don't.
    var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        return quiet
    }

    /// Returns when the process is asked to stop (SIGTERM, SIGINT) or is cancelled.
    public func untilStopRequested() async {
        // Cancellation is the less patient way of asking the same.
        try? await gracefulShutdown()
    }
}
