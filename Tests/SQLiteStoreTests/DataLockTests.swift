import Foundation
import SQLiteStore
import Testing

@Suite struct DataLockTests {
    @Test func aSecondHolderIsRefusedAndToldWhoHasIt() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let lock = try DataLock(directory: directory)
        let held = #expect(throws: DataLock.Held.self) { try DataLock(directory: directory) }
        let process = ProcessInfo.processInfo.processIdentifier
        #expect(held?.processID == process)
        #expect(held.map { "\($0)".contains("process \(process)") } == true)
        withExtendedLifetime(lock) {}
    }

    @Test func itIsFreeAgainOnceItsHolderIsGone() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        do { _ = try DataLock(directory: directory) }
        #expect(throws: Never.self) { try DataLock(directory: directory) }
    }

    @Test func whatAnotherLeftInTheFileDoesNotMatter() throws {
        let directory = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("no number, and longer than one".utf8).write(to: URL(filePath: directory + "/router.lock"))
        let lock = try DataLock(directory: directory)
        let text = try String(contentsOfFile: directory + "/router.lock", encoding: .utf8)
        #expect(text == "\(ProcessInfo.processInfo.processIdentifier)\n")
        withExtendedLifetime(lock) {}
    }

    @Test func aPathThatIsNoFolderIsAnIOFailure() throws {
        let failure = #expect(throws: StoreFailure.self) { try DataLock(directory: "/dev/null/data") }
        #expect(failure?.reason == .io)
    }
}
