internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A descriptor that is closed when nobody holds it any more.
public final class OpenFile: Sendable {
    public let descriptor: Int32

    public init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}

/// Bytes of an open file of this machine.
public struct FilePart: Sendable {
    public let file: OpenFile
    public let range: Range<Int64>

    public init(file: OpenFile, range: Range<Int64>) {
        self.file = file
        self.range = range
    }
}

/// A part of an open file, read at its own positions by threads that may wait for a disk.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// Large enough that a hop to a thread and back (some 20 µs) is nothing beside it; small enough for many at once.
    static let bytes: Int64 = 262_144

    let file: OpenFile
    let range: Range<Int64>
    let threads: NIOThreadPool

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self, position: range.lowerBound) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        var position: Int64

        mutating func next() async throws -> ByteBuffer? {
            let left = chunks.range.upperBound - position
            guard left > 0 else { return nil }
            let (file, place, count) = (chunks.file, position, Int(Swift.min(left, FileChunks.bytes)))
            let buffer = try await chunks.threads.runBlocking { () throws(BlobFailure) in
                try FileChunks.read(file, at: place, count: count)
            }
            position += Int64(buffer.readableBytes)
            return buffer
        }
    }

    private static func read(_ file: OpenFile, at position: Int64, count: Int) throws(BlobFailure) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let done = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
            var done: Int
            repeat {
                done = pread(file.descriptor, room.baseAddress, count, off_t(position))
            } while done < 0 && errno == EINTR
            return Swift.max(done, 0)
        }
        guard done > 0 else { throw BlobFailure.unavailable("a file ended before its size") }
        return buffer
    }
}

extension NIOThreadPool {
    /// Runs what waits for a disk away from event loops and the cooperative pool.
    func runBlocking<Result: Sendable>(
        _ work: @escaping @Sendable () throws(BlobFailure) -> Result
    ) async throws(BlobFailure) -> Result {
        do { return try await runIfActive { try work() } } catch let failure as BlobFailure { throw failure } catch {
            throw .unavailable("\(error)")
        }
    }
}
