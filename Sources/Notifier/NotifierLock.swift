internal import Glibc
internal import Operations
internal import Synchronization

/// Keeps a second notifier away from the same data, for as long as this process lives.
final class NotifierLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `ProcessFailure` 74 where another has it.
    init(data: String) throws {
        let path = data + "/notifier.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ProcessFailure(.inputOutput, "can't open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ProcessFailure(.inputOutput, "data: another notifier has \(data)")
        }
    }

    func release() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }
}
