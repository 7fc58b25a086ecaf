internal import Glibc

/// Who asks an object store. Never printed.
public struct S3Credentials: Equatable, Sendable, CustomStringConvertible {
    let accessKey: String
    let secretKey: String
    /// Of temporary credentials.
    let sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`; nil where one of the first two is missing.
    public init?(environment: [String: String]) {
        guard let accessKey = environment["AWS_ACCESS_KEY_ID"], !accessKey.isEmpty,
            let secretKey = environment["AWS_SECRET_ACCESS_KEY"], !secretKey.isEmpty
        else { return nil }
        self.init(accessKey: accessKey, secretKey: secretKey, sessionToken: environment["AWS_SESSION_TOKEN"])
    }

    /// A file as AWS' tools write it, its section `[default]` or no section: `aws_access_key_id = …`. Nil where a key is missing.
    public init?(text: String) {
        var values: [String: String] = [:]
        var isOurs = true
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.hasPrefix("[") { isOurs = line == "[default]" }
            guard isOurs, !line.hasPrefix("#"), let sign = line.firstIndex(of: "=") else { continue }
            values[line[..<sign].trimmed.uppercased()] = line[line.index(after: sign)...].trimmed
        }
        self.init(environment: values)
    }

    /// - Throws: `BlobFailure.unavailable` where it can't be read, others than its owner may read it, or a key is missing.
    public init(file path: String) throws(BlobFailure) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .lastOfSystem("open the file of credentials") }
        let file = OpenFile(owning: descriptor)
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw .lastOfSystem("open the file of credentials") }
        guard status.st_mode & 0o077 == 0 else {
            throw .unavailable("others may read the file of credentials: chmod 600")
        }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = read(file.descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .lastOfSystem("read the file of credentials") }
        guard let made = S3Credentials(text: String(decoding: bytes.prefix(count), as: UTF8.self)) else {
            throw .unavailable("the file of credentials lacks aws_access_key_id or aws_secret_access_key")
        }
        self = made
    }

    public var description: String { "S3Credentials" }
}

extension Substring {
    fileprivate var trimmed: String {
        let front = drop { $0.isWhitespace }
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
