internal import Crypto
internal import Foundation

/// How a request proves who asks: AWS Signature Version 4 in a header (AWS' documentation, "Authenticating Requests: Using the
/// Authorization Header").
struct S3Signature: Sendable {
    let credentials: S3Credentials
    let region: String

    /// What is signed of a request.
    struct Request: Equatable, Sendable {
        var method: String
        /// Not encoded: `/bucket/key`.
        var path: String
        /// Not encoded.
        var query: [(name: String, value: String)] = []
        /// By their names in lower case; `host` among them.
        var headers: [(name: String, value: String)]
        /// Of the body, in hexadecimal.
        var payloadHash: String

        static func == (one: Request, other: Request) -> Bool {
            one.method == other.method && one.path == other.path && one.payloadHash == other.payloadHash
                && one.query.elementsEqual(other.query, by: ==) && one.headers.elementsEqual(other.headers, by: ==)
        }
    }

    /// The hash of nothing.
    static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// - Parameter time: `20130524T000000Z`; the same as in the header `x-amz-date`.
    /// - Returns: the value of `Authorization`.
    func authorization(_ request: Request, at time: String) -> String {
        let headers = request.headers.sorted { $0.name < $1.name }
        let names = headers.map(\.name).joined(separator: ";")
        let canonical = [
            request.method, Self.encoded(request.path, keeping: "/"), Self.query(request.query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(), names, request.payloadHash,
        ].joined(separator: "\n")
        let day = String(time.prefix(8))
        let scope = "\(day)/\(region)/s3/aws4_request"
        let text = ["AWS4-HMAC-SHA256", time, scope, Self.hexadecimal(SHA256.hash(data: Data(canonical.utf8)))]
            .joined(separator: "\n")
        var key = SymmetricKey(data: Data("AWS4\(credentials.secretKey)".utf8))
        for part in [day, region, "s3", "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        let signature = Self.hexadecimal(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
        return
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
    }

    /// In the order and encoding that is signed, and sent.
    static func query(_ query: [(name: String, value: String)]) -> String {
        query.map { (encoded($0.name), encoded($0.value)) }.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// All bytes but RFC 3986's unreserved ones and `kept`.
    static func encoded(_ text: String, keeping kept: String = "") -> String {
        var result = ""
        for byte in text.utf8 {
            let character = Character(UnicodeScalar(byte))
            if byte < 0x80,
                character.isLetter || character.isNumber || "-._~".contains(character) || kept.contains(character)
            {
                result.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// `20130524T000000Z`.
    static func time(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func digits(_ part: Int?, _ width: Int) -> String {
            let text = "\(part ?? 0)"
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2) + "T" + digits(parts.hour, 2)
            + digits(parts.minute, 2) + digits(parts.second, 2) + "Z"
    }
}
