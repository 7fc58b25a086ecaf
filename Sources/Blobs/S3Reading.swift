internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

extension S3BlobStore {
    public func open(_ key: BlobKey, range: Range<Int64>?) async throws(BlobFailure) -> BlobBody {
        var call = S3Client.Call(method: .GET, path: path(key))
        if let range {
            guard range.lowerBound >= 0, !range.isEmpty else { throw .outOfRange(size: try await size(key)) }
            call.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        }
        let answer = try await client.send(call, expecting: [416])
        if answer.status == .rangeNotSatisfiable {
            await client.drain(answer)
            throw .outOfRange(size: try await size(key))
        }
        let length = answer.headers.first(name: "content-length").flatMap { Int64($0) }
        let chunks = BlobChunks(source: .response(answer.body))
        if answer.status == .partialContent {
            guard let header = answer.headers.first(name: "content-range"), let given = ContentRange(header) else {
                throw .unavailable("the object store gave a part and did not say which")
            }
            return BlobBody(size: given.size, range: given.range, path: nil, chunks: chunks)
        }
        guard let length, range == nil else { throw .unavailable("the object store gave no length or all for a part") }
        return BlobBody(size: length, range: 0..<length, path: nil, chunks: chunks)
    }

    private func size(_ key: BlobKey) async throws(BlobFailure) -> Int64 {
        let answer = try await client.send(S3Client.Call(method: .HEAD, path: path(key)))
        guard let size = answer.headers.first(name: "content-length").flatMap({ Int64($0) }) else {
            throw .unavailable("the object store gave no length")
        }
        return size
    }

    public func remove(_ key: BlobKey) async throws(BlobFailure) {
        let answer = try await client.send(S3Client.Call(method: .DELETE, path: path(key)), expecting: [404])
        await client.drain(answer)
    }

    /// A page has at most 1,000 entries; its cursor is the store's own.
    public func list(tenant: String, after cursor: String?) async throws(BlobFailure) -> BlobPage {
        guard BlobKey.isTenant(tenant) else { return BlobPage(entries: [], cursor: nil) }
        var query = [(name: "list-type", value: "2"), (name: "prefix", value: "\(tenant)/")]
        if let cursor { query.append((name: "continuation-token", value: cursor)) }
        let answer = try await client.send(S3Client.Call(method: .GET, path: "/\(bucket)", query: query))
        let listing = S3Answer.Listing(try await client.text(of: answer))
        let entries = listing.entries.compactMap { entry -> BlobPage.Entry? in
            guard let name = entry.key.split(separator: "/").last,
                let key = BlobKey(tenant: tenant, fileName: String(name)), key.path == entry.key
            else { return nil }
            return BlobPage.Entry(key: key, size: entry.size, modified: Self.seconds(entry.modified) ?? 0)
        }
        return BlobPage(entries: entries, cursor: listing.token)
    }

    /// Gives up uploads in parts whose process has gone; the first 1,000 of them each time.
    public func removeLeftovers(before time: Int64) async throws(BlobFailure) {
        let answer = try await client.send(
            S3Client.Call(method: .GET, path: "/\(bucket)", query: [("uploads", "")]), expecting: [404])
        for upload in S3Answer.Upload.all(in: try await client.text(of: answer)) {
            guard let began = Self.seconds(upload.began), began < time else { continue }
            await abort("/\(bucket)/\(upload.key)", upload.id)
        }
    }

    /// `2026-11-24T10:00:00.000Z`, with or without the fraction.
    static func seconds(_ text: String) -> Int64? {
        let whole = text.split(separator: ".").first.map { $0.hasSuffix("Z") ? String($0) : $0 + "Z" } ?? ""
        return (try? Date(whole, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }
}

/// `bytes 0-99/1234`.
struct ContentRange: Equatable, Sendable {
    let range: Range<Int64>
    let size: Int64

    init?(_ header: String) {
        let parts = header.split(separator: " ")
        guard parts.count == 2, parts[0] == "bytes" else { return nil }
        let sides = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        guard sides.count == 2, let size = Int64(sides[1]) else { return nil }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]), first >= 0, last >= first,
            last < size
        else { return nil }
        range = first..<(last + 1)
        self.size = size
    }
}
