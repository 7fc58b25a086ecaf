import Testing
import Wire

@Suite struct Base64URLTests {
    /// RFC 4648 §10, less the padding.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"), ("\u{3}\u{7F}\u{3E}?", "A38-Pw"),
    ])
    func knownTexts(bytes: String, text: String) {
        #expect(Base64URL.bytes(of: Array(text.utf8)) == Array(bytes.utf8))
        #expect(Base64URL.text(of: Array(bytes.utf8)) == text)
    }

    @Test(arguments: ["Zg==", "Z", "Zh", "Zm9v\n", "Zm9+", "Zm9/", "Zm 9v"]) func itIsStrict(text: String) {
        #expect(Base64URL.bytes(of: Array(text.utf8)) == nil)
    }
}
