internal import Foundation
internal import Glibc

/// Who transfers a file in a comparison, and how: the same client on every side.
struct FileSide: Sendable {
    /// As figures begin: `parley`, `nginx`.
    let name: String
    let endpoint: Endpoint
    /// Whose CPU counts.
    let processes: [MeasuredProcess]
    /// One transfer by the thread of this number; the bytes of the file.
    let transfer: @Sendable (FileClient, Int) throws -> Int
}

/// Parley as its users have it: a token with each request, and everything that follows from it.
struct ParleyFiles: Sendable {
    let endpoints: [Endpoint]
    let gateways: [MeasuredProcess]
    let conversation: String
    /// A user's for each thread.
    let tokens: [String]

    /// Uploads one file that nobody has uploaded before.
    ///
    /// - Returns: the id.
    @discardableResult func upload(
        _ content: FileContent, _ client: FileClient, _ number: Int, pace: ((Int) -> Void)? = nil
    ) throws -> String {
        let answer = try client.request(
            "POST", "/v1/uploads?conversation=\(conversation)",
            authorization(number) + "Content-Type: \(FileContent.type)\r\n"
                + "Content-Disposition: attachment; filename=\"\(FileContent.fileName)\"\r\n",
            [content.head(.init()), content.rest], pace: pace)
        let json = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 201, let start = json.range(of: "\"id\":\"") else {
            throw BenchFailure.refused("an upload: \(FileClient.text(answer))")
        }
        return String(json[start.upperBound...].prefix { $0 != "\"" })
    }

    /// As the one who uploaded it: the user of thread 0.
    func download(_ id: String, size: Int, _ client: FileClient) throws -> Int {
        let answer = try client.request("GET", "/v1/files/\(id)", authorization(0))
        guard answer.status == 200, answer.bodyBytes == size else {
            throw BenchFailure.refused("a download: \(answer.status), \(answer.bodyBytes) bytes")
        }
        return size
    }

    private func authorization(_ number: Int) -> String {
        "Authorization: Bearer \(tokens[number % tokens.count])\r\n"
    }
}

/// An nginx that gives and takes files for whoever asks.
struct NginxFiles: Sendable {
    let endpoint: Endpoint
    let folder: String
    let workers: [MeasuredProcess]

    /// Has it serve a file under this name.
    func place(_ content: FileContent, as name: String) throws {
        let descriptor = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw BenchFailure.unusable("no room for nginx's files") }
        defer { close(descriptor) }
        for piece in [content.head(.init()), content.rest] {
            var written = 0
            while written < piece.count {
                let count = piece.withUnsafeBytes {
                    write(descriptor, $0.baseAddress.map { $0 + written }, piece.count - written)
                }
                guard count > 0 else { throw BenchFailure.unusable("no room for nginx's files") }
                written += count
            }
        }
    }

    func download(_ name: String, size: Int, _ client: FileClient) throws -> Int {
        let answer = try client.request("GET", "/\(name)", "")
        guard answer.status == 200, answer.bodyBytes == size else {
            throw BenchFailure.refused("nginx: \(answer.status), \(answer.bodyBytes) bytes")
        }
        return size
    }

    /// - Parameter synchronizes: afterwards it is on the disk, as everything is that Parley has answered with 201.
    func upload(_ content: FileContent, _ client: FileClient, synchronizes: Bool) throws -> Int {
        let number = FileContent.Number()
        let name = "up-\(number.high)-\(number.low).wav"
        let answer = try client.request(
            "PUT", "/\(name)", "Content-Type: \(FileContent.type)\r\n", [content.head(number), content.rest])
        guard answer.status == 201 else { throw BenchFailure.refused("nginx: \(FileClient.text(answer))") }
        if synchronizes {
            for path in ["\(folder)/\(name)", folder] {
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                defer { if descriptor >= 0 { close(descriptor) } }
                guard descriptor >= 0, fsync(descriptor) == 0 else {
                    throw BenchFailure.unusable("no fsync of nginx's files")
                }
            }
        }
        return content.size
    }
}
