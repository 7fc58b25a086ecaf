public import Wire

/// An upload as it is stored, from the permission on.
public struct StoredUpload: Equatable, Sendable {
    public enum State: Equatable, Sendable {
        /// Bytes are coming in, and so much room is kept for them.
        case begun(reserved: UInt64)
        /// The content is known and on its way into the store.
        case sealed(StoredFile)
        /// The content is in the store.
        case finished(StoredFile)
    }

    public let id: UploadID
    public let uploader: UserID
    public let conversation: ConversationID
    public let state: State
    /// When it is forgotten, unless it is sent before.
    public let expiresAt: Timestamp
    /// The message that refers to it.
    public let message: MessageID?

    public init(
        id: UploadID, uploader: UserID, conversation: ConversationID, state: State, expiresAt: Timestamp,
        message: MessageID? = nil
    ) {
        self.id = id
        self.uploader = uploader
        self.conversation = conversation
        self.state = state
        self.expiresAt = expiresAt
        self.message = message
    }

    /// Nil until its content is in the store.
    public var file: StoredFile? { if case .finished(let file) = state { file } else { nil } }

    func with(_ state: State, until expiresAt: Timestamp) -> StoredUpload {
        StoredUpload(
            id: id, uploader: uploader, conversation: conversation, state: state, expiresAt: expiresAt,
            message: message)
    }
}

/// What a tenant's files take.
public struct StorageUse: Equatable, Sendable {
    /// Of all contents, each counted once.
    public var storedBytes: UInt64
    /// Kept for uploads under way.
    public var reservedBytes: UInt64

    public init(storedBytes: UInt64 = 0, reservedBytes: UInt64 = 0) {
        self.storedBytes = storedBytes
        self.reservedBytes = reservedBytes
    }

    public var bytes: UInt64 { storedBytes + reservedBytes }
}

public protocol FileReads {
    func upload(_ id: UploadID) throws -> StoredUpload?
    func storageUse() throws -> StorageUse
    /// Of the user, that no message refers to yet.
    func unsentUploads(of user: UserID) throws -> UInt64
    /// The room that is kept for the user's uploads under way.
    func reservedBytes(of user: UserID) throws -> UInt64
    /// Unsent ones whose time is over at `now`, the oldest first.
    func expiredUploads(at now: Timestamp, limit: Int) throws -> [UploadID]
    /// Whether the content is being removed at this moment, so that nobody may rely on it.
    func isBeingRemoved(sha256: String) throws -> Bool
}

/// What happens to uploads: stored, and no client hears of it.
public enum FileChange: Equatable, Sendable {
    /// Begun, sealed or finished: as it is from now on.
    case upload(StoredUpload)
    /// Forgotten; a content that nobody refers to any longer is to be removed.
    case forgotten(UploadID)
    case refused(RefusedUpload, by: UserID, in: ConversationID, at: Timestamp)
}

/// What follows from a gateway's request about an upload.
public struct FileDecision: Equatable, Sendable {
    public let answer: FileAnswer
    public let changes: [FileChange]

    public init(_ answer: FileAnswer, _ changes: FileChange...) {
        self.answer = answer
        self.changes = changes
    }
}

/// Unsent uploads of one user: more than anybody has at hand, few enough that nobody fills a table.
private let unsentMax: UInt64 = 1_000
/// Of the tenant's room, what is kept for one user's uploads: a quarter, and ten files in any case, or anybody could have all
/// of it kept by saying lengths.
private let reservedShare: UInt64 = 4
private let reservedFiles: UInt64 = 10
/// A removal takes milliseconds; the gateway asks again by itself.
private let removalRetryMs = 250
private let unsentRetryMs = 60_000

extension FileRequest {
    /// What follows from a request that stores something; `open` is answered by `file`.
    ///
    /// - Throws: `Refusal` where the answer is «no»; anything else is a failure of the store.
    public func decide(_ turn: Turn<some TenantReads>) throws -> FileDecision {
        switch self {
        case .begin(let begin): return try begin.decide(turn)
        case .seal(let id, let file): return try turn.seal(id, file)
        case .finish(let id): return try turn.finish(id)
        case .cancel(let id):
            guard let upload = try turn.ownUpload(id), upload.message == nil else { throw Refusal.notFound }
            return FileDecision(.done, .forgotten(id))
        case .refuse(let id, let refused):
            // Asked again, it is reported once.
            guard let upload = try turn.ownUpload(id), upload.message == nil else { return FileDecision(.done) }
            let report = FileChange.refused(
                refused, by: upload.uploader, in: upload.conversation, at: turn.at)
            return FileDecision(.done, report, .forgotten(id))
        case .open(let id): return FileDecision(.file(try turn.file(id)))
        }
    }
}

extension UploadBegin {
    fileprivate func decide(_ turn: Turn<some TenantReads>) throws -> FileDecision {
        let uploader = try turn.participant(in: conversation)
        try turn.refuseAcrossBlock(uploader)
        if let known = try turn.tenant.upload(id) {
            guard known.uploader == uploader.user, known.conversation == conversation,
                case .begun(let reserved) = known.state
            else { throw Refusal.conflict }
            return FileDecision(.granted(UploadGrant(bytesMax: reserved, expiresAt: known.expiresAt)))
        }
        let fileMax = turn.settings[.fileBytesMax]
        guard size ?? 0 <= fileMax else { throw Refusal(.tooLarge, field: "size") }
        guard try turn.tenant.unsentUploads(of: uploader.user) < unsentMax else {
            throw Refusal.rateLimited(retryAfterMs: unsentRetryMs)
        }
        let used = try turn.tenant.storageUse().bytes
        let quota = turn.settings[.storageBytesMax]
        let left = quota > used ? quota - used : 0
        // Of a size that nobody says, all that there may be is kept.
        let reserved = size ?? min(fileMax, left)
        guard reserved <= left, reserved > 0 || size == 0 else { throw Refusal(.tooLarge, field: "storage") }
        let kept = try turn.tenant.reservedBytes(of: uploader.user)
        let keptMax = max(quota / reservedShare, min(fileMax, .max / reservedFiles) * reservedFiles)
        guard kept + reserved <= keptMax else { throw Refusal.rateLimited(retryAfterMs: unsentRetryMs) }
        let expiresAt = turn.uploadExpiry
        let upload = StoredUpload(
            id: id, uploader: uploader.user, conversation: conversation, state: .begun(reserved: reserved),
            expiresAt: expiresAt)
        return FileDecision(
            .granted(UploadGrant(bytesMax: reserved, expiresAt: expiresAt)), .upload(upload))
    }
}

