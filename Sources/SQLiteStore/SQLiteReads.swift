public import Domain
internal import GRDB
public import Wire

/// What one transaction or snapshot of a tenant's file can answer: the reads that the rules ask for, and those of
/// replay. Good inside the closure it was handed to, no longer. Every method throws `StoreFailure` only.
public struct SQLiteReads: TenantReads {
    let database: Database

    init(_ database: Database) { self.database = database }

    /// Of the tenant's newest durable event; 0 where there is none.
    public var newestOffset: UInt64 {
        get throws { try database.first(Self.newestSQL) { $0.number(0) } ?? 0 }
    }
    private static let newestSQL = "SELECT MAX(offset) FROM log"

    /// The first offset that the log still holds; 1 where there is no event yet. Pruning leaves the newest event.
    public var oldestOffset: UInt64 {
        get throws { try database.first(Self.oldestSQL) { $0.isNull(0) ? 1 : $0.number(0) } ?? 1 }
    }
    private static let oldestSQL = "SELECT MIN(offset) FROM log"

    /// Changes when the tenant is restored to an earlier point: offsets of another epoch mean nothing.
    var epoch: String {
        get throws {
            guard let epoch = try database.first("SELECT epoch FROM meta", [], { $0.text(0) }) else {
                throw StoreFailure(.corrupt, "a file without an epoch")
            }
            return epoch
        }
    }

    /// The conversations that the user is a member of, in ascending order.
    public func conversationIDs(of user: UserID) throws -> [ConversationID] {
        let sql = "SELECT conversation FROM member INDEXED BY member_of WHERE user = ? ORDER BY conversation"
        return try database.all(sql, [.user(user)]) { try $0.id(0) }
    }
}
