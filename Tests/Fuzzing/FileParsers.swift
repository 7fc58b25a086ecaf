internal import NIOCore

@testable internal import Blobs
@testable internal import Inspect

/// What comes with uploads, what an inspecting process says after it has read one, and what an object store answers.
enum FileParsers {
    static func name(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let text = String(validating: bytes, as: UTF8.self) else { return .refused }
        let clean = FileName.clean(text)
        guard (1...255).contains(clean.utf8.count) else { return .unsound("\(clean.utf8.count) bytes") }
        guard !clean.contains(where: { $0 == "/" || $0 == "\\" || $0 == "\0" }), clean != ".", clean != ".." else {
            return .unsound("a path: \(clean)")
        }
        guard FileName.clean(clean) == clean else { return .unsound("cleaned again it is another: \(clean)") }
        return .taken
    }

    static func report(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let report = InspectionReport(bytes) else { return .refused }
        guard InspectionReport(report.bytes) == report else { return .unsound("written and read it is another") }
        if let type = FileType.of(extension: "png"), report.isPlausible(for: type, limits: InspectionLimits()) {
            guard let width = report.width, let height = report.height, width > 0, height > 0 else {
                return .unsound("a picture without a size")
            }
        }
        return .taken
    }

    /// A first byte for the kind, then the file.
    static func file(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        guard let kind = bytes.first else { return .refused }
        let reason = Array(bytes.dropFirst()).withUnsafeBytes { file -> Verdict.Reason? in
            switch kind % 6 {
            case 0: return PDFScan(file).reason(allowsMacros: false, allowsEncrypted: false)
            case 1: return OLEScan(file).reason(streams: ["WordDocument"], allowsMacros: false)
            case 2: return TextScan(file).reason(charset: kind > 128 ? "iso-8859-1" : nil)
            case 4:
                guard let scan = try? MarkupScan(Array(file)) else { return .malformed }
                return OfficeParts.fetchCode(scan) || OfficeParts.nameMacros(scan) ? .macro : nil
            case 3: return MediaLength.milliseconds(kind > 128 ? .wav : .ogg, file) == nil ? .malformed : nil
            default: return zip(Array(file))
            }
        }
        return reason == nil ? .taken : .refused
    }

    private static func zip(_ bytes: [UInt8]) -> Verdict.Reason? {
        var limits = InspectionLimits()
        limits.unpackedBytesMax = 1 << 20
        var examination = ZipExamination(
            limits: limits, allowsMacros: false, allowsEncrypted: false, packedBytes: bytes.count)
        return examination.reason({ try ZipArchive(bytes: bytes) }, as: .anything)
    }

    static func objectStore(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        let text = String(decoding: bytes, as: UTF8.self)
        if let range = ContentRange(text) {
            return range.range.upperBound <= range.size ? .taken : .unsound("a range past its size")
        }
        let listing = S3Answer.Listing(text)
        guard listing.entries.allSatisfy({ $0.size >= 0 }) else { return .unsound("a size below 0") }
        let uploads = S3Answer.Upload.all(in: text)
        _ = S3Credentials(text: text)
        return listing.entries.isEmpty && uploads.isEmpty ? .refused : .taken
    }

    static func scanner(_ bytes: [UInt8]) -> FuzzTarget.Finding {
        switch VirusScanner.finding(bytes) {
        case .clean: bytes.starts(with: Array("stream: OK".utf8)) ? .taken : .unsound("clean without being said so")
        case .infected: .taken
        case .unavailable: .refused
        }
    }
}
