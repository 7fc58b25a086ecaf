/// A look for the names of streams in an OLE compound file ([MS-CFB] 2.6): they stand in its directory as UTF-16, in sectors
/// that are never compressed. It does not follow sectors, so that no chain of them can lead it anywhere.
struct OLEScan {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Parameter streams: one of them has to be there; nil for any.
    func reason(streams: [String]?, allowsMacros: Bool) -> Verdict.Reason? {
        guard bytes.starts(with: Signatures.ole, at: 0) else { return .contentMismatch }
        if let streams, !streams.contains(where: { has($0) }) { return .contentMismatch }
        // A document under a password, or rights management, in another's clothes.
        if has("EncryptedPackage") { return .archiveEncrypted }
        // The Packager's object: any file at all, started by a double click.
        if has("\u{1}Ole10Native") { return .archiveExecutable }
        // VBA projects of Word and Excel; PowerPoint's lie compressed, under a name of their own in the text of its stream.
        let macros = ["_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "Macros"]
        if !allowsMacros, macros.contains(where: { has($0) }) { return .macro }
        return nil
    }

    /// Whether an entry of the directory has this name: entries have 128 bytes each, the name first, its length in bytes with the
    /// final zero at 64.
    private func has(_ name: String) -> Bool {
        let pattern = (name.utf16 + [0]).flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        var start = 0
        while let place = bytes.firstPlace(of: pattern, from: start) {
            if place % 128 == 0, bytes.number(at: place + 64, bytes: 2) == UInt64(pattern.count) { return true }
            start = place + 1
        }
        return false
    }
}
