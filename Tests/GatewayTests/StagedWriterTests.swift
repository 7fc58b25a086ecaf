import Foundation
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Gateway

/// What is written while more comes, on a real disk.
@Suite final class StagedWriterTests {
    private let path = NSTemporaryDirectory() + "staged-writer-tests-" + UUID().uuidString
    private let threads = NIOThreadPool(numberOfThreads: 2)

    init() { threads.start() }

    deinit {
        try? threads.syncShutdownGracefully()
        try? FileManager.default.removeItem(atPath: path)
    }

    private func writer(bytesMax: UInt64) throws -> StagedWriter {
        StagedWriter(try StagedFile(path, isNew: true), bytesMax: bytesMax, threads: threads)
    }

    @Test func whatIsAddedIsThereInItsOrder() async throws {
        let writer = try writer(bytesMax: 1 << 30)
        var expected = Data()
        for number in 0..<300 {
            let piece = [UInt8](repeating: UInt8(number % 251), count: 1 + number * 97)
            expected.append(contentsOf: piece)
            try await writer.add(ByteBuffer(bytes: piece))
        }
        try await writer.finish()
        #expect(writer.file.size == Int64(expected.count))
        #expect(FileManager.default.contents(atPath: path) == expected)
        #expect(try StagedFile.sha256(of: path).sha256 == writer.file.sha256)
    }

    @Test func aFileGetsNoLongerThanItMay() async throws {
        let writer = try writer(bytesMax: 5)
        try await writer.add(ByteBuffer(string: "hello"))
        await #expect(throws: Refusal(.tooLarge, field: "size")) { try await writer.add(ByteBuffer(string: "!")) }
        await writer.settle()
        #expect(FileManager.default.contents(atPath: path) == Data("hello".utf8))
    }

    @Test func whoeverAddsHearsThatTheThreadsHaveEnded() async throws {
        let writer = try writer(bytesMax: 1 << 30)
        try await threads.shutdownGracefully()
        let piece = ByteBuffer(repeating: 0, count: StagedWriter.waitingBytesMax + 1)
        try await writer.add(piece)
        await #expect(throws: Refusal.self) { try await writer.finish() }
        await #expect(throws: Refusal.self) { try await writer.add(piece) }
    }

    @Test func anEmptyFileIsFinishedAtOnce() async throws {
        let writer = try writer(bytesMax: 0)
        try await writer.finish()
        #expect(writer.file.size == 0)
    }
}
