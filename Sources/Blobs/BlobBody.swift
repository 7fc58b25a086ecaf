internal import AsyncHTTPClient
public import NIOCore

/// An open blob. Stays readable when the blob is removed meanwhile.
public struct BlobBody: Sendable {
    /// Of the whole content, in bytes.
    public let size: Int64
    /// What `chunks` gives.
    public let range: Range<Int64>
    /// Where it lies on this machine; nil for a store elsewhere. Gone once the blob is removed.
    public let path: String?
    public let chunks: BlobChunks
}

/// The bytes, a piece at a time, none before it is asked for. Throws `BlobFailure.unavailable` where they end early.
public struct BlobChunks: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    enum Source: Sendable {
        case file(FileChunks)
        case response(HTTPClientResponse.Body)
    }

    let source: Source

    /// The same bytes, for who need not have them pass through; nil for a store elsewhere.
    public var part: FilePart? {
        if case .file(let chunks) = source { FilePart(file: chunks.file, range: chunks.range) } else { nil }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        switch source {
        case .file(let chunks): AsyncIterator(source: .file(chunks.makeAsyncIterator()))
        case .response(let body): AsyncIterator(source: .response(body.makeAsyncIterator()))
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        enum Source {
            case file(FileChunks.AsyncIterator)
            case response(HTTPClientResponse.Body.AsyncIterator)
        }

        var source: Source

        public mutating func next() async throws -> ByteBuffer? {
            switch source {
            case .file(var iterator):
                defer { source = .file(iterator) }
                return try await iterator.next()
            case .response(var iterator):
                defer { source = .response(iterator) }
                do { return try await iterator.next() } catch { throw BlobFailure.unavailable("\(error)") }
            }
        }
    }
}
