import Testing

@testable import Gateway

@Suite struct HandshakeTests {
    private static let good = [
        "Host: chat.example", "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: other, parley.v1",
    ]

    private func handshake(_ line: String = "GET /v1/ws HTTP/1.1", _ fields: [String] = good) -> Handshake {
        Handshake(RequestHead(Array(([line] + fields).joined(separator: "\r\n").utf8)))
    }

    private func without(_ name: String, and more: String...) -> [String] {
        Self.good.filter { !$0.hasPrefix(name + ":") } + more
    }

    /// RFC 6455 §1.3 has the key and its answer.
    @Test func aGoodRequestIsAccepted() {
        let upgrade = Handshake.Upgrade(accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", origin: nil, authorization: [])
        #expect(handshake() == .accepted(upgrade))
        #expect(handshake().response.hasPrefix("HTTP/1.1 101 "))
        #expect(handshake().response.contains("sec-websocket-protocol: parley.v1\r\n"))
    }

    @Test func whatALaterStepNeedsIsKept() {
        let fields = Self.good + ["Origin: https://chat.example", "Authorization: Bearer a.b.c"]
        let upgrade = Handshake.Upgrade(
            accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", origin: "https://chat.example", authorization: ["Bearer a.b.c"])
        #expect(handshake("GET /v1/ws?x=1 HTTP/1.1", fields) == .accepted(upgrade))
    }

    @Test(arguments: ["websocket", "WebSocket", "h2c, websocket"]) func tokensAreFoundInAnyCase(token: String) {
        let outcome = handshake("GET /v1/ws HTTP/1.1", without("Upgrade", and: "Upgrade: \(token)"))
        #expect(outcome.response.hasPrefix("HTTP/1.1 101 "))
    }

    @Test func whatNIOsUpgraderTakesAndRFC6455DoesNotIsRefused() {
        #expect(handshake("POST /v1/ws HTTP/1.1") == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.0") == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", without("Host")) == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", Self.good + ["Host: b"]) == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", without("Connection")) == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", Self.good + ["Transfer-Encoding: chunked"]) == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", Self.good + ["Content-Length: 3"]) == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", Self.good + ["Origin: a", "Origin: b"]) == .refused(.head))
        #expect(handshake("GET /v1/ws HTTP/1.1", without("Upgrade")) == .refused(.upgradeRequired))
        #expect(
            handshake("GET /v1/ws HTTP/1.1", without("Upgrade", and: "Upgrade: h2c")) == .refused(.upgradeRequired))
    }

    @Test(arguments: [
        "abc", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZR==",
        "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25jZWU=", "",
    ])
    func aKeyIsSixteenBytesAndNothingElse(key: String) {
        let fields = without("Sec-WebSocket-Key", and: "Sec-WebSocket-Key: \(key)")
        #expect(handshake("GET /v1/ws HTTP/1.1", fields) == .refused(.head))
    }

    @Test(arguments: ["8", "14", "13, 8", ""]) func anotherVersionIsToldWhichOneIsSpoken(version: String) {
        let fields = without("Sec-WebSocket-Version", and: "Sec-WebSocket-Version: \(version)")
        let outcome = handshake("GET /v1/ws HTTP/1.1", fields)
        #expect(outcome == .refused(.version))
        #expect(outcome.response.hasPrefix("HTTP/1.1 426 "))
        #expect(outcome.response.contains("sec-websocket-version: 13\r\n"))
    }

    @Test(arguments: [nil, "parley.v2", "PARLEY.V1", "parley.v1x"]) func theSubprotocolHasToBeOffered(offer: String?) {
        let fields = without("Sec-WebSocket-Protocol") + (offer.map { ["Sec-WebSocket-Protocol: \($0)"] } ?? [])
        let outcome = handshake("GET /v1/ws HTTP/1.1", fields)
        #expect(outcome == .refused(.subprotocol))
        #expect(outcome.response.hasPrefix("HTTP/1.1 400 "))
    }

    @Test func tooManyAreToldWhenToComeBack() {
        let response = Handshake.refused(.tooMany).response
        #expect(response.hasPrefix("HTTP/1.1 429 ") && response.contains("retry-after: 1\r\n"))
    }

    @Test(arguments: Handshake.Refused.allCases) func aRefusalSaysHowLongItIsAndThatItIsTheEnd(
        refused: Handshake.Refused
    ) throws {
        let response = Handshake.refused(refused).response
        let parts = response.split(separator: "\r\n\r\n", maxSplits: 1)
        let body = try #require(parts.last)
        #expect(response.contains("content-length: \(body.utf8.count)\r\n"))
        #expect(response.contains("connection: close"))
    }

    @Test(arguments: [
        "GET /v1/ws HTTP/1.1\nHost: a", "GET  /v1/ws HTTP/1.1", "GET /v1/ws", "", "GET /v1/ws HTTP/1.1\r\n folded",
        "GET /v1/ws HTTP/1.1\r\nHost : a", "GET /v1/ws HTTP/1.1\r\n: a", "GET /v1/ws HTTP/1.1\r\nX: a\u{0}b",
        "GET /v1/ws HTTP/1.1\r\nno colon", "GET /v1/ws HTTP/1.1 more",
    ])
    func aBrokenHeadIsNoHead(head: String) {
        #expect(RequestHead(Array(head.utf8)) == nil)
    }

    @Test func aHeadMayHaveAHundredFields() {
        let fields = (0..<100).map { "X-\($0): 1" }
        func head(_ fields: [String]) -> RequestHead? {
            RequestHead(Array((["GET /v1/ws HTTP/1.1"] + fields).joined(separator: "\r\n").utf8))
        }
        #expect(head(fields)?.fieldCount == 100)
        #expect(head(fields + ["Y: 1"]) == nil)
        #expect(RequestHead([0x47, 0xFF, 0xFE]) == nil)
    }
}
