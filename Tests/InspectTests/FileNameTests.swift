import Testing

@testable import Inspect

@Suite struct FileNameTests {
    @Test(arguments: [
        ("report.pdf", "report.pdf"), ("../../etc/passwd", "passwd"), (#"..\..\x"#, "x"), ("/", "file"), ("", "file"),
        ("..", "file"), (". . .", "file"), ("a\u{0}b\n.pdf", "ab .pdf"), ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
        ("\u{200B}\u{FEFF}a.txt", "a.txt"), ("CON", "_CON"), ("con.txt", "_con.txt"), ("com¹.md", "_com¹.md"),
        ("Lpt9 .pdf", "_Lpt9 .pdf"), ("console.txt", "console.txt"), ("a.pdf. . ", "a.pdf"), ("  a   b.pdf", "a b.pdf"),
        (".pdf", "file.pdf"), (".htaccess", "file.htaccess"), ("a<b>:\"|?*.pdf", "a_b______.pdf"),
        ("cafe\u{301}.pdf", "caf\u{E9}.pdf"), ("👩‍👩‍👧.png", "👩‍👩‍👧.png"), ("Ünï 日本語.docx", "Ünï 日本語.docx"),
    ])
    func aNameIsCleaned(given: String, cleaned: String) {
        #expect(FileName.clean(given).unicodeScalars.elementsEqual(cleaned.unicodeScalars), "\(FileName.clean(given))")
    }

    @Test func aLongNameKeepsItsExtensionAndWholeCharacters() {
        let clean = FileName.clean(String(repeating: "é", count: 300) + ".pdf")
        #expect(clean.utf8.count <= 255 && clean.hasSuffix("é.pdf"))
        let endless = FileName.clean("a." + String(repeating: "b", count: 300))
        #expect(endless.utf8.count <= 255)
    }

    @Test(arguments: ["a.pdf", "../CON.tar.gz", " .x", String(repeating: "👩‍👩‍👧", count: 80) + ".md"])
    func cleaningACleanNameChangesNothing(name: String) {
        let once = FileName.clean(name)
        #expect(FileName.clean(once) == once)
    }
}
