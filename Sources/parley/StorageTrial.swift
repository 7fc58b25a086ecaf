internal import Blobs
internal import Crypto
internal import Foundation
internal import NIOCore
internal import Operations

/// One file's way through a store, and whether what came back is what went in.
struct StorageTrial<Store: BlobStore> {
    typealias Result = StorageTrialResult

    let store: Store
    let bytes: Int

    func run() async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "parley-storage-check-\(UInt64.random(in: .min ... .max))"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let hash = try write(path)
        guard let key = BlobKey(tenant: "parley-storage-check", sha256: hash) else {
            throw ProcessFailure(.inputOutput, "the file has no hash")
        }
        do { return try await travel(key, path) } catch {
            try? await store.remove(key)
            throw error
        }
    }

    private func travel(_ key: BlobKey, _ path: String) async throws -> Result {
        let clock = ContinuousClock()
        var start = clock.now
        guard try await store.put(key, file: path) else { throw wrong("it was there before it was stored") }
        let putMs = (clock.now - start).inMilliseconds
        if FileManager.default.fileExists(atPath: path), try await store.put(key, file: path) {
            throw wrong("it was stored twice")
        }
        start = clock.now
        guard try await hash(of: try await store.open(key, range: nil)) == key.sha256 else {
            throw wrong("other bytes came back than were stored")
        }
        let getMs = (clock.now - start).inMilliseconds
        let last = Int64(bytes) - 1
        let end = try await store.open(key, range: last..<last + 10)
        var count = 0
        for try await chunk in end.chunks { count += chunk.readableBytes }
        guard count == 1, end.size == Int64(bytes) else { throw wrong("a part of it came back wrong") }
        do {
            _ = try await store.open(key, range: Int64(bytes)..<Int64(bytes) + 1)
            throw wrong("a part past its end came back")
        } catch BlobFailure.outOfRange {}
        guard try await isListed(key) else { throw wrong("it is not in the listing") }
        try await store.remove(key)
        try await store.remove(key)
        do {
            _ = try await store.open(key, range: nil)
            throw wrong("it is there after it was removed")
        } catch BlobFailure.missing {}
        try await store.removeLeftovers(before: 0)
        return Result(bytes: bytes, putMs: putMs, getMs: getMs)
    }

    private func isListed(_ key: BlobKey) async throws -> Bool {
        var cursor: String?
        repeat {
            let page = try await store.list(tenant: key.tenant, after: cursor)
            if page.entries.contains(where: { $0.key == key && $0.size == Int64(bytes) }) { return true }
            cursor = page.cursor
        } while cursor != nil
        return false
    }

    /// Noise, so that nothing on the way can make it smaller.
    private func write(_ path: String) throws -> String {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: path)
        else { throw ProcessFailure(.inputOutput, "a temporary file can't be written") }
        defer { try? file.close() }
        var hash = SHA256()
        var left = bytes
        while left > 0 {
            let piece = SymmetricKey(size: SymmetricKeySize(bitCount: 8 * min(left, 1 << 20)))
            let data = piece.withUnsafeBytes { Data($0) }
            hash.update(data: data)
            try file.write(contentsOf: data)
            left -= data.count
        }
        return hexadecimal(hash.finalize())
    }

    private func hash(of body: BlobBody) async throws -> String {
        var hash = SHA256()
        for try await chunk in body.chunks { chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
        return hexadecimal(hash.finalize())
    }

    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func wrong(_ reason: String) -> ProcessFailure { ProcessFailure(.unreachable, reason) }
}

struct StorageTrialResult: Encodable {
    let bytes: Int
    let putMs: Int
    let getMs: Int

    private enum CodingKeys: String, CodingKey {
        case bytes
        case putMs = "put_ms"
        case getMs = "get_ms"
    }

    var text: String { "works: \(bytes) bytes stored in \(putMs) ms, read in \(getMs) ms" }
}

extension Duration {
    fileprivate var inMilliseconds: Int {
        Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
