/// What gateways and routers say to each other about files. No client can name these; the bytes of files never travel
/// this way.
public enum FileRequest: Equatable, Sendable {
    /// May this user upload this here? Asked before the first byte is stored.
    case begin(UploadBegin)
    /// The content is known and about to be stored: from now on it belongs to the upload, and nobody removes it.
    case seal(UploadID, StoredFile)
    /// The content is in the store.
    case finish(UploadID)
    /// The client gave up.
    case cancel(UploadID)
    /// The content was not taken.
    case refuse(UploadID, RefusedUpload)
    /// May this user read the file?
    case open(UploadID)
}

public struct UploadBegin: Equatable, Sendable {
    /// Chosen by the gateway, so that the same request again is the same upload.
    public let id: UploadID
    public let conversation: ConversationID
    /// Cleaned.
    public let name: String
    /// In bytes, where the client said it.
    public let size: UInt64?

    public init(id: UploadID, conversation: ConversationID, name: String, size: UInt64?) {
        self.id = id
        self.conversation = conversation
        self.name = name
        self.size = size
    }
}

/// A permission to upload.
public struct UploadGrant: Equatable, Sendable {
    /// No more than that is taken, and so much of the tenant's storage is kept for it.
    public let bytesMax: UInt64
    /// When the upload is forgotten, unless it is sent.
    public let expiresAt: Timestamp

    public init(bytesMax: UInt64, expiresAt: Timestamp) {
        self.bytesMax = bytesMax
        self.expiresAt = expiresAt
    }
}

/// A file that was not taken, as it is reported to operators.
public struct RefusedUpload: Equatable, Sendable {
    public let name: String
    /// What its content looked like, or what the sender said; empty where neither is known.
    public let type: String
    public let size: UInt64
    /// A stable word, such as `extension_denied`.
    public let reason: String

    public init(name: String, type: String, size: UInt64, reason: String) {
        self.name = name
        self.type = type
        self.size = size
        self.reason = reason
    }
}

/// What comes back.
public enum FileAnswer: Equatable, Sendable {
    case granted(UploadGrant)
    case file(StoredFile)
    case done
    case refused(Refusal)
}

extension FileRequest {
    /// About what it takes on the bus.
    var bytesEstimate: Int {
        switch self {
        case .begin(let begin): 384 + begin.name.utf8.count
        case .seal(_, let file): 512 + file.name.utf8.count
        case .refuse(_, let refused): 384 + refused.name.utf8.count
        case .finish, .cancel, .open: 256
        }
    }

    func write(to writer: inout BinaryWriter) {
        switch self {
        case .begin(let begin):
            writer.put(UInt8(1))
            writer.put(begin.id)
            writer.put(begin.conversation)
            writer.put(begin.name)
            writer.putOptional(begin.size) { $0.put($1) }
        case .seal(let id, let file):
            writer.put(UInt8(2))
            writer.put(id)
            file.write(to: &writer)
        case .finish(let id):
            writer.put(UInt8(3))
            writer.put(id)
        case .cancel(let id):
            writer.put(UInt8(4))
            writer.put(id)
        case .refuse(let id, let refused):
            writer.put(UInt8(5))
            writer.put(id)
            writer.put(refused.name)
            writer.put(refused.type)
            writer.put(refused.size)
            writer.put(refused.reason)
        case .open(let id):
            writer.put(UInt8(6))
            writer.put(id)
        }
    }

    init(from reader: inout BinaryReader) throws(BinaryFault) {
        switch try reader.byte() {
        case 1:
            self = .begin(
                UploadBegin(
                    id: try reader.identifier(), conversation: try reader.identifier(), name: try reader.text(),
                    size: try reader.optionalInteger()))
        case 2: self = .seal(try reader.identifier(), try StoredFile(from: &reader))
        case 3: self = .finish(try reader.identifier())
        case 4: self = .cancel(try reader.identifier())
        case 5:
            self = .refuse(
                try reader.identifier(),
                RefusedUpload(
                    name: try reader.text(), type: try reader.text(), size: try reader.integer(),
                    reason: try reader.text()))
        case 6: self = .open(try reader.identifier())
        default: throw BinaryFault("file request")
        }
    }
}

extension FileAnswer {
    func write(to writer: inout BinaryWriter) {
        switch self {
        case .granted(let grant):
            writer.put(UInt8(1))
            writer.put(grant.bytesMax)
            writer.put(UInt64(clamping: grant.expiresAt.milliseconds))
        case .file(let file):
            writer.put(UInt8(2))
            file.write(to: &writer)
        case .done: writer.put(UInt8(3))
        case .refused(let refusal):
            writer.put(UInt8(4))
            writer.put(refusal.code.byte)
            writer.putOptional(refusal.field) { $0.put($1) }
            writer.putOptional(refusal.retryAfterMs) { $0.put(UInt64(clamping: $1)) }
        }
    }

    init(from reader: inout BinaryReader) throws(BinaryFault) {
        switch try reader.byte() {
        case 1:
            let bytesMax = try reader.integer(UInt64.self)
            let expiresAt = Timestamp(milliseconds: Int64(clamping: try reader.integer(UInt64.self)))
            self = .granted(UploadGrant(bytesMax: bytesMax, expiresAt: expiresAt))
        case 2: self = .file(try StoredFile(from: &reader))
        case 3: self = .done
        case 4:
            guard let code = Refusal.Code(byte: try reader.byte()) else { throw BinaryFault("code") }
            let field = try reader.optional { (reader) throws(BinaryFault) in try reader.text() }
            let wait = try reader.optionalInteger().map { Int(clamping: $0) }
            self = .refused(Refusal(code, field: field, retryAfterMs: wait))
        default: throw BinaryFault("file answer")
        }
    }
}

extension StoredFile {
    public func write(to writer: inout BinaryWriter) {
        writer.put(name)
        writer.put(type)
        writer.put(size)
        writer.put(sha256)
        writer.put(thumbnailSize)
        writer.putOptional(width) { $0.put($1) }
        writer.putOptional(height) { $0.put($1) }
        writer.putOptional(durationMs) { $0.put($1) }
    }

    public init(from reader: inout BinaryReader) throws(BinaryFault) {
        self.init(
            name: try reader.text(), type: try reader.text(), size: try reader.integer(), sha256: try reader.text(),
            thumbnailSize: try reader.integer(), width: try reader.optionalInteger(),
            height: try reader.optionalInteger(), durationMs: try reader.optionalInteger())
    }
}

extension Attachment {
    public func write(to writer: inout BinaryWriter) {
        writer.put(id)
        writer.put(name)
        writer.put(type)
        writer.put(size)
        writer.putOptional(width) { $0.put($1) }
        writer.putOptional(height) { $0.put($1) }
        writer.putOptional(durationMs) { $0.put($1) }
    }

    public init(from reader: inout BinaryReader) throws(BinaryFault) {
        self.init(
            id: try reader.identifier(), name: try reader.text(), type: try reader.text(), size: try reader.integer(),
            width: try reader.optionalInteger(), height: try reader.optionalInteger(),
            durationMs: try reader.optionalInteger())
    }
}

extension BinaryReader {
    fileprivate mutating func optionalInteger() throws(BinaryFault) -> UInt64? {
        try optional { (reader) throws(BinaryFault) in try reader.integer() }
    }
}
