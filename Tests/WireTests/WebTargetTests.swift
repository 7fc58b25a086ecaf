import Testing
import Wire

@Suite struct WebTargetTests {
    @Test(
        arguments: [
            ("https://example.org", true, "example.org", 443, "/", "example.org"),
            ("HTTP://Example.ORG:8080/a/b?c=d", false, "example.org", 8_080, "/a/b?c=d", "example.org:8080"),
            ("https://[::1]:443?x", true, "::1", 443, "/?x", "[::1]"),
            ("http://127.0.0.1:80/", false, "127.0.0.1", 80, "/", "127.0.0.1"),
        ] as [(String, Bool, String, UInt16, String, String)])
    func aURLIsTakenApart(
        text: String, isSecure: Bool, host: String, port: UInt16, path: String, authority: String
    ) throws {
        let target = try #require(WebTarget(text))
        #expect(target.isSecure == isSecure && target.host == host && target.port == port)
        #expect(target.path == path && target.authority == authority)
        #expect(WebTarget(target.origin + target.path) == target)
    }

    @Test(arguments: [
        "", "x", "https:", "https:/a", "https://", "https:///a", "ftp://a", "https://a b", "https://u@a", "https://a#b",
        "https://a:0", "https://a:65536", "https://a:", "https://a:x", "https://[::1", "https://[::1]x", "https://[x]",
        "https://-a", "https://a..b", "https://ä", "https://a\r\nb",
    ])
    func anythingElseIsRefused(text: String) { #expect(WebTarget(text) == nil) }
}
