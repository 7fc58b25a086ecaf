import Blobs
import Foundation
import Synchronization
import Testing

@testable import Gateway

/// Parts of real files to one end of a pair of sockets, and what comes out at the other.
@Suite final class FileSenderTests {
    private static let size = 3_000_000
    private let path = NSTemporaryDirectory() + "file-sender-tests-" + UUID().uuidString
    private let content = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    private let sender = FileSender()

    init() throws { try content.write(to: URL(filePath: path)) }

    deinit {
        sender.stop()
        try? FileManager.default.removeItem(atPath: path)
    }

    private func part(_ range: Range<Int64>) throws -> FilePart {
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        return FilePart(file: OpenFile(owning: descriptor), range: range)
    }

    private func pair() throws -> (writer: OpenFile, reader: FileHandle) {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return (OpenFile(owning: ends[0]), FileHandle(fileDescriptor: ends[1], closeOnDealloc: true))
    }

    /// Reads to the end, on a thread that may wait.
    private static func rest(of reader: FileHandle) -> Task<Data?, Never> {
        Task.detached {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: try? reader.readToEnd()) }
            }
        }
    }

    /// Sends, counts what goes out, and closes the connection at the end.
    private func send(_ part: FilePart, to socket: OpenFile, sent: @escaping @Sendable (Int) -> Void = { _ in })
        async throws
    {
        try await withCheckedThrowingContinuation { continuation in
            let sending = Sending(part, to: socket, sent: sent) { result in
                shutdown(socket.descriptor, Int32(SHUT_RDWR))
                continuation.resume(with: result.mapError { $0 as any Error })
            }
            sender.send(sending)
        }
    }

    @Test(arguments: [0..<Int64(size), 1..<2, 1_000_000..<2_999_999])
    func aPartGoesOutWhole(range: Range<Int64>) async throws {
        let (writer, reader) = try pair()
        let read = Self.rest(of: reader)
        let counted = Atomic<Int>(0)
        try await send(part(range), to: writer) { counted.wrappingAdd($0, ordering: .relaxed) }
        #expect(await read.value == content.subdata(in: Int(range.lowerBound)..<Int(range.upperBound)))
        #expect(counted.load(ordering: .relaxed) == range.count)
    }

    @Test func manyGoOutBesideOneThatNobodyReads() async throws {
        let (stuck, reader) = try pair()
        let failure = Mutex<FileSender.Failure?>(nil)
        let (ends, ending) = AsyncStream.makeStream(of: Void.self)
        let waiting = Sending(try part(0..<Int64(Self.size)), to: stuck) { _ in
        } ended: { result in
            if case .failure(let error) = result { failure.withLock { $0 = error } }
            ending.finish()
        }
        sender.send(waiting)
        for _ in 0..<3 {
            let pairs = try (0..<8).map { _ in try pair() }
            let reads = pairs.map { Self.rest(of: $0.reader) }
            for pair in pairs { try await send(part(0..<Int64(Self.size)), to: pair.writer) }
            for read in reads { #expect(await read.value == content) }
        }
        #expect(failure.withLock { $0 } == nil)
        waiting.cut()
        for await _ in ends {}
        #expect(failure.withLock { $0 } == .cut)
        try reader.close()
    }

    @Test func whoIsGoneEndsItsOwn() async throws {
        let (writer, reader) = try pair()
        try reader.close()
        await #expect(throws: FileSender.Failure.cut) { try await send(part(0..<Int64(Self.size)), to: writer) }
    }

    @Test func aFileThatEndsBeforeItsSizeIsToldApart() async throws {
        let (writer, reader) = try pair()
        let read = Self.rest(of: reader)
        await #expect(throws: FileSender.Failure.file) { try await send(part(0..<Int64(Self.size) + 1), to: writer) }
        #expect(await read.value == content)
    }

    @Test func afterTheEndNothingIsSent() async throws {
        sender.stop()
        let (writer, _) = try pair()
        await #expect(throws: FileSender.Failure.cut) { try await send(part(0..<1), to: writer) }
    }
}
