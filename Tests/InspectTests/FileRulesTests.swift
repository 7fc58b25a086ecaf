import Testing

@testable import Inspect

@Suite struct FileRulesTests {
    private func refusal(_ name: String, _ policy: FilePolicy = FilePolicy()) -> Verdict.Reason? {
        FileRules.refusal(of: FileName.clean(name), policy: policy)
    }

    @Test(arguments: FileRules.allowed.sorted()) func everyAllowedExtensionCanBeChecked(name: String) {
        #expect(FileType.of(extension: name) != nil)
        #expect(refusal("a.\(name)") == nil)
        #expect(refusal("A.\(name.uppercased())") == nil)
        #expect(!FileRules.denied.contains(name))
    }

    @Test(arguments: [
        "exe", "bat", "cmd", "sh", "ps1", "vbs", "js", "jar", "msi", "dll", "scr", "php", "asp", "aspx", "jsp", "cgi",
        "py",
        "rb", "pl", "htaccess", "htpasswd", "lnk", "hta", "wsf", "ps1xml", "com", "pif", "cpl", "reg", "svg", "html",
        "xhtml",
        "htm", "mht", "swf", "apk", "deb", "rpm", "app", "dmg", "iso", "img",
    ])
    func aDeniedExtensionIsRefusedInEveryPlace(name: String) {
        #expect(refusal("a.\(name)") == .extensionDenied)
        #expect(refusal("a.\(name).jpg") == .extensionDenied)
        #expect(refusal("a.\(name.uppercased()) .jpg") == .extensionDenied)
    }

    @Test(arguments: [
        "a.php%00.jpg", "a.php::$DATA.jpg", "a.ｐｈｐ.jpg", "a\u{202E}gpj.exe", ".htaccess", "a.php;.jpg", "x.PhP5.png",
    ])
    func aHiddenExtensionIsFound(name: String) { #expect(refusal(name) == .extensionDenied) }

    @Test(arguments: ["a", "a.", "a.xyz", "pdf", "a.tar", "a.heic"]) func whatIsNotOnTheListIsRefused(name: String) {
        #expect(refusal(name) == .extensionUnknown)
    }

    @Test(arguments: [
        "J.R. Smith.pdf", "U.S.A. report.pdf", "report v1.2 (final).docx", "exe.pdf", "2026.11.24 notes.txt",
        "Mail from a@b.com about x.pdf",
    ])
    func anHonestNameWithDotsIsTaken(name: String) { #expect(refusal(name) == nil) }

    @Test func aTenantsListsReplaceOurs() {
        var policy = FilePolicy()
        policy.allowedExtensions = ["pdf", "flac", "made-up"]
        policy.deniedExtensions = ["draft"]
        #expect(refusal("a.flac", policy) == nil)
        #expect(refusal("a.png", policy) == .extensionUnknown)
        #expect(refusal("a.draft.pdf", policy) == .extensionDenied)
        #expect(refusal("a.made-up", policy) == .extensionUnknown)
    }
}
