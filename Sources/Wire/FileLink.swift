/// A link to files for one user and some minutes: what `?sig=` holds, `TENANT~UNTIL~USER~MAC`. `~` stands in neither of
/// the other parts and needs no escaping in a URL (RFC 3986 §2.3).
public struct FileLink: Equatable, Sendable {
    public static let bytesMax = 256

    public let tenant: TenantSlug
    public let user: UserID
    public let file: UploadID
    public let until: Timestamp
    /// HMAC-SHA-256 of `signedBytes` by the tenant's link key.
    public let mac: [UInt8]

    public init(
        tenant: TenantSlug, user: UserID, file: UploadID, until: Timestamp, sign: (_ bytes: [UInt8]) -> [UInt8]
    ) {
        self.tenant = tenant
        self.user = user
        self.file = file
        self.until = until
        mac = sign(Self.signedBytes(tenant, user, file, until))
    }

    /// What a URL says; whether it is true shows when `mac` is compared.
    public init?(file: UploadID, signature: String) {
        guard signature.utf8.count <= Self.bytesMax else { return nil }
        let parts = signature.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 4, let tenant = TenantSlug(String(parts[0])), let user = UserID(String(parts[2])),
            (1...15).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let until = Int64(parts[1]), parts[3].utf8.count == 64, let mac = Hexadecimal.bytes(parts[3].utf8)
        else { return nil }
        self.tenant = tenant
        self.user = user
        self.file = file
        self.until = Timestamp(milliseconds: until)
        self.mac = mac
    }

    /// A reference that the client resolves against the server it talks to.
    public var url: String { "/v1/files/\(file)?sig=\(signature)" }

    public var signature: String { "\(tenant)~\(until.milliseconds)~\(user)~\(Hexadecimal.text(mac))" }

    public var signedBytes: [UInt8] { Self.signedBytes(tenant, user, file, until) }

    /// The parts can't be taken for one another: neither of the free ones has a space.
    private static func signedBytes(
        _ tenant: TenantSlug, _ user: UserID, _ file: UploadID, _ until: Timestamp
    ) -> [UInt8] {
        Array("file \(tenant) \(user) \(file) \(until.milliseconds)".utf8)
    }
}
