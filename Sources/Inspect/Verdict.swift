/// What came out of looking at an upload.
public enum Verdict: Equatable, Sendable {
    case accepted(Accepted)
    case refused(Reason)
    /// Nothing was found out: try again later.
    case unavailable(Unavailable)

    public struct Accepted: Equatable, Sendable {
        /// The cleaned name.
        public var name: String
        /// A media type of Parley's own table, by which it may be served: never what the sender said.
        public var type: String
        /// In pixels, of what is stored.
        public var width: Int?
        public var height: Int?
        public var durationMs: Int?
        /// What is to be stored in the upload's place: the image without what it said about place and camera. Whoever asked moves
        /// or removes it.
        public var rewritten: String?
        /// A small picture as WebP, beside it. Whoever asked moves or removes it.
        public var thumbnail: String?
    }

    /// Stable: they are logged, counted and shown.
    public enum Reason: String, CaseIterable, Codable, Sendable {
        case empty
        case extensionDenied = "extension_denied"
        case extensionUnknown = "extension_unknown"
        /// The bytes are not what the extension says, or more than that.
        case contentMismatch = "content_mismatch"
        case archiveExecutable = "archive_executable"
        /// An entry that would be written outside, or is a link or a device.
        case archivePath = "archive_path"
        case archiveBomb = "archive_bomb"
        /// An archive in an archive that is not looked into: too deep, or of another kind than zip.
        case archiveNested = "archive_nested"
        case archiveEncrypted = "archive_encrypted"
        /// A macro, script or embedded file, which the tenant does not take.
        case macro
        case imageTooLarge = "image_too_large"
        case textEncoding = "text_encoding"
        case infected
        /// It breaks the rules of its format, or ends early.
        case malformed
        /// The process that looked at it was ended: it crashed, or took too long or too much.
        case inspectorFailed = "inspector_failed"
    }

    public enum Unavailable: String, Sendable {
        /// Too many are waiting, or this one has waited too long.
        case overloaded
        /// The virus scanner does not answer, and the tenant does not take files unscanned.
        case scannerDown = "scanner_down"
        /// The inspecting process can't be started, or a file can't be written: the disk may be full.
        case system
    }
}
