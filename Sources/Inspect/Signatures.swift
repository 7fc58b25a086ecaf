/// What the first bytes of a file in an archive say, as far as it matters: whoever unpacks it may start it, or unpack further.
enum Signatures {
    /// All that is looked at.
    static let bytesMax = 512

    /// Windows, ELF, Mach-O, Java and Android programs, WebAssembly, scripts that name their interpreter, Windows' shortcuts.
    static func isExecutable(_ bytes: some Collection<UInt8>) -> Bool {
        executables.contains { bytes.starts(with: $0) }
    }

    static func isZip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) }

    static func isOLE(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: ole) }

    static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B] as [UInt8]) }

    /// Archives and compressed files that are not looked into.
    static func isOtherArchive(_ bytes: some Collection<UInt8>) -> Bool {
        archives.contains { bytes.starts(with: $0) } || bytes.dropFirst(257).starts(with: Array("ustar".utf8))
            || bytes.dropFirst(7).starts(with: Array("**ACE**".utf8))
            // LHA: a method such as -lh5-.
            || bytes.dropFirst(2).starts(with: Array("-lh".utf8)) && bytes.dropFirst(6).first == UInt8(ascii: "-")
    }

    static let ole: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

    private static let executables: [[UInt8]] = [
        Array("MZ".utf8), [0x7F] + Array("ELF".utf8), [0xFE, 0xED, 0xFA, 0xCE], [0xFE, 0xED, 0xFA, 0xCF],
        [0xCE, 0xFA, 0xED, 0xFE], [0xCF, 0xFA, 0xED, 0xFE], [0xCA, 0xFE, 0xBA, 0xBE], Array("dex\n".utf8),
        [0x00] + Array("asm".utf8), Array("#!".utf8), [0xEF, 0xBB, 0xBF] + Array("#!".utf8), Array("!<arch>\n".utf8),
        [0x4C, 0x00, 0x00, 0x00, 0x01, 0x14, 0x02, 0x00],
    ]

    private static let archives: [[UInt8]] = [
        Array("7z".utf8) + [0xBC, 0xAF, 0x27, 0x1C], Array("Rar!".utf8), [0x1F, 0x8B], [0xFD] + Array("7zXZ".utf8),
        Array("BZh".utf8), [0x28, 0xB5, 0x2F, 0xFD], Array("MSCF".utf8), [0x04, 0x22, 0x4D, 0x18], [0x1F, 0x9D],
        Array("xar!".utf8), Array("MSWIM\0\0\0".utf8), Array("LZIP".utf8), [0x60, 0xEA], Array("070701".utf8),
        Array("070702".utf8), Array("070707".utf8),
    ]

    /// Whether a file ends as a zip does (APPNOTE.TXT, 4.3.16): an archive behind something else.
    static func endsAsZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // The record has 22 bytes, and a comment of at most 65,535.
        guard bytes.count >= 22 else { return false }
        let mark: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
        var start = bytes.count - 22
        let first = max(0, start - 65_535)
        while start >= first {
            if bytes[start] == mark[0], bytes[start..<start + 4].elementsEqual(mark) {
                let comment = Int(bytes[start + 20]) | Int(bytes[start + 21]) << 8
                let isFirstDisk = bytes[start + 4..<start + 8].allSatisfy { $0 == 0 }
                if isFirstDisk, start + 22 + comment <= bytes.count { return true }
            }
            start -= 1
        }
        return false
    }
}
