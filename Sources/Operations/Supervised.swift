internal import Foundation

/// What ties a process to the `parley up` that started it: its standard input is a pipe whose other end only the
/// supervisor holds, so that its end, even by SIGKILL, is the pipe's end.
public enum Supervised {
    /// Set to `1` for children of `parley up`.
    public static let variable = "PARLEY_SUPERVISED"

    /// Ends this process as soon as its supervisor is gone. At once and without a stop of its own: what is acknowledged
    /// is on disk, and whoever starts the next supervisor shall find ports and locks free.
    public static func endWithSupervisor(environment: [String: String]) {
        guard environment[variable] == "1" else { return }
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { _exit(ExitCode.unreachable.rawValue) }
            }
        }
    }
}
