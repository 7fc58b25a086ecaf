import Foundation
import Operations
import Testing

@testable import Supervisor

@Suite struct RunFolderTests {
    private func temporary() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("parley-test-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test func aSecondOneOnTheSameDataIsRefusedAndToldWho() throws {
        let data = try temporary()
        defer { try? FileManager.default.removeItem(atPath: data) }
        let first = try RunFolder(data: data, fanouts: 1)
        let failure = #expect(throws: ProcessFailure.self) { try RunFolder(data: data, fanouts: 1) }
        #expect(failure?.exitCode == .inputOutput)
        #expect(failure?.reason.contains("\(getpid())") == true)
        #expect(first.sockets == data + "/run")
    }

    @Test func theFolderIsPrivate() throws {
        let data = try temporary()
        defer { try? FileManager.default.removeItem(atPath: data) }
        let folder = try RunFolder(data: data, fanouts: 1)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.sockets)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
    }

    @Test func longPathsMoveTheSocketsToAPrivateFolderThatGoesAgain() throws {
        let parent = try temporary()
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let data = parent + "/" + String(repeating: "d", count: 100)
        let folder = try RunFolder(data: data, fanouts: 1)
        #expect(folder.sockets.hasPrefix("/tmp/parley-"))
        #expect(Layout.fits(folder.sockets, fanouts: 1))
        folder.removeSockets()
        #expect(!FileManager.default.fileExists(atPath: folder.sockets))
    }

    @Test func aStatusFileReadsBackWhileItsWriterLives() throws {
        let data = try temporary()
        defer { try? FileManager.default.removeItem(atPath: data) }
        _ = try RunFolder(data: data, fanouts: 1)
        let child = StatusFile.Child(
            name: "router", role: .router, pid: 7, restarts: 1, operations: "127.0.0.1:9091", url: nil)
        let file = StatusFile(pid: getpid(), version: "1", children: [child])
        try file.write(data: data)
        #expect(StatusFile.read(data: data) == file)
        // No process has a number above the largest that Linux gives (proc(5), pid_max).
        try StatusFile(pid: 4_194_305, version: "1", children: []).write(data: data)
        #expect(StatusFile.read(data: data) == nil)
    }
}
