import NIOCore
import Testing

@testable import Gateway

@Suite struct MultipartReaderTests {
    private static let type = "multipart/form-data; boundary=\"a b\""
    private static let body =
        "preamble\r\n--a b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--a b\r\n"
        + "content-disposition: form-data; name=\"f\"; filename=\"a%22b.txt\"\r\nContent-Type: text/plain\r\n\r\n"
        + "one\r\n--a\r\n--a c\r\ntwo\r\n--a b--\r\nepilogue"

    private func file(
        _ body: String, type: String = type, portion: Int
    ) throws -> (name: String?, type: String?, content: String, isComplete: Bool) {
        var reader = try #require(MultipartReader(contentType: type))
        var found: (name: String?, type: String?, content: String) = (nil, nil, "")
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: portion) {
            for piece in try reader.feed(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + portion)])) {
                switch piece {
                case .file(let name, let type): (found.name, found.type) = (name, type)
                case .bytes(let buffer): found.content += String(buffer: buffer)
                }
            }
        }
        return (found.name, found.type, found.content, reader.isComplete)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 10_000])
    func theFileIsFoundHoweverTheBytesCome(portion: Int) throws {
        let found = try file(Self.body, portion: portion)
        #expect(found.name == "a\"b.txt")
        #expect(found.type == "text/plain")
        #expect(found.content == "one\r\n--a\r\n--a c\r\ntwo")
        #expect(found.isComplete)
    }

    @Test func whatEndsEarlyIsNotComplete() throws {
        #expect(try !file(String(Self.body.dropLast(14)), portion: 5).isComplete)
        #expect(try !file("--a b--", portion: 9).isComplete, "no file in it")
    }

    @Test(arguments: [
        "--a b\r\nContent-Disposition: form-data; filename=a\r\n\r\n1\r\n--a b\r\n"
            + "Content-Disposition: form-data; filename=b\r\n\r\n2\r\n--a b--",
        "--a bX\r\n", "--a b\r\nno field\r\n\r\n", "--a b\r\n" + String(repeating: "x", count: 9_000),
        String(repeating: "x", count: 70_000),
        String(repeating: "--a b\r\nX: y\r\n\r\n\r\n", count: 6_000),
        "--a b\r\nContent-Disposition: form-data; filename=a\r\n\r\n1\r\n--a b--"
            + String(repeating: "x", count: 70_000),
    ])
    func whatBreaksTheFormIsRefused(body: String) {
        #expect(throws: MultipartReader.Fault.self) { try file(body, portion: 1_000) }
    }

    @Test(arguments: [
        "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=" + String(repeating: "b", count: 71),
    ])
    func withoutALegalBoundaryThereIsNoForm(type: String) { #expect(MultipartReader(contentType: type) == nil) }
}
