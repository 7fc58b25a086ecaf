/// A look into a zip and what is in it, within limits that count everything that is unpacked.
struct ZipExamination {
    let limits: InspectionLimits
    let allowsMacros: Bool
    let allowsEncrypted: Bool
    /// Of the upload itself, in bytes.
    let packedBytes: Int
    private var entries = 0
    private var unpackedBytes = 0

    init(limits: InspectionLimits, allowsMacros: Bool, allowsEncrypted: Bool, packedBytes: Int) {
        self.limits = limits
        self.allowsMacros = allowsMacros
        self.allowsEncrypted = allowsEncrypted
        self.packedBytes = packedBytes
    }

    /// What a document has to have, and what it may be beside.
    enum Expectation: Equatable {
        case anything
        case office(part: String)
        case openDocument(type: String)
    }

    mutating func reason(_ archive: () throws -> ZipArchive, as expected: Expectation) -> Verdict.Reason? {
        do {
            try examine(try archive(), expected, depth: 0)
            return nil
        } catch let refusal as Refusal { return refusal.reason } catch { return .malformed }
    }

    private struct Refusal: Error { let reason: Verdict.Reason }

    private mutating func examine(_ archive: ZipArchive, _ expected: Expectation, depth: Int) throws {
        var names: Set<String> = []
        while let entry = try archive.next() {
            entries += 1
            guard entries <= limits.entriesMax else { throw Refusal(reason: .archiveBomb) }
            let name = String(decoding: entry.name, as: UTF8.self)
            guard Self.staysInside(name), entry.isFolder || entry.isFile else { throw Refusal(reason: .archivePath) }
            let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
            guard !FileRules.hasExtension(last, in: FileRules.executables) else {
                throw Refusal(reason: .archiveExecutable)
            }
            guard !FileRules.hasExtension(last, in: FileRules.unopened) else { throw Refusal(reason: .archiveNested) }
            if !allowsMacros, Self.isMacro(name) { throw Refusal(reason: .macro) }
            names.insert(name)
            if entry.isEncrypted {
                guard allowsEncrypted, expected == .anything else { throw Refusal(reason: .archiveEncrypted) }
                continue
            }
            if entry.isFile { try examineContent(of: archive, name, expected, depth: depth) }
        }
        switch expected {
        case .anything: break
        case .office(let part):
            guard names.contains("[Content_Types].xml"), names.contains(part) else {
                throw Refusal(reason: .contentMismatch)
            }
        case .openDocument:
            guard names.contains("mimetype"), names.contains("content.xml") else {
                throw Refusal(reason: .contentMismatch)
            }
        }
    }

    private mutating func examineContent(
        of archive: ZipArchive, _ name: String, _ expected: Expectation, depth: Int
    ) throws {
        var kept: [UInt8] = []
        // The start of each; all of what is looked at as a whole.
        var keepsAll = Self.isContentTypes(name) || name == "mimetype" || Self.isRelationships(name)
        var isStart = true
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { room.deallocate() }
        while true {
            let count = try archive.read(into: room)
            guard count > 0 else { break }
            unpackedBytes += count
            guard unpackedBytes <= limits.unpackedBytesMax,
                unpackedBytes <= limits.ratioFromBytes || unpackedBytes / max(packedBytes, 1) <= limits.ratioMax
            else { throw Refusal(reason: .archiveBomb) }
            if isStart || keepsAll {
                guard kept.count + count <= limits.nestedBytesMax else { throw Refusal(reason: .archiveBomb) }
                kept += UnsafeRawBufferPointer(room)[..<count]
            }
            if isStart {
                isStart = false
                guard !Signatures.isExecutable(kept) else { throw Refusal(reason: .archiveExecutable) }
                // Windows' pictures are compressed so in presentations.
                let isPicture = expected != .anything && Signatures.isGzip(kept)
                guard isPicture || !Signatures.isOtherArchive(kept) else { throw Refusal(reason: .archiveNested) }
                keepsAll = keepsAll || Signatures.isZip(kept) || Signatures.isOLE(kept)
            }
        }
        try examineWhole(kept, name, expected, depth: depth)
    }

    private mutating func examineWhole(_ bytes: [UInt8], _ name: String, _ expected: Expectation, depth: Int) throws {
        if Signatures.isZip(bytes) {
            guard depth < limits.depthMax else { throw Refusal(reason: .archiveNested) }
            try examine(try ZipArchive(bytes: bytes), .anything, depth: depth + 1)
        } else if Signatures.isOLE(bytes) {
            let reason = bytes.withUnsafeBytes { OLEScan($0).reason(streams: nil, allowsMacros: allowsMacros) }
            if let reason { throw Refusal(reason: reason == .macro ? .macro : .archiveExecutable) }
        } else if Self.isContentTypes(name), !allowsMacros {
            if OfficeParts.nameMacros(try MarkupScan(bytes)) { throw Refusal(reason: .macro) }
        } else if Self.isRelationships(name), !allowsMacros {
            if OfficeParts.fetchCode(try MarkupScan(bytes)) { throw Refusal(reason: .macro) }
        } else if name == "mimetype", case .openDocument(let type) = expected {
            guard String(decoding: bytes, as: UTF8.self) == type else { throw Refusal(reason: .contentMismatch) }
        }
    }

    // Names of parts are the same in upper and lower case (ECMA-376-2, 6.2.2).
    private static func isContentTypes(_ name: String) -> Bool { name.lowercased() == "[content_types].xml" }
    private static func isRelationships(_ name: String) -> Bool { name.lowercased().hasSuffix(".rels") }

    /// No absolute path, drive, parent folder or control character, by the rules of any system.
    static func staysInside(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first != "/", first != "\\" else { return false }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 }) { return false }
        if name.dropFirst().first == ":" { return false }
        return !name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).contains {
            $0.allSatisfy { $0 == "." || $0 == " " } && $0.count > 1
        }
    }

    /// Parts of documents that are run: VBA, Excel 4 macro sheets, ActiveX controls, OpenDocument's Basic and scripts.
    static func isMacro(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasSuffix("vbaproject.bin") || name.hasSuffix("vbadata.xml") || name.contains("/macrosheets/")
            || name.contains("/activex/") || name.hasPrefix("basic/") || name.hasPrefix("scripts/")
    }
}
