internal import Crypto
internal import Foundation
internal import HTTPTypes
internal import NIOCore
internal import Wire

/// The words of tus 1.0.
enum TusFields {
    static let version = "1.0.0"
    static let extensions = "creation,creation-with-upload,termination,checksum,expiration"
    static let contentType = "application/offset+octet-stream"

    /// As `Upload-Expires` has it (RFC 9110 §5.6.7).
    static func date(milliseconds: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
    }
}

extension HTTPField.Name {
    static let tusResumable = named("Tus-Resumable")
    static let tusVersion = named("Tus-Version")
    static let tusExtension = named("Tus-Extension")
    static let tusChecksumAlgorithm = named("Tus-Checksum-Algorithm")
    static let uploadLength = named("Upload-Length")
    static let uploadOffset = named("Upload-Offset")
    static let uploadMetadata = named("Upload-Metadata")
    static let uploadChecksum = named("Upload-Checksum")
    static let uploadExpires = named("Upload-Expires")
    /// Ours, in the answer to the last piece.
    static let uploadID = named("Upload-Id")
    /// Ours: the JSON that a plain upload is answered, in Base64.
    static let uploadResult = named("Upload-Result")

    /// All of them are tokens.
    private static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .location }
}

extension HTTPAnswer {
    /// Every answer says the version.
    var asTus: HTTPAnswer {
        var answer = self
        answer.fields[.tusResumable] = TusFields.version
        return answer
    }
}

/// `Upload-Metadata`: keys, and values in Base64.
struct TusMetadata: Equatable {
    static let bytesMax = 4_096

    private var values: [String: String] = [:]

    /// - Throws: `bad_request`, field `upload-metadata`.
    init(_ field: String) throws(Refusal) {
        let wrong = Refusal.badRequest("upload-metadata")
        guard field.utf8.count <= Self.bytesMax else { throw wrong }
        for pair in field.split(separator: ",") {
            let words = pair.split(separator: " ", omittingEmptySubsequences: true)
            guard let key = words.first, words.count <= 2 else { throw wrong }
            var value = ""
            if words.count == 2 {
                guard let bytes = Data(base64Encoded: String(words[1])),
                    let text = String(validating: bytes, as: UTF8.self)
                else { throw wrong }
                value = text
            }
            guard values.updateValue(value, forKey: String(key)) == nil else { throw wrong }
        }
    }

    subscript(key: String) -> String? { values[key] }
}

/// `Upload-Checksum`: what a piece has to come to.
struct TusChecksum: Sendable {
    enum Algorithm: String, CaseIterable, Sendable {
        case sha1
        case sha256
    }

    enum Mismatch: Error { case differs }

    private enum Hasher: Sendable {
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    private var hasher: Hasher
    private let expected: [UInt8]

    /// Nil where there is no field.
    ///
    /// - Throws: `bad_request`, field `upload-checksum`, for another algorithm or a value that is none.
    init?(_ field: String?) throws(Refusal) {
        guard let field else { return nil }
        let words = field.split(separator: " ")
        guard words.count == 2, let algorithm = Algorithm(rawValue: String(words[0])),
            let value = Data(base64Encoded: String(words[1]))
        else { throw .badRequest("upload-checksum") }
        expected = Array(value)
        switch algorithm {
        case .sha1: hasher = .sha1(Insecure.SHA1())
        case .sha256: hasher = .sha256(SHA256())
        }
    }

    mutating func update(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { bytes in
            switch hasher {
            case .sha1(var sha1):
                sha1.update(bufferPointer: bytes)
                hasher = .sha1(sha1)
            case .sha256(var sha256):
                sha256.update(bufferPointer: bytes)
                hasher = .sha256(sha256)
            }
        }
    }

    func confirm() throws(Mismatch) {
        let found: [UInt8] =
            switch hasher {
            case .sha1(let sha1): Array(sha1.finalize())
            case .sha256(let sha256): Array(sha256.finalize())
            }
        guard found == expected else { throw .differs }
    }
}
