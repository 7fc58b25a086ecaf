internal import CEpoll
internal import Crypto
internal import Glibc
internal import NIOCore
internal import Synchronization
internal import Wire

/// A file in the staging folder that bytes are being added to. Locked: no other gateway adds to it or sweeps it away
/// meanwhile. Every method blocks.
final class StagedFile: Sendable {
    enum Failure: Error, Equatable {
        /// Somebody else is at it.
        case locked
        case missing
        /// No room on the disk.
        case full
        case system(Int32)
    }

    /// So much is handed to the disk at a time while more comes: what the fsync at the end finds left takes it some ms.
    private static let writeOutBytes: Int64 = 4_194_304

    private struct State {
        var hasher = SHA256()
        var size: Int64
        /// What was there before is not in `hasher`.
        let isHashed: Bool
        /// What is before it is on its way to the disk.
        var writtenOut: Int64
    }

    let path: String
    private let descriptor: Int32
    private let state: Mutex<State>

    /// - Parameter isNew: the file must not be there yet; otherwise it must.
    init(_ path: String, isNew: Bool) throws(Failure) {
        self.path = path
        let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (isNew ? O_CREAT | O_EXCL : 0)
        descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw Self.failure() }
        var status = stat()
        var named = stat()
        // Whoever had the lock may have stored the file meanwhile: what is behind this descriptor is no upload then.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .locked
        }
        guard fstat(descriptor, &status) == 0, stat(path, &named) == 0, status.st_ino == named.st_ino,
            status.st_nlink == 1
        else {
            close(descriptor)
            throw .missing
        }
        state = Mutex(
            State(size: Int64(status.st_size), isHashed: status.st_size == 0, writtenOut: Int64(status.st_size)))
    }

    deinit { close(descriptor) }

    var size: Int64 { state.withLock { $0.size } }

    func append(_ buffer: ByteBuffer) throws(Failure) {
        let result = state.withLock { state -> Result<Void, Failure> in
            buffer.withUnsafeReadableBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = pwrite(
                        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written,
                        off_t(state.size) + off_t(written))
                    if count < 0, errno == EINTR { continue }
                    guard count >= 0 else { return .failure(Self.failure()) }
                    written += count
                }
                state.hasher.update(bufferPointer: bytes)
                state.size += Int64(bytes.count)
                if state.size - state.writtenOut >= Self.writeOutBytes {
                    // Only begins it; whether it is there says the fsync.
                    sync_file_range(
                        descriptor, off_t(state.writtenOut), off_t(state.size - state.writtenOut),
                        UInt32(SYNC_FILE_RANGE_WRITE))
                    state.writtenOut = state.size
                }
                return .success(())
            }
        }
        try result.get()
    }

    /// Cuts off what came after `size`.
    func truncate(to size: Int64) throws(Failure) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure() }
        state.withLock { $0 = State(size: size, isHashed: size == 0, writtenOut: size) }
    }

    /// 64 hexadecimal digits, where all of it came by `append`.
    var sha256: String? { state.withLock { $0.isHashed ? Hexadecimal.text($0.hasher.finalize()) : nil } }

    /// The same of any file.
    static func sha256(of path: String) throws(Failure) -> (sha256: String, size: UInt64) {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var hasher = SHA256()
        var size: UInt64 = 0
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { return (Hexadecimal.text(hasher.finalize()), size) }
            bytes.withUnsafeBytes { hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += UInt64(count)
        }
    }

    static func failure() -> Failure {
        switch errno {
        case ENOENT: .missing
        case ENOSPC, EDQUOT: .full
        case let code: .system(code)
        }
    }
}
