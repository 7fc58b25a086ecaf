internal import Domain
internal import GRDB
internal import Wire

/// One write transaction of a tenant: everything in it is on disk when `SQLiteTenant.write` returns, or nothing is.
public struct SQLiteTransaction {
    let database: Database
    /// Sees what this transaction has written so far.
    public let reads: SQLiteReads
    /// The offset that the next durable event gets.
    public internal(set) var nextOffset: UInt64

    init(_ database: Database) throws {
        self.database = database
        reads = SQLiteReads(database)
        nextOffset = try reads.newestOffset + 1
    }
}
