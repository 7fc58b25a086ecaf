internal import GRDB
internal import GRDBSQLite
internal import Wire

/// A value for a statement's `?`.
enum Bound {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case identifier(UUIDBits)

    static func number(_ value: UInt64) -> Bound { .integer(Int64(clamping: value)) }
    static func count(_ value: Int) -> Bound { .integer(Int64(value)) }
    static func flag(_ value: Bool) -> Bound { .integer(value ? 1 : 0) }
    static func time(_ value: Timestamp) -> Bound { .integer(value.milliseconds) }
    static func time(_ value: Timestamp?) -> Bound { value.map(Bound.time) ?? .null }
    static func user(_ value: UserID) -> Bound { .text(value.text) }
    static func id(_ value: some UUIDIdentifier) -> Bound { .identifier(value.bits) }
    static func id(_ value: (some UUIDIdentifier)?) -> Bound { value.map { .identifier($0.bits) } ?? .null }
    static func text(_ value: String?) -> Bound { value.map { .text($0) } ?? .null }
}

/// The row that a statement stands on. Columns count from 0.
struct Columns {
    let statement: OpaquePointer

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func number(_ column: Int32) -> UInt64 { UInt64(clamping: integer(column)) }
    func flag(_ column: Int32) -> Bool { integer(column) != 0 }
    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    func user(_ column: Int32) throws -> UserID {
        guard let user = UserID(text(column)) else { throw StoreFailure(.corrupt, "a user id that is none") }
        return user
    }

    func optionalUser(_ column: Int32) throws -> UserID? { isNull(column) ? nil : try user(column) }

    func id<ID: UUIDIdentifier>(_ column: Int32, _: ID.Type = ID.self) throws -> ID {
        guard let start = sqlite3_column_blob(statement, column), sqlite3_column_bytes(statement, column) == 16 else {
            throw StoreFailure(.corrupt, "an id that is no UUID")
        }
        let high = start.loadUnaligned(as: UInt64.self)
        let low = start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return ID(bits: UUIDBits(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low)))
    }

    func optionalID<ID: UUIDIdentifier>(_ column: Int32, _: ID.Type = ID.self) throws -> ID? {
        isNull(column) ? nil : try id(column)
    }
}

/// Statements run by SQLite's own functions on GRDB's connection, whose cache keeps them prepared: 5 µs a row against up
/// to 15 µs through GRDB's arguments and rows, and one message needs seven of them.
///
/// A statement must not run again inside the closure that reads its own rows.
extension Database {
    /// Runs a statement that changes rows.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [Bound]) throws -> Int {
        let statement = try prepared(sql, values)
        defer { reset(statement) }
        while try step(statement) {}
        return changesCount
    }

    /// The first row, nil where there is none.
    func first<R>(_ sql: String, _ values: [Bound] = [], _ read: (Columns) throws -> R) throws -> R? {
        let statement = try prepared(sql, values)
        defer { reset(statement) }
        return try step(statement) ? try read(Columns(statement: statement)) : nil
    }

    func has(_ sql: String, _ values: [Bound]) throws -> Bool { try first(sql, values) { _ in true } ?? false }

    func all<R>(_ sql: String, _ values: [Bound], _ read: (Columns) throws -> R) throws -> [R] {
        let statement = try prepared(sql, values)
        defer { reset(statement) }
        var rows: [R] = []
        while try step(statement) { rows.append(try read(Columns(statement: statement))) }
        return rows
    }

    /// Row by row until `read` returns false.
    func each(_ sql: String, _ values: [Bound], _ read: (Columns) throws -> Bool) throws {
        let statement = try prepared(sql, values)
        defer { reset(statement) }
        while try step(statement) {
            guard try read(Columns(statement: statement)) else { return }
        }
    }

    private func prepared(_ sql: String, _ values: [Bound]) throws -> OpaquePointer {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        for (place, value) in values.enumerated() {
            let index = Int32(place + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
                case .text(var text):
                    text.withUTF8 { utf8 in
                        utf8.withMemoryRebound(to: CChar.self) {
                            sqlite3_bind_text(statement, index, $0.baseAddress, Int32($0.count), Self.copied)
                        }
                    }
                case .blob(let bytes):
                    // A null pointer would bind NULL, which an empty array may have.
                    bytes.isEmpty
                        ? sqlite3_bind_zeroblob(statement, index, 0)
                        : bytes.withUnsafeBytes {
                            sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), Self.copied)
                        }
                case .identifier(let bits):
                    withUnsafeBytes(of: (bits.high.bigEndian, bits.low.bigEndian)) {
                        sqlite3_bind_blob(statement, index, $0.baseAddress, 16, Self.copied)
                    }
                }
            guard code == SQLITE_OK else { throw failure(code, sql) }
        }
        return statement
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not see: SQLite copies what it is given.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func step(_ statement: OpaquePointer) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code, String(cString: sqlite3_sql(statement)))
        }
    }

    /// The bindings stay until the next run overwrites them: texts of one message at most, per statement.
    private func reset(_ statement: OpaquePointer) { sqlite3_reset(statement) }

    private func failure(_ code: Int32, _ sql: String) -> StoreFailure {
        StoreFailure(resultCode: code, "\(lastErrorMessage ?? "no message") in: \(sql)")
    }
}
