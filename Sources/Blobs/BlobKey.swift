/// The name of one stored file: content of one tenant, by its hash, so that the same file is stored once.
public struct BlobKey: Hashable, Sendable {
    public enum Variant: String, CaseIterable, Sendable {
        case original
        case thumbnail
    }

    public let tenant: String
    /// 64 hexadecimal digits in lower case: of the original, for the thumbnail too.
    public let sha256: String
    public let variant: Variant

    /// Nil where a part is not of its form: a key is safe as a path.
    public init?(tenant: String, sha256: String, variant: Variant = .original) {
        guard Self.isTenant(tenant), sha256.utf8.count == 64, sha256.utf8.allSatisfy(Self.isHexadecimal) else {
            return nil
        }
        self.tenant = tenant
        self.sha256 = sha256
        self.variant = variant
    }

    /// The two digits that files are spread by: 256 folders for each tenant.
    var shard: String { String(sha256.prefix(2)) }

    /// `SHA256`, or `SHA256.thumbnail`.
    var fileName: String { variant == .original ? sha256 : sha256 + Self.thumbnailSuffix }

    /// `TENANT/ab/SHA256`: the same on a disk and in a bucket.
    var path: String { "\(tenant)/\(shard)/\(fileName)" }

    /// The key of a file in `tenant`'s folder; nil for what is none of ours.
    init?(tenant: String, fileName: String) {
        let isThumbnail = fileName.hasSuffix(Self.thumbnailSuffix)
        let sha256 = isThumbnail ? String(fileName.dropLast(Self.thumbnailSuffix.count)) : fileName
        self.init(tenant: tenant, sha256: sha256, variant: isThumbnail ? .thumbnail : .original)
    }

    private static let thumbnailSuffix = ".thumbnail"

    /// docs/protocol.md §1: `[a-z0-9][a-z0-9-]{0,31}`.
    static func isTenant(_ text: String) -> Bool {
        guard (1...32).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
