/// The few answers of an object store that matter, out of their XML. No document type, no entities but XML's five: an answer
/// that holds anything else is taken as it stands, and only names of ours count.
enum S3Answer {
    /// Larger ones are refused: a page of a listing has at most 1,000 names of some 100 bytes.
    static let bytesMax = 4 << 20

    /// The texts of all elements of a name, in order. Elements of that name don't nest.
    static func texts(of name: String, in xml: String) -> [String] {
        pieces(of: name, in: xml[...]).map { unescaped($0) }
    }

    static func text(of name: String, in xml: String) -> String? { texts(of: name, in: xml).first }

    /// What a listing holds: key, size, and when it was written as the store says it.
    struct Listing: Equatable, Sendable {
        struct Entry: Equatable, Sendable {
            let key: String
            let size: Int64
            let modified: String
        }

        let entries: [Entry]
        /// For the next page.
        let token: String?

        init(_ xml: String) {
            entries = pieces(of: "Contents", in: xml[...]).compactMap { content in
                guard let key = pieces(of: "Key", in: content).first,
                    let size = pieces(of: "Size", in: content).first.flatMap({ Int64($0) }), size >= 0
                else { return nil }
                let modified = pieces(of: "LastModified", in: content).first.map { unescaped($0) } ?? ""
                return Entry(key: unescaped(key), size: size, modified: modified)
            }
            let isCut = pieces(of: "IsTruncated", in: xml[...]).first == "true"
            token = isCut ? S3Answer.text(of: "NextContinuationToken", in: xml) : nil
        }
    }

    /// Uploads in parts that were begun and neither ended nor given up.
    struct Upload: Equatable, Sendable {
        let key: String
        let id: String
        let began: String

        static func all(in xml: String) -> [Upload] {
            pieces(of: "Upload", in: xml[...]).compactMap { upload in
                guard let key = pieces(of: "Key", in: upload).first, let id = pieces(of: "UploadId", in: upload).first
                else { return nil }
                return Upload(
                    key: unescaped(key), id: unescaped(id),
                    began: pieces(of: "Initiated", in: upload).first.map { unescaped($0) } ?? "")
            }
        }
    }

    private static func pieces(of name: String, in xml: Substring) -> [Substring] {
        let opening = Array("<\(name)>".utf8)
        let closing = Array("</\(name)>".utf8)
        var found: [Substring] = []
        var rest = xml.utf8
        while let start = rest.firstRange(of: opening), let end = rest[start.upperBound...].firstRange(of: closing) {
            found.append(Substring(rest[start.upperBound..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return found
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
        var result = String(text)
        for (name, character) in [("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("#34", "\""), ("amp", "&")]
        {
            result = result.replacing("&\(name);", with: character)
        }
        return result
    }
}
