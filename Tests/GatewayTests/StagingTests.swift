import Foundation
import NIOCore
import Testing
import Wire

@testable import Gateway

/// The staging folder, on a real disk.
@Suite final class StagingTests {
    private let folder = NSTemporaryDirectory() + "staging-tests-" + UUID().uuidString
    private let id = UploadID(bits: UUIDBits(high: 1, low: 2))

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func staging() throws -> Staging { try Staging(folder) }

    private func upload(expiresAtMs: Int64) -> ResumableUpload {
        ResumableUpload(
            tenant: "acme", user: "alice", name: "a.txt", type: nil, length: 10, expiresAtMs: expiresAtMs)
    }

    private func age(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
    }

    @Test func whatIsAppendedIsThereAndHashed() throws {
        let path = try staging().content(of: id)
        let file = try StagedFile(path, isNew: true)
        try file.append(ByteBuffer(string: "hel"))
        try file.append(ByteBuffer(string: "lo"))
        #expect(file.size == 5)
        #expect(file.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        #expect(try StagedFile.sha256(of: path).sha256 == file.sha256)
        #expect(FileManager.default.contents(atPath: path) == Data("hello".utf8))
    }

    @Test func oneAtATimeAddsToAFile() throws {
        let path = try staging().content(of: id)
        var file: StagedFile? = try StagedFile(path, isNew: true)
        #expect(throws: StagedFile.Failure.locked) { try StagedFile(path, isNew: false) }
        try file?.append(ByteBuffer(string: "a"))
        file = nil
        let again = try StagedFile(path, isNew: false)
        #expect(again.size == 1 && again.sha256 == nil, "what was there before was not hashed here")
        try again.append(ByteBuffer(string: "b"))
        #expect(FileManager.default.contents(atPath: path) == Data("ab".utf8))
    }

    @Test func aFileThatHasGoneIntoTheStoreIsNoUploadAnyLonger() throws {
        let path = try staging().content(of: id)
        try StagedFile(path, isNew: true).append(ByteBuffer(string: "a"))
        try FileManager.default.linkItem(atPath: path, toPath: path + ".stored")
        #expect(throws: StagedFile.Failure.missing) { try StagedFile(path, isNew: false) }
    }

    @Test func whatAChecksumDidNotConfirmIsCutOff() throws {
        let staging = try staging()
        var file: StagedFile? = try StagedFile(staging.content(of: id), isNew: true)
        try file?.append(ByteBuffer(string: "good"))
        try staging.setMark(of: id, at: 4)
        try file?.append(ByteBuffer(string: "bad"))
        #expect(try staging.confirmedSize(of: id) == 4)
        file = nil
        #expect(try staging.reopen(id).size == 4)
        #expect(try staging.confirmedSize(of: id) == 4)
    }

    @Test func whatIsKnownOfAnUploadComesBack() throws {
        let staging = try staging()
        #expect(staging.resumable(id) == nil)
        var upload = upload(expiresAtMs: 5_000)
        try staging.save(upload, as: id)
        #expect(staging.resumable(id) == upload)
        upload = upload.ended(.refused(code: "unsupported_media", reason: "infected"), now: 1_000)
        try staging.save(upload, as: id)
        #expect(staging.resumable(id) == upload)
    }

    @Test func anOutcomeIsKeptForAnHourAtMost() throws {
        let staging = try staging()
        let outcome = ResumableUpload.Outcome.finished(json: "{}")
        #expect(upload(expiresAtMs: 9_000_000).ended(outcome, now: 1_000_000).expiresAtMs == 4_600_000)
        #expect(upload(expiresAtMs: 2_000_000).ended(outcome, now: 1_000_000).expiresAtMs == 2_000_000)
        try staging.save(upload(expiresAtMs: 9_000_000).ended(outcome, now: 1_000_000), as: id)
        staging.sweep(now: 4_599_999)
        #expect(staging.resumable(id)?.outcome == outcome)
        // As a version of before has left it: the time of its writing says nothing.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: staging.information(of: id))
        staging.sweep(now: 4_599_999)
        #expect(staging.resumable(id)?.outcome == outcome)
        staging.sweep(now: 4_600_000)
        #expect(staging.resumable(id) == nil)
    }

    @Test func theSweepTakesWhatIsOverAndLeavesTheRest() throws {
        let staging = try staging()
        let other = UploadID(bits: UUIDBits(high: 1, low: 3))
        let plain = UploadID(bits: UUIDBits(high: 1, low: 4))
        let fresh = UploadID(bits: UUIDBits(high: 1, low: 5))
        for (id, expiry) in [(id, 5_000_000_000), (other, 6_000_000_000)] as [(UploadID, Int64)] {
            _ = try StagedFile(staging.content(of: id), isNew: true)
            try staging.save(upload(expiresAtMs: expiry), as: id)
            try age(staging.content(of: id))
        }
        _ = try StagedFile(staging.content(of: plain), isNew: true)
        try age(staging.content(of: plain))
        let held = try StagedFile(staging.content(of: fresh), isNew: true)
        try age(held.path)
        staging.sweep(now: 5_500_000_000)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(left == ["\(other).json", "\(other).part", "\(fresh).part"].sorted())
        #expect(held.size == 0)
    }
}
