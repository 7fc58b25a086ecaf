/// Where files lie. A file is there whole or not at all, whenever the machine stops. Every operation may be repeated.
public protocol BlobStore: Sendable {
    /// Stores a file of this machine. When it returns, the content survives a loss of power.
    ///
    /// - Parameter path: may be gone afterwards: it is moved where that is possible. Whoever calls removes it otherwise.
    /// - Returns: false where it was there already.
    /// - Throws: `BlobFailure.full`, `.unavailable`; `.missing` where there is no such regular file at `path`.
    func put(_ key: BlobKey, file path: String) async throws(BlobFailure) -> Bool

    /// - Parameter range: of the content's bytes, cut off at its end; nil for all of it.
    /// - Throws: `BlobFailure.missing`, `.outOfRange`, `.unavailable`.
    func open(_ key: BlobKey, range: Range<Int64>?) async throws(BlobFailure) -> BlobBody

    /// What is not there is removed already.
    func remove(_ key: BlobKey) async throws(BlobFailure)

    /// What is stored for a tenant, in a fixed order.
    ///
    /// - Parameter cursor: of the page before; nil for the first one.
    func list(tenant: String, after cursor: String?) async throws(BlobFailure) -> BlobPage

    /// Removes what an upload that was cut off has left, if it began before `time`.
    ///
    /// - Parameter time: seconds since 1970.
    func removeLeftovers(before time: Int64) async throws(BlobFailure)
}

/// Why a store can't.
public enum BlobFailure: Error, Equatable, Sendable {
    /// No room: of the disk, or of a quota on it.
    case full
    /// There is no such blob.
    case missing
    /// The range begins past the end; the content has `size` bytes.
    case outOfRange(size: Int64)
    /// It does not answer, or not as it should: try again later. The reason is for logs, and names no secret.
    case unavailable(String)
}

/// One page of a listing.
public struct BlobPage: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public let key: BlobKey
        /// In bytes.
        public let size: Int64
        /// Seconds since 1970.
        public let modified: Int64
    }

    public let entries: [Entry]
    /// For the next page; nil after the last.
    public let cursor: String?
}
