/// A look for the names of streams in an OLE compound file ([MS-CFB] 2.6): they stand in its directory as UTF-16, in sectors
/// that are never compressed. It does not follow sectors, so that no chain of them can lead it anywhere.
struct OLEScan {
    private static let entryBytes = 128

    private let bytes: UnsafeRawBufferPointer
    /// In upper case, as entries are compared ([MS-CFB] 2.6.4): Word finds its macros in `mACROS` too.
    private let names: Set<String>

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        names = Self.names(in: bytes)
    }

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

    private func has(_ name: String) -> Bool { names.contains(name.uppercased()) }

    /// Of all that can be an entry of the directory: 128 bytes, the name first, its length in bytes with the final zero at 64.
    private static func names(in bytes: UnsafeRawBufferPointer) -> Set<String> {
        var names: Set<String> = []
        for place in stride(from: 0, through: bytes.count - entryBytes, by: entryBytes) {
            guard let length = bytes.number(at: place + 64, bytes: 2), (4...64).contains(length), length % 2 == 0,
                bytes.number(at: place + Int(length) - 2, bytes: 2) == 0
            else { continue }
            let units = (0..<Int(length) / 2 - 1).map {
                UInt16(bytes[place + 2 * $0]) | UInt16(bytes[place + 2 * $0 + 1]) << 8
            }
            names.insert(String(decoding: units, as: UTF16.self).uppercased())
        }
        return names
    }
}
