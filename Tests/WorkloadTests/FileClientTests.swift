import Foundation
import Testing

@testable import Workload

/// The benchmark's own client for files, and the files that it uploads.
@Suite struct FileClientTests {
    /// Answers the requests of one connection after the other with what is given, and says what it was sent.
    private func server(_ connections: [[String]]) throws -> (Endpoint, Task<[String], Never>) {
        let (listener, port) = try #require(SystemCalls.listen(host: "127.0.0.1"))
        let requests = Task.detached {
            await withCheckedContinuation { (continuation: CheckedContinuation<[String], Never>) in
                Thread.detachNewThread {
                    var got: [String] = []
                    for answers in connections {
                        let client = accept(listener, nil, nil)
                        for answer in answers {
                            got.append(Self.request(client))
                            // A byte at a time: nobody may count on more.
                            for byte in answer.utf8 {
                                withUnsafeBytes(of: byte) { _ = send(client, $0.baseAddress, 1, 0) }
                            }
                        }
                        close(client)
                    }
                    close(listener)
                    continuation.resume(returning: got)
                }
            }
        }
        return (Endpoint(host: "127.0.0.1", port: port), requests)
    }

    /// A request that ends with a dot, as all here do.
    private static func request(_ client: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.last != UInt8(ascii: ".") {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aConnectionIsKeptUntilTheServerClosesIt() async throws {
        let (endpoint, requests) = try server([
            ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 201 Created\r\nconnection: close\r\n\r\n"],
            ["HTTP/1.1 204 No Content\r\n\r\n"],
        ])
        let client = FileClient(endpoint)
        let first = try client.request("PUT", "/a", "X: 1\r\n", [Array("one".utf8), Array(".".utf8)])
        #expect(first.status == 200 && first.bodyBytes == 5 && first.body == Array("hello".utf8))
        #expect(try client.request("PUT", "/b", "", [Array("two.".utf8)]).status == 201)
        #expect(try client.request("PUT", "/c", "", [Array("three.".utf8)]).status == 204)
        let got = await requests.value
        #expect(
            got.first == "PUT /a HTTP/1.1\r\nHost: \(endpoint.authority)\r\nX: 1\r\nContent-Length: 4\r\n\r\none.")
        #expect(got.map { $0.suffix(4) } == ["one.", "two.", "ree."])
    }

    @Test func anAnswerThatIsCutOffIsNone() async throws {
        let (endpoint, requests) = try server([["HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"]])
        let client = FileClient(endpoint)
        #expect(throws: BenchFailure.self) { try client.request("PUT", "/a", "", [Array("one.".utf8)]) }
        #expect(await requests.value.count == 1)
    }

    @Test func noTwoFilesAreAlike() {
        let content = FileContent(size: 1_000)
        let heads = [content.head(.init()), content.head(.init())]
        #expect(heads[0] != heads[1])
        for head in heads {
            #expect(head.count + content.rest.count == 1_000 && content.size == 1_000)
            #expect(head.starts(with: "RIFF".utf8) && head[8..<16].elementsEqual("WAVEfmt ".utf8))
            #expect(head[36..<44].elementsEqual(Array("data".utf8) + [0xBC, 0x03, 0, 0]), "956 bytes of data")
        }
    }
}
