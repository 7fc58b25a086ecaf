/// The contract's fixed limits, all inclusive (docs/protocol.md).
public enum Limits {
    public static let frameBytes = 131_072
    public static let helloBytes = 16_384
    public static let nesting = 16
    public static let refCodePoints = 64
    public static let textCodePoints = 10_000
    public static let attachments = 10
    public static let usersPerCommand = 100
    /// In one `file.links`.
    public static let fileLinks = 50
    /// How long a link to a file is good.
    public static let fileLinkSeconds: Int64 = 600
    public static let groupMembers = 10_000
    public static let clientBytes = 1_024
    public static let messagesPerPage = 50
    /// `read` and `received` go to all members of conversations of up to so many.
    public static let receiptsMembers: UInt64 = 64
    /// Typing is not sent in conversations of more.
    public static let typingMembers: UInt64 = 1_000
    /// How long typing lasts without renewal.
    public static let typingMilliseconds: Int64 = 6_000
    /// Whose presence one connection watches.
    public static let presenceUsers = 200
    /// Ours: titles and names, pictures (URLs).
    public static let titleCodePoints = 200
    public static let nameCodePoints = 100
    public static let pictureCodePoints = 2_048
    public static let presenceTextCodePoints = 100
    public static let conversationsPerPage = 100
    public static let membersPerPage = 100
    public static let usersPerPage = 50
    public static let queryCodePoints = 100
    public static let cursorCodePoints = 256
    public static let expirySecondsMin: UInt64 = 5
    public static let expirySecondsMax: UInt64 = 31_536_000
}
