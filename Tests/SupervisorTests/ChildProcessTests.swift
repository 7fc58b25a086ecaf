import Foundation
import Operations
import Synchronization
import Testing

@testable import Supervisor

/// What a child said and how it ended.
private final class Record: Sendable {
    private struct State {
        var lines: [String] = []
        var end: ChildEnd?
    }

    private let state = Mutex(State())

    func add(_ line: String) { state.withLock { $0.lines.append(line) } }
    func end(_ end: ChildEnd) { state.withLock { $0.end = end } }
    var lines: [String] { state.withLock { $0.lines } }

    /// Waits for at most 10 s.
    func end(with lines: Int) async throws -> ChildEnd {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            if let end = state.withLock({ $0.lines.count >= lines ? $0.end : nil }) { return end }
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

@Suite struct ChildProcessTests {
    private func start(_ script: String, leash: DescriptorPair, _ record: Record) throws -> ChildProcess {
        try ChildProcess.start(
            "/bin/sh", ["-c", script], leash: leash.reading, output: { record.add($0) }, ended: { record.end($0) })
    }

    @Test func linesOfBothOutputsAndTheExitCodeArrive() async throws {
        let record = Record()
        _ = try start("echo out; echo err >&2; printf rest; exit 3", leash: try DescriptorPair(), record)
        #expect(try await record.end(with: 3) == .exited(3))
        #expect(record.lines == ["out", "err", "rest"])
    }

    @Test func aSignalThatKillsIsToldApartFromACode() async throws {
        let record = Record()
        let child = try start("echo up; exec sleep 60", leash: try DescriptorPair(), record)
        child.send(SIGKILL)
        #expect(try await record.end(with: 0) == .killed(signal: SIGKILL))
    }

    @Test func theLeashEndsWithItsHolder() async throws {
        let record = Record()
        let leash = try DescriptorPair()
        _ = try start("cat; echo gone", leash: leash, record)
        #expect(record.lines.isEmpty)
        close(leash.writing)
        #expect(try await record.end(with: 1) == .exited(0))
        #expect(record.lines == ["gone"])
    }

    @Test func aProgramThatIsNotThereIsAFailure() throws {
        let leash = try DescriptorPair()
        #expect(throws: ProcessFailure.self) {
            try ChildProcess.start("/nothing/here", [], leash: leash.reading, output: { _ in }, ended: { _ in })
        }
    }

    @Test func linesAreTheSameWholeAndByteByByte() {
        let bytes = Array("one\n\ntwo\nthree".utf8)
        var whole = LineSplitter()
        var single = LineSplitter()
        let lines = whole.append(bytes)
        #expect(lines == ["one", "", "two"])
        #expect(bytes.flatMap { single.append([$0]) } == lines)
        #expect(whole.rest == "three")
        #expect(single == whole)
    }

    @Test func aLineWithoutEndIsPassedOnInPieces() {
        var splitter = LineSplitter()
        let lines = splitter.append(Array(repeating: UInt8(ascii: "x"), count: LineSplitter.bytesMax + 1))
        #expect(lines.map(\.utf8.count) == [LineSplitter.bytesMax])
        #expect(splitter.rest == "x")
    }
}
