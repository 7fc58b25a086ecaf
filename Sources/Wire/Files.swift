/// An upload's id, chosen by the gateway that took it. It stays the file's id once a message refers to it.
public struct UploadID: UUIDIdentifier {
    public let bits: UUIDBits
    public init(bits: UUIDBits) { self.bits = bits }
}

/// A file as it lies in the store, under its hash.
public struct StoredFile: Equatable, Sendable {
    /// Cleaned: safe to show and to save under.
    public let name: String
    /// A media type that its content was found to be.
    public let type: String
    /// In bytes.
    public let size: UInt64
    /// 64 hexadecimal digits in lower case, of what is stored.
    public let sha256: String
    /// Of the small picture that goes with it; 0 where there is none.
    public let thumbnailSize: UInt64
    /// In pixels.
    public let width: UInt64?
    public let height: UInt64?
    public let durationMs: UInt64?

    public init(
        name: String, type: String, size: UInt64, sha256: String, thumbnailSize: UInt64 = 0, width: UInt64? = nil,
        height: UInt64? = nil, durationMs: UInt64? = nil
    ) {
        self.name = name
        self.type = type
        self.size = size
        self.sha256 = sha256
        self.thumbnailSize = thumbnailSize
        self.width = width
        self.height = height
        self.durationMs = durationMs
    }
}

/// A file in a message: `{id, name, type, size, width?, height?, duration_ms?}`.
public struct Attachment: Equatable, Sendable {
    public let id: UploadID
    public let name: String
    public let type: String
    public let size: UInt64
    public let width: UInt64?
    public let height: UInt64?
    public let durationMs: UInt64?

    public init(
        id: UploadID, name: String, type: String, size: UInt64, width: UInt64? = nil, height: UInt64? = nil,
        durationMs: UInt64? = nil
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.size = size
        self.width = width
        self.height = height
        self.durationMs = durationMs
    }

    public init(_ id: UploadID, _ file: StoredFile) {
        self.init(
            id: id, name: file.name, type: file.type, size: file.size, width: file.width, height: file.height,
            durationMs: file.durationMs)
    }
}

/// `file.links`: URLs that a page can put into `<img>` and `<video>`.
public struct FileLinks: Equatable, Sendable {
    /// 1 to 50, as the client wrote them: one that is no id is nobody's file.
    public let ids: [String]
    public init(ids: [String]) { self.ids = ids }
}

extension FileLinks {
    init(_ fields: inout Fields) throws(Refusal) {
        let ids = try fields.optionalTexts("ids", countMax: Limits.fileLinks, codePoints: 1...Limits.refCodePoints)
        guard let ids, !ids.isEmpty else { throw Fields.wrong("ids") }
        self.ids = ids
    }

    func write(to writer: inout JSONWriter) { writer.field("ids", each: ids) { $0.value($1) } }
}

extension Attachment {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id)
        writer.field("name", name)
        writer.field("type", type)
        writer.field("size", size)
        writer.field("width", width)
        writer.field("height", height)
        writer.field("duration_ms", durationMs)
        writer.endObject()
    }
}

extension StoredFile {
    /// What whoever uploaded it gets: `{"upload":{"id","name","type","size","sha256",…}}`.
    public func uploadJSON(_ id: UploadID) -> [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.key("upload")
        writer.beginObject()
        writer.field("id", id)
        writer.field("name", name)
        writer.field("type", type)
        writer.field("size", size)
        writer.field("sha256", sha256)
        writer.field("width", width)
        writer.field("height", height)
        writer.field("duration_ms", durationMs)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
