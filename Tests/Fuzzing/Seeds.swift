internal import Foundation

/// Bytes that clients and operators send.
enum Seeds {
    static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    /// What clients send in Tests/Fixtures/wire.
    static var fixtures: [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/wire")
            .standardizedFileURL
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.flatMap { file -> [[UInt8]] in
            guard let data = try? Data(contentsOf: file),
                let tree = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                let cases = tree["cases"] as? [[String: Any]]
            else { return [] }
            // Long ones are about limits, which the fixtures' own test looks at; mutating them costs much and finds little.
            return cases.compactMap { ($0["in"] ?? $0["out"]) as? String }.map { Array($0.utf8) }.filter {
                $0.count < 2_048
            }
        }
    }

    static let sockets: [[UInt8]] = [
        [0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6F, 0x68, 0x6E],
        [0x01, 0x81, 0, 0, 0, 0, 0x7B, 0x80, 0x81, 0, 0, 0, 0, 0x7D],
        [0x89, 0x80, 9, 9, 9, 9], [0x8A, 0x80, 0, 0, 0, 0], [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8],
        [0x82, 0x80, 0, 0, 0, 0],
        [0x81, 0xFE, 0x00, 0x80, 0, 0, 0, 0] + Array(repeating: 0x61, count: 128),
        [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ]

    static let heads = [
        "GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: cGFybGV5IGJlbmNobWFyaw==\r\nSec-WebSocket-Protocol: parley.v1\r\nOrigin: https://a.example",
        "POST /v1/ops HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nAuthorization: Bearer x", "GET / HTTP/1.0",
    ]

    /// HS256 and ES256 by form, signed by nobody.
    static let tokens = [
        "eyJhbGciOiJIUzI1NiIsImtpZCI6InRlc3QifQ.eyJ0ZW5hbnQiOiJhY21lIiwic3ViIjoiYWxpY2UiLCJleHAiOjE4OTM0NTYwMDB9.AAAA",
        "eyJhbGciOiJFUzI1NiIsImtpZCI6InRlc3QiLCJjcml0IjpbXX0.eyJ0ZW5hbnQiOiJhY21lIiwic3ViIjoiYiIsImV4cCI6MSwicm9sZSI6InNlcnZpY2UiLCJuYW1lIjoiQiJ9.",
        "a.b", "..",
    ]

    static let keys = [
        "\u{0}an-example-of-a-secret-of-forty-bytes-long",
        "\u{3}-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
        "\u{1}-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    ]
}
