import Foundation
import NIOCore
import Testing

@testable import Blobs

/// A root folder and a folder for uploads, gone after the test.
private final class Disk {
    let folder: URL
    let root: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "parley-blobs-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        root = folder.appending(path: "root/inside").path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func store() throws -> DiskBlobStore { try DiskBlobStore(root: root) }

    func upload(_ text: String) throws -> String {
        let path = folder.appending(path: "upload-\(UInt64.random(in: .min ... .max))").path
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// All regular files and links below the root, by their paths from there.
    func files() -> [String] {
        let found = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
        return found.filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
}

@Suite struct DiskBlobStoreTests {
    private static let hash = String(repeating: "ab", count: 32)

    private func key(_ tenant: String = "acme", _ hash: String = hash, _ variant: BlobKey.Variant = .original) throws
        -> BlobKey
    {
        try #require(BlobKey(tenant: tenant, sha256: hash, variant: variant))
    }

    private func text(_ body: BlobBody) async throws -> String {
        var all = ByteBuffer()
        for try await var chunk in body.chunks { all.writeBuffer(&chunk) }
        return String(buffer: all)
    }

    @Test func whatIsPutCanBeReadAndIsStoredOnce() async throws {
        let disk = try Disk()
        let store = try disk.store()
        let (key, first) = (try key(), try disk.upload("hello"))
        #expect(try await store.put(key, file: first))
        #expect(!FileManager.default.fileExists(atPath: first))
        #expect(try await store.put(key, file: try disk.upload("hello")) == false)
        #expect(disk.files() == ["acme/ab/\(Self.hash)"])
        let body = try await store.open(key, range: nil)
        #expect(body.size == 5 && body.range == 0..<5)
        #expect(try String(contentsOfFile: try #require(body.path), encoding: .utf8) == "hello")
        #expect(try await text(body) == "hello")
    }

    @Test func aRangeIsCutOffAtTheEnd() async throws {
        let disk = try Disk()
        let store = try disk.store()
        _ = try await store.put(try key(), file: try disk.upload("hello"))
        #expect(try await text(try await store.open(try key(), range: 1..<3)) == "el")
        #expect(try await store.open(try key(), range: 3..<900).range == 3..<5)
        await #expect(throws: BlobFailure.outOfRange(size: 5)) { try await store.open(key(), range: 5..<6) }
    }

    @Test func aLongFileComesInPieces() async throws {
        let disk = try Disk()
        let store = try disk.store()
        let long = String(repeating: "0123456789", count: 60_000)
        _ = try await store.put(try key(), file: try disk.upload(long))
        let body = try await store.open(try key(), range: nil)
        var sizes: [Int] = []
        for try await chunk in body.chunks { sizes.append(chunk.readableBytes) }
        #expect(sizes == [262_144, 262_144, 75_712])
        #expect(try await text(try await store.open(try key(), range: 262_140..<262_150)) == "0123456789")
    }

    @Test func whatIsOpenOutlivesItsRemoval() async throws {
        let disk = try Disk()
        let store = try disk.store()
        _ = try await store.put(try key(), file: try disk.upload("hello"))
        let body = try await store.open(try key(), range: nil)
        try await store.remove(try key())
        try await store.remove(try key())
        #expect(disk.files().isEmpty)
        #expect(try await text(body) == "hello")
        await #expect(throws: BlobFailure.missing) { try await store.open(key(), range: nil) }
        await #expect(throws: BlobFailure.missing) { try await store.put(key(), file: "/nowhere/at/all") }
    }

    @Test func tenantsAndVariantsAreApart() async throws {
        let disk = try Disk()
        let store = try disk.store()
        for key in [try key(), try key("other"), try key("acme", Self.hash, .thumbnail)] {
            #expect(try await store.put(key, file: try disk.upload("\(key.tenant) \(key.variant)")))
        }
        try await store.remove(try key())
        #expect(disk.files() == ["acme/ab/\(Self.hash).thumbnail", "other/ab/\(Self.hash)"])
        #expect(
            try await text(try await store.open(try key("acme", Self.hash, .thumbnail), range: nil)) == "acme thumbnail"
        )
    }

    @Test func aListingHasEverythingOnce() async throws {
        let disk = try Disk()
        let store = try disk.store()
        var all: Set<BlobKey> = []
        for number in 0..<20 {
            let hash =
                String(repeating: "0", count: 62 - number % 2) + String(number + 16, radix: 16)
                + String(repeating: "f", count: number % 2)
            let key = try key("acme", String(hash.reversed()))
            all.insert(key)
            _ = try await store.put(key, file: try disk.upload("\(number)"))
        }
        // What is none of ours stays out of it.
        try Data().write(to: URL(filePath: "\(disk.root)/acme/notes.txt"))
        var (found, cursor): ([BlobKey], String?) = ([], nil)
        repeat {
            let page = try await store.list(tenant: "acme", after: cursor)
            found += page.entries.map(\.key)
            #expect(page.entries.allSatisfy { $0.size > 0 && $0.modified > 1_700_000_000 })
            cursor = page.cursor
        } while cursor != nil
        #expect(found.count == all.count && Set(found) == all)
        #expect(try await store.list(tenant: "nobody", after: nil) == BlobPage(entries: [], cursor: nil))
    }

    @Test func noLinkIsFollowed() async throws {
        let disk = try Disk()
        let store = try disk.store()
        let outside = try disk.upload("secret")
        let link = disk.folder.appending(path: "link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: outside)
        await #expect(throws: BlobFailure.self) { try await store.put(key(), file: link) }
        try FileManager.default.createDirectory(atPath: "\(disk.root)/acme/ab", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(disk.root)/acme/ab/\(Self.hash)", withDestinationPath: outside)
        await #expect(throws: BlobFailure.self) { try await store.open(key(), range: nil) }
        try FileManager.default.createSymbolicLink(atPath: "\(disk.root)/evil", withDestinationPath: disk.folder.path)
        await #expect(throws: BlobFailure.self) { try await store.put(key("evil"), file: disk.upload("x")) }
    }

    @Test func nobodyElseMayRead() async throws {
        let disk = try Disk()
        let store = try disk.store()
        _ = try await store.put(try key(), file: try disk.upload("hello"))
        for (path, mode) in [("", 0o700), ("/acme", 0o700), ("/acme/ab", 0o700), ("/acme/ab/\(Self.hash)", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: disk.root + path)
            #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
        }
    }

    @Test func leftoversGoAndOnlyThey() async throws {
        let disk = try Disk()
        let store = try disk.store()
        _ = try await store.put(try key(), file: try disk.upload("hello"))
        try FileManager.default.createDirectory(atPath: "\(disk.root)/.incoming", withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(filePath: "\(disk.root)/.incoming/draft"))
        let now = Int64(Date().timeIntervalSince1970)
        try await store.removeLeftovers(before: now - 3_600)
        #expect(disk.files().count == 2)
        try await store.removeLeftovers(before: now + 3_600)
        #expect(disk.files() == ["acme/ab/\(Self.hash)"])
    }

    @Test func twoThatStoreTheSameAtOnceAgree() async throws {
        let disk = try Disk()
        let store = try disk.store()
        let key = try key()
        let uploads = try (0..<16).map { _ in try disk.upload("hello") }
        let new = try await withThrowingTaskGroup(of: Bool.self) { group in
            for upload in uploads { group.addTask { try await store.put(key, file: upload) } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(new == 1)
        #expect(disk.files().count == 1)
    }

    @Test(arguments: [
        ("acme", "AB"), ("acme", String(repeating: "AB", count: 32)),
        ("acme", "../" + String(repeating: "a", count: 61)),
        ("", hash), ("..", hash), ("a/b", hash), ("-a", hash), ("A", hash), (String(repeating: "a", count: 33), hash),
    ])
    func aKeyIsSafeAsAPath(tenant: String, hash: String) { #expect(BlobKey(tenant: tenant, sha256: hash) == nil) }
}
