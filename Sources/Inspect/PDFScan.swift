/// A look at a PDF's frame and for names that start something. What lies in compressed object streams stays unseen
/// (decision 14).
struct PDFScan {
    /// From where a browser may guess what a file is (MIME Sniffing Standard, 5).
    private static let sniffedBytes = 1_445
    /// Programs append a line or two behind the end; more is something else.
    private static let trailingBytesMax = 1_024

    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func reason(allowsMacros: Bool, allowsEncrypted: Bool) -> Verdict.Reason? {
        guard bytes.starts(with: Array("%PDF-".utf8), at: 0), !Signatures.endsAsZip(bytes) else {
            return .contentMismatch
        }
        guard let end = bytes.lastPlace(of: Array("%%EOF".utf8)) else { return .malformed }
        guard bytes.count - end - 5 <= Self.trailingBytesMax else { return .contentMismatch }
        let tail = UnsafeRawBufferPointer(rebasing: bytes[(end + 5)...])
        let head = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.sniffedBytes))
        guard !Self.hasPage(head), !Self.hasPage(tail) else { return .contentMismatch }
        var isEncrypted = false
        for name in Names(bytes: bytes) {
            if name == "Encrypt" { isEncrypted = true }
            if !allowsMacros, Self.active.contains(name) { return .macro }
        }
        return isEncrypted && !allowsEncrypted ? .archiveEncrypted : nil
    }

    /// Scripts, starting a program, and files and players inside. Seven characters and more: chance does not write them in what
    /// is compressed. `/JS` alone it would, and no script goes without `/JavaScript`.
    private static let active: Set<String> = ["JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia"]

    private static func hasPage(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        return ["<script", "<html", "<!doctype", "<svg", "<body", "<iframe", "<?php"].contains { text.contains($0) }
    }

    /// Every name that could be one of interest, its `#41` written out (ISO 32000-1, 7.3.5).
    struct Names: Sequence, IteratorProtocol {
        /// Of the longest name of interest and its escapes.
        private static let bytesMax = 14

        let bytes: UnsafeRawBufferPointer
        private var place = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func next() -> String? {
            while let slash = bytes.firstPlace(of: [UInt8(ascii: "/")], from: place) {
                place = slash + 1
                var name: [UInt8] = []
                var position = place
                while position < bytes.count, name.count <= Self.bytesMax {
                    let byte = bytes[position]
                    if byte == UInt8(ascii: "#"), let escaped = hexadecimal(at: position + 1) {
                        name.append(escaped)
                        position += 3
                    } else if Self.isRegular(byte) {
                        name.append(byte)
                        position += 1
                    } else {
                        break
                    }
                }
                if (6...Self.bytesMax).contains(name.count) { return String(decoding: name, as: UTF8.self) }
            }
            return nil
        }

        private func hexadecimal(at position: Int) -> UInt8? {
            guard position + 1 < bytes.count else { return nil }
            return UInt8(String(decoding: bytes[position..<position + 2], as: UTF8.self), radix: 16)
        }

        private static func isRegular(_ byte: UInt8) -> Bool {
            guard (0x21...0x7E).contains(byte) else { return byte > 0x7E }
            return !"()<>[]{}/%".utf8.contains(byte)
        }
    }
}
