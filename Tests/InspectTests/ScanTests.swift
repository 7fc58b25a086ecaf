import Testing

@testable import Inspect

/// The looks at bytes that are our own. Whole files, through the process that does it, are in Tests/process/test_inspect.py.
@Suite struct ScanTests {
    private static let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

    private func scan(_ text: String, macros: Bool = false) -> Verdict.Reason? {
        Array(text.utf8).withUnsafeBytes { PDFScan($0).reason(allowsMacros: macros, allowsEncrypted: false) }
    }

    @Test func aPlainPDFIsTaken() { #expect(scan(Self.pdf) == nil) }

    @Test(arguments: [
        "/JavaScript", "/J#61vaScript", "/#4aavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia",
    ])
    func whatAPDFStartsIsFound(name: String) {
        let text = Self.pdf.replacing("/Type/Catalog", with: "/A<</S\(name)/X 1>>")
        #expect(scan(text) == .macro)
        #expect(scan(text, macros: true) == nil)
    }

    @Test(arguments: ["/JavaScriptless", "/Launcher", "/EmbeddedFileX", "JavaScript", "/J#6", "/#"])
    func whatOnlyLooksLikeItIsNot(name: String) {
        #expect(scan(Self.pdf.replacing("/Type/Catalog", with: "/A \(name) /B")) == nil)
    }

    @Test func whatIsAroundAPDFIsRefused() {
        #expect(scan(" " + Self.pdf) == .contentMismatch)
        #expect(scan(Self.pdf + "<html>") == .contentMismatch)
        #expect(scan(Self.pdf + String(repeating: "\n", count: 1_025)) == .contentMismatch)
        #expect(scan(Self.pdf + "\r\n") == nil)
        #expect(scan("%PDF-1.4\n") == .malformed)
        #expect(scan(Self.pdf.replacing("/Root", with: "/Encrypt 9 0 R/Root")) == .archiveEncrypted)
    }

    private func text(_ bytes: [UInt8], _ charset: String? = nil) -> Verdict.Reason? {
        bytes.withUnsafeBytes { TextScan($0).reason(charset: charset) }
    }

    @Test func textIsUTF8OrWhatWasDeclared() {
        #expect(text(Array("Grüße 你好 🎉\t\r\n".utf8)) == nil)
        #expect(text([0x63, 0x61, 0x66, 0xE9]) == .textEncoding)
        #expect(text([0x63, 0x61, 0x66, 0xE9], "iso-8859-1") == nil)
        #expect(text([0x63, 0x00, 0x66], "iso-8859-1") == .textEncoding)
        #expect(text([0x61, 0x00]) == .textEncoding)
        #expect(text([0x61, 0x08]) == .textEncoding)
        #expect(text(Array("+ADw-script+AD4-".utf8), "utf-7") == .textEncoding)
    }

    @Test(arguments: 0..<4) func aCharacterIsNotCutBetweenTwoPieces(shift: Int) {
        let long = Array(repeating: UInt8(ascii: "a"), count: (1 << 20) - shift) + Array("🎉 and more".utf8)
        #expect(text(long) == nil)
        #expect(text(long.dropLast(12) + [0x9F]) == .textEncoding)
    }

    @Test(arguments: ["<!DOCTYPE html>", " \n\t<HTML>", "\u{FEFF}<script>", "<?php", "#!/bin/sh", "<svg "])
    func whatStartsAsAPageIsNoText(start: String) { #expect(text(Array((start + " x").utf8)) == .contentMismatch) }

    @Test(arguments: [
        ("/etc/passwd", false), (#"\x"#, false), ("C:/x", false), ("a/../../x", false), (#"a\..\x"#, false),
        ("..", false),
        ("a/.. /x", false), ("a\u{0}b", false), ("", false), ("a/b.txt", true), ("./a", true), ("a..b/c", true),
        ("…/a", true),
    ])
    func anEntryStaysInside(name: String, isInside: Bool) { #expect(ZipExamination.staysInside(name) == isInside) }

    @Test func namesInOldDocumentsCountInUpperAndLowerCase() {
        func reason(_ name: String) -> Verdict.Reason? {
            var bytes = Signatures.ole + Array(repeating: 0, count: 504)
            for name in ["WordDocument", name] {
                let units = (name.utf16 + [0]).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
                bytes += units + Array(repeating: 0, count: 64 - units.count) + [UInt8(units.count), 0]
                bytes += Array(repeating: 0, count: 62)
            }
            return bytes.withUnsafeBytes { OLEScan($0).reason(streams: ["WordDocument"], allowsMacros: false) }
        }
        for name in ["_VBA_PROJECT", "_vba_project", "mACROS", "vba", "macro\u{17F}"] {
            #expect(reason(name) == .macro)
        }
        #expect(reason("\u{1}ole10native") == .archiveExecutable)
        #expect(reason("encryptedpackage") == .archiveEncrypted)
        #expect(reason("VBAX") == nil)
    }

    @Test func anArchivesEndIsFoundBehindSomethingElse() {
        let end: [UInt8] = [0x50, 0x4B, 5, 6] + Array(repeating: 0, count: 16)
        func ends(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { Signatures.endsAsZip($0) } }
        #expect(ends(end + [0, 0]))
        #expect(ends([1, 2, 3] + end + [2, 0, 65, 66]))
        #expect(ends(end + [0, 0] + Array(repeating: 9, count: 1_000)))
        #expect(!ends(end + [9, 0]))
        #expect(!ends(end))
        #expect(!ends([]))
    }

    private func length(_ media: FileType.Media, _ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { MediaLength.milliseconds(media, $0) }
    }

    @Test func aLengthThatIsNonsenseIsNone() {
        let head = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WAVE".utf8)
        let format = Array("fmt ".utf8) + [16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]
        let data = Array("data".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + Array(repeating: 0, count: 16_000)
        #expect(length(.wav, head + format + data) == 1_000)
        #expect(length(.wav, head + data) == nil)
        #expect(length(.wav, head + Array("junk".utf8) + [0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(length(.ogg, Array("OggS".utf8)) == nil)
        #expect(length(.other, head + format + data) == nil)
    }
}
