internal import Domain
internal import SQLiteStore
public import Wire

/// What the command line shows of a tenant's files; a router may run meanwhile.
public struct UploadReports {
    public struct Refused: Equatable, Sendable {
        public let at: Timestamp
        public let user: UserID
        public let conversation: ConversationID
        public let upload: RefusedUpload
    }

    private let stored: RefusedUploads

    /// - Throws: an error that says what is wrong with the tenant's file.
    public init(dataDirectory: String, tenant: TenantSlug) throws {
        stored = try RefusedUploads(dataDirectory: dataDirectory, tenant: tenant)
    }

    /// The newest first, at most `limit`.
    public func refused(limit: Int) throws -> [Refused] {
        try stored.newest(limit).map {
            Refused(at: $0.at, user: $0.user, conversation: $0.conversation, upload: $0.upload)
        }
    }

    /// What the tenant's files take, in bytes; uploads under way are counted in.
    public var storageBytes: UInt64 { get throws { try stored.storageUse().bytes } }

    /// Of all contents in the store, with their thumbnails, each counted once.
    public var storedBytes: UInt64 { get throws { try stored.storageUse().storedBytes } }
}
