internal import GRDB
internal import GRDBSQLite

/// Why a store could not do what it was asked: never a client's fault, so never a `Refusal`.
public struct StoreFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: String, Sendable {
        /// No room on the disk: what waits may be tried again once there is some.
        case full
        /// The disk or the file system failed.
        case io
        /// The file is no database, or what stands in it makes no sense.
        case corrupt
        /// Somebody else kept the file locked for longer than the busy timeout, or still uses what is to be erased.
        case busy
        /// What was to be stored contradicts what is stored: a second writer, or an event that does not follow.
        case contradiction
        /// The file was written by a newer version of Parley.
        case newer
        /// The store was closed or the tenant erased.
        case closed
        case other
    }

    public let reason: Reason
    /// For the log of an operator; names files and statements, never a person's text.
    public let detail: String

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason.rawValue): \(detail)" }
}

extension StoreFailure {
    /// By SQLite's primary result code.
    init(resultCode: Int32, _ detail: String) {
        let reason: Reason =
            switch resultCode & 0xFF {
            case SQLITE_FULL: .full
            case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_NOLFS: .io
            case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_SCHEMA: .corrupt
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CONSTRAINT: .contradiction
            case SQLITE_MISUSE: .closed
            default: .other
            }
        self.init(reason, "\(detail) (SQLite \(resultCode))")
    }

    init(_ error: DatabaseError) {
        self.init(resultCode: error.extendedResultCode.rawValue, error.message ?? "no message")
    }

    /// Runs `body` and has what GRDB throws leave as a `StoreFailure`; everything else leaves as it is.
    static func translating<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreFailure(error)
        }
    }
}
