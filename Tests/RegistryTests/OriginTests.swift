import Testing

@testable import Registry

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://chat.example", "https://chat.example"), ("HTTPS://Chat.Example", "https://chat.example"),
        ("http://localhost:8080", "http://localhost:8080"), ("https://chat.example:443", "https://chat.example"),
        ("http://chat.example:80", "http://chat.example"), ("http://chat.example:443", "http://chat.example:443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"), ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("capacitor://localhost", "capacitor://localhost"), ("https://a:65535", "https://a:65535"),
    ])
    func anOriginIsStoredAsBrowsersSendIt(text: String, stored: String) {
        #expect(Origin.normalized(text) == stored)
        #expect(Origin.normalized(stored) == stored)
    }

    @Test(arguments: [
        "", "*", "null", "chat.example", "https:/chat.example", "https://", "https://chat.example/", "://a",
        "https://chat.example/path", "https://a b", "https://user@chat.example", "https://chat.example?x",
        "https://chat.example:", "https://chat.example:0", "https://chat.example:65536", "https://chat.example:80a",
        "https://chat.example:+80", "https://-a.example", "https://a-.example", "https://a..b", "https://.a",
        "https://*.example", "https://bücher.example", "https://[::1", "https://[]", "https://[::g]", "https://[::1]x",
        "1http://a", "https://a:80:90",
    ])
    func anythingElseIsRefused(text: String) { #expect(Origin.normalized(text) == nil) }

    @Test func noLengthAndNoByteIsTrouble() {
        #expect(Origin.normalized("https://" + String(repeating: "a", count: 300)) == nil)
        for scalar in 0..<UInt32(0x180) {
            guard let scalar = Unicode.Scalar(scalar) else { continue }
            let normalized = Origin.normalized("https://a\(Character(scalar))b")
            #expect(normalized.map { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } } ?? true)
        }
    }
}
