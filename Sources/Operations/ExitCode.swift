/// How a command or a process ends: the codes of docs/protocol.md §8, after BSD's `sysexits.h`.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case done = 0
    /// The command is well formed and was refused: exists already, unknown.
    case refused = 1
    /// A flag or a subcommand that does not exist.
    case usage = 64
    /// A value that is not allowed.
    case badData = 65
    /// Something that should answer does not.
    case unreachable = 69
    /// A disk or a port fails, or the data is in use by another process.
    case inputOutput = 74
    /// A configuration file or an environment variable is wrong.
    case configuration = 78
}

/// Why a command or a process ends without having done what it was asked. Its reason is one line for the person at the
/// terminal and names no secret.
public struct ProcessFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public let exitCode: ExitCode
    public let reason: String

    public init(_ exitCode: ExitCode, _ reason: String) {
        self.exitCode = exitCode
        self.reason = reason
    }

    public var description: String { reason }
}
