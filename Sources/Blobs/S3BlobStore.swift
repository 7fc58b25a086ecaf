internal import AsyncHTTPClient
internal import Crypto
internal import Foundation
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
public import NIOPosix

/// Files in a bucket of an object store that speaks S3's protocol, addressed by path: `BUCKET/TENANT/ab/SHA256`.
public struct S3BlobStore: BlobStore {
    public struct Configuration: Sendable {
        /// `https://s3.example:9000`, without a path.
        public var endpoint: String
        public var bucket: String
        public var region: String
        public var credentials: S3Credentials

        public init(endpoint: String, bucket: String, region: String, credentials: S3Credentials) {
            self.endpoint = endpoint
            self.bucket = bucket
            self.region = region
            self.credentials = credentials
        }
    }

    /// Larger files go in parts of this size: what fails is sent again, not all of it.
    static let partBytes: Int64 = 16 << 20
    /// Of one file, by S3's own rules.
    static let partsMax: Int64 = 10_000

    let client: S3Client
    let bucket: String
    private let threads: NIOThreadPool

    /// Nothing is asked yet. `shutdown` ends its connections.
    ///
    /// - Parameter threads: that read files. They have to be started.
    /// - Throws: `BlobFailure.unavailable` where the endpoint is none.
    public init(_ configuration: Configuration, threads: NIOThreadPool = .singleton) throws(BlobFailure) {
        guard let url = URL(string: configuration.endpoint), let name = url.host,
            ["http", "https"].contains(url.scheme),
            url.path.isEmpty || url.path == "/"
        else { throw .unavailable("the endpoint of the object store is no http:// or https:// address without a path") }
        var settings = HTTPClient.Configuration()
        settings.timeout = .init(connect: .seconds(5), read: .seconds(30), write: .seconds(30))
        settings.redirectConfiguration = .disallow
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        let standard = url.scheme == "https" ? 443 : 80
        let host = url.port.map { $0 == standard ? name : "\(name):\($0)" } ?? name
        client = S3Client(
            http: HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings),
            endpoint: "\(url.scheme ?? "https")://\(host)", host: host,
            signature: S3Signature(credentials: configuration.credentials, region: configuration.region))
        bucket = configuration.bucket
        self.threads = threads
    }

    public func shutdown() async { try? await client.http.shutdown() }

    func path(_ key: BlobKey) -> String { "/\(bucket)/\(key.path)" }

    public func put(_ key: BlobKey, file path: String) async throws(BlobFailure) -> Bool {
        let (file, size) = try await threads.runBlocking { () throws(BlobFailure) in
            let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .lastOfSystem("open an upload") }
            let file = OpenFile(owning: descriptor)
            let status = try file.status()
            guard status.isRegular else { throw .missing }
            return (file, status.size)
        }
        let there = try await client.send(S3Client.Call(method: .HEAD, path: self.path(key)), expecting: [404])
        guard there.status == .notFound else { return false }
        let chunks = FileChunks(file: file, range: 0..<size, threads: threads)
        if size <= Self.partBytes {
            try await putWhole(chunks, at: self.path(key))
        } else {
            try await putInParts(chunks, at: self.path(key))
        }
        return true
    }

    private func putWhole(_ chunks: FileChunks, at path: String) async throws(BlobFailure) {
        let hash = try await hash(chunks)
        let answer = try await client.send(
            S3Client.Call(method: .PUT, path: path, body: .file(chunks), payloadHash: hash))
        await client.drain(answer)
    }

    private func putInParts(_ chunks: FileChunks, at path: String) async throws(BlobFailure) {
        let begun = try await client.send(S3Client.Call(method: .POST, path: path, query: [("uploads", "")]))
        guard let upload = S3Answer.text(of: "UploadId", in: try await client.text(of: begun)) else {
            throw .unavailable("the object store began no upload")
        }
        do { try await sendParts(chunks, at: path, upload) } catch {
            // Also where this task has been cancelled.
            await Task { await abort(path, upload) }.value
            throw error
        }
    }

    private func sendParts(_ chunks: FileChunks, at path: String, _ upload: String) async throws(BlobFailure) {
        let size = chunks.range.upperBound
        let partBytes = max(Self.partBytes, (size + Self.partsMax - 1) / Self.partsMax)
        var parts = ""
        for (index, start) in stride(from: 0, to: size, by: Int64.Stride(partBytes)).enumerated() {
            let part = FileChunks(file: chunks.file, range: start..<min(size, start + partBytes), threads: threads)
            let hash = try await hash(part)
            let answer = try await client.send(
                S3Client.Call(
                    method: .PUT, path: path, query: [("partNumber", "\(index + 1)"), ("uploadId", upload)],
                    body: .file(part), payloadHash: hash))
            guard let tag = answer.headers.first(name: "etag") else {
                throw .unavailable("the object store took a part without an ETag")
            }
            await client.drain(answer)
            let escaped = tag.filter { $0.isHexDigit || $0 == "-" }
            parts += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>&quot;\(escaped)&quot;</ETag></Part>"
        }
        let body = "<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>"
        let answer = try await client.send(
            S3Client.Call(
                method: .POST, path: path, query: [("uploadId", upload)], body: .text(body),
                payloadHash: S3Signature.hexadecimal(SHA256.hash(data: Data(body.utf8)))))
        // Its 200 may come before it is done: then the body says whether it was.
        let text = try await client.text(of: answer)
        guard S3Answer.text(of: "ETag", in: text) != nil else {
            let code = S3Answer.text(of: "Code", in: text) ?? ""
            throw .unavailable("the object store could not join the parts: \(code.prefix(64))")
        }
    }

    func abort(_ path: String, _ upload: String) async {
        let call = S3Client.Call(method: .DELETE, path: path, query: [("uploadId", upload)])
        guard let answer = try? await client.send(call) else { return }
        await client.drain(answer)
    }

    /// What the store checks the bytes by. The file is read once more, out of memory most of the time.
    private func hash(_ chunks: FileChunks) async throws(BlobFailure) -> String {
        do {
            var hash = SHA256()
            for try await chunk in chunks { chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
            return S3Signature.hexadecimal(hash.finalize())
        } catch let failure as BlobFailure { throw failure } catch { throw .unavailable("\(error)") }
    }
}
