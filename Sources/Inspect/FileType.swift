/// What Parley can check: a row for each extension, with what libmagic has to say about such a file.
struct FileType: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case image(Image)
        case pdf
        case zip
        /// Office Open XML, and the part that makes it what it is.
        case office(part: String)
        /// OpenDocument.
        case openDocument
        /// The older Office formats in OLE, and the stream that makes one what it is.
        case ole(streams: [String])
        case text
        case media(Media)
    }

    enum Image: String, Codable, Sendable { case jpeg, png, gif, webp }

    /// Whose length is cheap to read.
    enum Media: Sendable { case wav, ogg, other }

    let kind: Kind
    /// By which it is served.
    let type: String
    /// What libmagic calls it.
    let sniffed: Set<String>

    init(_ kind: Kind, _ type: String, _ sniffed: String...) {
        self.kind = kind
        self.type = type
        self.sniffed = Set(sniffed.isEmpty ? [type] : sniffed)
    }

    static func of(extension name: String) -> FileType? { table[name] }

    private static let officeXML = "application/vnd.openxmlformats-officedocument."
    private static let openXML = "application/vnd.oasis.opendocument."

    private static let table: [String: FileType] = [
        "pdf": FileType(.pdf, "application/pdf"),
        "jpg": jpeg, "jpeg": jpeg,
        "png": FileType(.image(.png), "image/png"),
        "gif": FileType(.image(.gif), "image/gif"),
        "webp": FileType(.image(.webp), "image/webp"),
        "doc": ole("application/msword", ["WordDocument"]),
        "xls": ole("application/vnd.ms-excel", ["Workbook", "Book"]),
        "ppt": ole("application/vnd.ms-powerpoint", ["PowerPoint Document"]),
        "docx": office("wordprocessingml.document", "word/document.xml"),
        "xlsx": office("spreadsheetml.sheet", "xl/workbook.xml"),
        "pptx": office("presentationml.presentation", "ppt/presentation.xml"),
        "odt": FileType(.openDocument, openXML + "text"),
        "ods": FileType(.openDocument, openXML + "spreadsheet"),
        "odp": FileType(.openDocument, openXML + "presentation"),
        "zip": FileType(.zip, "application/zip"),
        "txt": text("text/plain"), "log": text("text/plain"), "csv": text("text/csv"), "md": text("text/markdown"),
        "json": text("application/json"),
        "mp4": FileType(
            .media(.other), "video/mp4", "video/mp4", "video/x-m4v", "video/3gpp", "video/3gpp2", "audio/mp4",
            "audio/x-m4a"),
        "mov": FileType(.media(.other), "video/quicktime"),
        "m4a": FileType(.media(.other), "audio/mp4", "audio/mp4", "audio/x-m4a", "video/mp4", "video/3gpp"),
        "mp3": FileType(.media(.other), "audio/mpeg"),
        "flac": FileType(.media(.other), "audio/flac"),
        "wav": FileType(.media(.wav), "audio/wav", "audio/x-wav", "audio/wav", "audio/vnd.wave"),
        "webm": FileType(.media(.other), "video/webm", "video/webm", "audio/webm"),
        "ogg": FileType(.media(.ogg), "audio/ogg", "audio/ogg", "application/ogg", "video/ogg"),
        "opus": FileType(.media(.ogg), "audio/ogg", "audio/ogg", "application/ogg"),
    ]

    private static let jpeg = FileType(.image(.jpeg), "image/jpeg")

    private static func office(_ type: String, _ part: String) -> FileType {
        // libmagic knows it by its first entry, which not all programs write first.
        FileType(.office(part: part), officeXML + type, officeXML + type, "application/zip")
    }

    private static func ole(_ type: String, _ streams: [String]) -> FileType {
        // The last two: OLE without the summary that libmagic goes by. The stream decides then.
        FileType(.ole(streams: streams), type, type, "application/CDFV2", "application/x-ole-storage")
    }

    /// Plain text looks like much; what it must not look like is a page or a script.
    private static func text(_ type: String) -> FileType {
        FileType(
            .text, type, "text/plain", "text/csv", "text/markdown", "application/csv", "application/json", "text/x-c",
            "text/x-c++", "text/x-java", "text/x-tex", "text/x-diff", "text/troff", "text/x-bytecode",
            "text/x-makefile",
            "text/x-pascal", "text/x-Algol68", "text/x-po", "text/calendar", "text/vtt", "text/x-setext", "text/PGP",
            "message/rfc822", "application/x-ndjson", "application/x-subrip", "text/x-forth", "text/x-asm",
            "text/x-bcpl",
            "text/x-fortran", "text/x-m4")
    }

    /// How it is served, where the same bytes may be two things: a recorder calls its sound `audio/webm`, libmagic the
    /// container `video/webm`.
    func served(sniffed: String, declared: String?) -> String {
        let declared = declared?.prefix { $0 != ";" }.lowercased() ?? ""
        if type == "video/webm", declared == "audio/webm" { return declared }
        if type == "video/mp4", sniffed.hasPrefix("audio/") || declared == "audio/mp4" { return "audio/mp4" }
        if type == "audio/ogg", sniffed == "video/ogg" { return sniffed }
        return type
    }
}
