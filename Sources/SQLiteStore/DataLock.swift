internal import Glibc

/// Held by the one router of a data directory for as long as it lives: an advisory lock on `DATA/router.lock`, which the
/// kernel lets go of when the process ends, however it ends.
public final class DataLock: Sendable {
    /// Somebody else holds the lock.
    public struct Held: Error, Equatable, Sendable, CustomStringConvertible {
        public let path: String
        /// As the holder wrote it; nil where it has not yet.
        public let processID: Int32?

        public var description: String {
            let holder = processID.map { "process \($0)" } ?? "another process"
            return "\(path) is held by \(holder): a data directory has one router"
        }
    }

    private let descriptor: Int32

    /// Takes the lock or throws `Held`; makes the directory where there is none.
    public init(directory: String) throws {
        try FileSystem.makeDirectory(directory)
        let path = directory + "/router.lock"
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
        do {
            try Self.take(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static func take(_ descriptor: Int32, _ path: String) throws {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw FileSystem.failure("flock", path) }
            throw Held(path: path, processID: holder(descriptor))
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw FileSystem.failure("write", path)
        }
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