extension Turn {
    fileprivate var uploadExpiry: Timestamp {
        at.advanced(bySeconds: Int64(clamping: settings[.uploadExpirySeconds]))
    }

    fileprivate func ownUpload(_ id: UploadID) throws -> StoredUpload? {
        let user = try user
        guard let upload = try tenant.upload(id), upload.uploader == user else { return nil }
        return upload
    }

    fileprivate func seal(_ id: UploadID, _ file: StoredFile) throws -> FileDecision {
        guard let upload = try ownUpload(id) else { throw Refusal.notFound }
        let kept: UInt64
        switch upload.state {
        case .begun(let reserved): kept = reserved
        case .sealed(let sealed), .finished(let sealed):
            guard sealed == file else { throw Refusal.conflict }
            return FileDecision(.done)
        }
        let uploader = try participant(in: upload.conversation)
        try refuseAcrossBlock(uploader)
        try refuseBeyondQuota(file, keptRoom: kept)
        // Whoever stored the same content now might have it taken away under their hands.
        guard try !tenant.isBeingRemoved(sha256: file.sha256) else {
            throw Refusal.unavailable(retryAfterMs: removalRetryMs)
        }
        return FileDecision(.done, .upload(upload.with(.sealed(file), until: uploadExpiry)))
    }

    /// A picture written anew may take several times what came, and has a small one beside it.
    private func refuseBeyondQuota(_ file: StoredFile, keptRoom: UInt64) throws {
        let more = (file.size + file.thumbnailSize).subtractingReportingOverflow(keptRoom)
        guard !more.overflow, more.partialValue > 0 else { return }
        let used = try tenant.storageUse().bytes
        let quota = settings[.storageBytesMax]
        guard more.partialValue <= (quota > used ? quota - used : 0) else { throw Refusal(.tooLarge, field: "storage") }
    }

    fileprivate func finish(_ id: UploadID) throws -> FileDecision {
        guard let upload = try ownUpload(id) else { throw Refusal.notFound }
        switch upload.state {
        case .begun: throw Refusal.conflict
        case .finished(let file): return FileDecision(.file(file))
        case .sealed(let file):
            return FileDecision(.file(file), .upload(upload.with(.finished(file), until: upload.expiresAt)))
        }
    }

    /// A file that the reader may see: their own until it is sent, then to whoever may read its message, now.
    ///
    /// - Throws: `not_found` for everybody else, whether there is such a file or not.
    public func file(_ id: UploadID) throws -> StoredFile {
        guard let upload = try tenant.upload(id), let file = upload.file else { throw Refusal.notFound }
        guard let sent = upload.message else {
            guard case .user(upload.uploader) = reader else { throw Refusal.notFound }
            // Who was removed meanwhile has no more business with it.
            _ = try participant(in: upload.conversation)
            return file
        }
        guard let message = try tenant.message(sent)?.message, !message.isDeleted else { throw Refusal.notFound }
        var viewer = MessageViewer(try readable(message.conversation), in: tenant)
        guard case .shown = try viewer.view(message) else { throw Refusal.notFound }
        return file
    }
}

extension FileLinks {
    /// What the reader may not see is left out.
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        let user = try turn.user
        let until = turn.at.advanced(bySeconds: Limits.fileLinkSeconds)
        var links: [FileLink] = []
        for id in ids.compactMap({ UploadID($0) }) where !links.contains(where: { $0.file == id }) {
            do { _ = try turn.file(id) } catch let refusal as Refusal where refusal.code == .notFound { continue }
            if let link = turn.link(id, user, until) { links.append(link) }
        }
        return .links(links, expiresAt: until)
    }
}

/// Forgets the uploads that nobody sent in time, at most `limit` of them.
public func forgetExpiredUploads(at now: Timestamp, in tenant: some FileReads, limit: Int) throws -> [FileChange] {
    try tenant.expiredUploads(at: now, limit: limit).map(FileChange.forgotten)
}

extension MessageSend {
    /// The sender's own finished uploads, made for this conversation and not sent yet.
    func attached(_ turn: Turn<some TenantReads>, by sender: UserID) throws -> [Attachment] {
        var attached: [Attachment] = []
        for text in attachments {
            guard let id = UploadID(text), let upload = try turn.tenant.upload(id), let file = upload.file,
                upload.uploader == sender, upload.conversation == conversation, upload.message == nil
            else { throw Refusal(.notFound, field: "attachments") }
            guard !attached.contains(where: { $0.id == id }) else { throw Refusal.badRequest("attachments") }
            attached.append(Attachment(id, file))
        }
        return attached
    }
}

extension Attachment {
    /// A recorder's WebM may be either by its content.
    var isSound: Bool { type.hasPrefix("audio/") || type == "video/webm" }
}
