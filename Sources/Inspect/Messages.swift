internal import Foundation

/// What the inspecting process is asked. The descriptors come along: the upload and, for an image, two empty files for what is to
/// be stored in its place and for its thumbnail.
struct InspectionRequest: Codable, Equatable, Sendable {
    /// Of the cleaned name, in lower case: the row of `FileType` to compare with.
    var fileExtension: String
    /// The character set that the sender declared, in lower case; nil for none.
    var charset: String?
    var declaredType: String?
    var allowsMacros: Bool
    var allowsEncrypted: Bool
    var limits: InspectionLimits
}

/// What it answers. It has read hostile bytes: nothing of this is believed before `Verdict.Accepted` has been made of it.
struct InspectionReport: Codable, Equatable, Sendable {
    /// Longer ones are none.
    static let bytesMax = 4_096

    /// Nil: accepted.
    var reason: Verdict.Reason?
    /// What libmagic called it.
    var sniffed: String?
    var width: Int?
    var height: Int?
    var durationMs: Int?
    var hasRewritten = false
    var hasThumbnail = false

    static func refused(_ reason: Verdict.Reason) -> InspectionReport { InspectionReport(reason: reason) }

    var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map(Array.init) ?? [] }

    /// Nil for what is no report.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.bytesMax,
            let report = try? JSONDecoder().decode(InspectionReport.self, from: Data(bytes))
        else { return nil }
        self = report
    }

    init(
        reason: Verdict.Reason? = nil, sniffed: String? = nil, width: Int? = nil, height: Int? = nil,
        durationMs: Int? = nil
    ) {
        self.reason = reason
        self.sniffed = sniffed
        self.width = width
        self.height = height
        self.durationMs = durationMs
    }

    /// Whether what it says can be true of a file of this type.
    func isPlausible(for type: FileType, limits: InspectionLimits) -> Bool {
        guard let sniffed, type.sniffed.contains(sniffed) else { return false }
        if let durationMs, durationMs < 0 || durationMs > Self.durationMsMax { return false }
        guard case .image = type.kind else { return !hasRewritten && !hasThumbnail && width == nil && height == nil }
        guard let width, let height, hasRewritten, hasThumbnail, width > 0, height > 0 else { return false }
        let (pixels, isOver) = width.multipliedReportingOverflow(by: height)
        return !isOver && pixels <= limits.pixelsMax
    }

    /// A week.
    static let durationMsMax = 7 * 24 * 3_600_000
}
