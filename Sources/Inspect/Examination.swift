internal import CImages

/// What the confined process does with one file, in order: what is it, is it that whole and alone, and what is in it.
struct Examination {
    let request: InspectionRequest
    let magic: Magic
    /// Whether libvips was there.
    let hasImages: Bool

    /// - Parameter descriptors: the upload; then, for an image, two empty files.
    func report(_ descriptors: [Int32]) -> InspectionReport {
        guard let upload = descriptors.first, let type = FileType.of(extension: request.fileExtension) else {
            return .refused(.inspectorFailed)
        }
        guard let file = MappedFile(upload) else { return .refused(.empty) }
        guard let sniffed = magic.type(of: upload) else { return .refused(.contentMismatch) }
        guard type.sniffed.contains(sniffed) else {
            // Office's own way to put a document under a password, in OLE whatever is inside.
            var report = InspectionReport.refused(
                sniffed == "application/encrypted" ? .archiveEncrypted : .contentMismatch)
            report.sniffed = sniffed
            return report
        }
        var report = examine(type, file.bytes, descriptors)
        report.sniffed = sniffed
        return report
    }

    private func examine(_ type: FileType, _ bytes: UnsafeRawBufferPointer, _ descriptors: [Int32]) -> InspectionReport
    {
        switch type.kind {
        case .image(let format): return rewrite(format, bytes, descriptors)
        case .pdf:
            let scan = PDFScan(bytes)
            return InspectionReport(
                reason: scan.reason(allowsMacros: request.allowsMacros, allowsEncrypted: request.allowsEncrypted))
        case .zip: return zip(.anything, bytes, descriptors[0])
        case .office(let part): return zip(.office(part: part), bytes, descriptors[0])
        case .openDocument: return zip(.openDocument(type: type.type), bytes, descriptors[0])
        case .ole(let streams):
            guard !Signatures.endsAsZip(bytes) else { return .refused(.contentMismatch) }
            let scan = OLEScan(bytes)
            return InspectionReport(reason: scan.reason(streams: streams, allowsMacros: request.allowsMacros))
        case .text: return InspectionReport(reason: TextScan(bytes).reason(charset: request.charset))
        case .media(let media):
            guard !Signatures.endsAsZip(bytes) else { return .refused(.contentMismatch) }
            return InspectionReport(durationMs: MediaLength.milliseconds(media, bytes))
        }
    }

    private func zip(
        _ expected: ZipExamination.Expectation, _ bytes: UnsafeRawBufferPointer, _ descriptor: Int32
    ) -> InspectionReport {
        var examination = ZipExamination(
            limits: request.limits, allowsMacros: request.allowsMacros, allowsEncrypted: request.allowsEncrypted,
            packedBytes: bytes.count)
        return InspectionReport(reason: examination.reason({ try ZipArchive(descriptor: descriptor) }, as: expected))
    }

    private func rewrite(
        _ format: FileType.Image, _ bytes: UnsafeRawBufferPointer, _ descriptors: [Int32]
    ) -> InspectionReport {
        guard hasImages, descriptors.count == 3 else { return .refused(.inspectorFailed) }
        // Behind the picture it would be dropped; that somebody put it there is reason enough.
        guard !Signatures.endsAsZip(bytes) else { return .refused(.contentMismatch) }
        var limits = parley_image_limits(
            pixels_max: UInt64(request.limits.pixelsMax), pixels_in_all_max: UInt64(request.limits.pixelsInAllMax),
            thumbnail_side: Int32(request.limits.thumbnailSide))
        var (width, height): (Int32, Int32) = (0, 0)
        let outcome = parley_images_rewrite(
            format.code, descriptors[0], descriptors[1], descriptors[2], &limits, &width, &height)
        switch outcome {
        case parley_image_written:
            var report = InspectionReport(width: Int(width), height: Int(height))
            report.hasRewritten = true
            report.hasThumbnail = true
            return report
        case parley_image_too_large: return .refused(.imageTooLarge)
        case parley_image_malformed: return .refused(.malformed)
        default: return .refused(.inspectorFailed)
        }
    }
}

extension FileType.Image {
    fileprivate var code: parley_image_format {
        switch self {
        case .jpeg: parley_image_jpeg
        case .png: parley_image_png
        case .gif: parley_image_gif
        case .webp: parley_image_webp
        }
    }
}
