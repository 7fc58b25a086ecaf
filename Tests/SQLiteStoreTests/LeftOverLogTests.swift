import Foundation
import GRDB
import Testing

@testable import SQLiteStore

@Suite struct LeftOverLogTests {
    /// A tenant's files as a router that dies leaves them: the log has all that happened.
    private static func leaveOver(_ acme: Acme, in folder: String) throws -> String {
        let original = Acme.path(of: Acme.slug, in: acme.directory)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let copy = folder + "/tenant.sqlite"
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: original + suffix, toPath: copy + suffix)
        }
        return copy
    }

    private static let longAgo = Date(timeIntervalSince1970: 1_000_000_000)

    private static func isWrittenAgain(_ path: String) throws -> Bool {
        try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: path + "-wal")
        try LeftOverLog.writeAgain(besides: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
        return attributes[.modificationDate] as? Date != longAgo
    }

    @Test func aLeftOverLogIsWrittenAgainByteForByte() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        // Longer than what is written at once, and no whole number of that.
        for number in UInt64(1)...40 { try acme.send(number) }
        let folder = Acme.freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let copy = try Self.leaveOver(acme, in: folder)
        let before = try Data(contentsOf: URL(filePath: copy + "-wal"))
        #expect(before.count > 65_536)
        #expect(try Self.isWrittenAgain(copy))
        #expect(try Data(contentsOf: URL(filePath: copy + "-wal")) == before)
        #expect(try DatabaseQueue(path: copy).read { try Int.fetchOne($0, sql: "SELECT max(offset) FROM log") } == 41)
    }

    @Test func aLogInUseIsLeftAlone() throws {
        let acme = try Acme()
        try acme.create(with: Acme.bob)
        #expect(try !Self.isWrittenAgain(Acme.path(of: Acme.slug, in: acme.directory)))
        try acme.send(1)
    }

    @Test func whereNoLogIsThereNothingIsDone() throws {
        let folder = Acme.freshDirectory()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try LeftOverLog.writeAgain(besides: folder + "/tenant.sqlite")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func aLogThatCannotBeWrittenOpensNothing() throws {
        let folder = Acme.freshDirectory()
        try FileManager.default.createDirectory(
            atPath: folder + "/tenant.sqlite-wal", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data().write(to: URL(filePath: folder + "/tenant.sqlite"))
        #expect(throws: StoreFailure.self) { try LeftOverLog.writeAgain(besides: folder + "/tenant.sqlite") }
    }
}
