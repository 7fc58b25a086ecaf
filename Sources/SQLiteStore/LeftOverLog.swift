internal import GRDBSQLite

/// The log that a tenant's file was left with: by a router that died, or one that could not bring the file up to date.
enum LeftOverLog {
    /// SQLite's layer for Unix writes less than 128 KiB at once (os_unix.c, seekAndWriteFd).
    private static let chunkBytes = 65_536

    /// Writes the log once more, byte for byte, and syncs it, before anybody takes what stands in it for committed. A log
    /// that somebody is using is none: it is left alone.
    ///
    /// Where an fsync fails, Linux takes the pages for written, and no later fsync writes them (fsync(2), NOTES; Rebello et
    /// al., «Can Applications Recover from fsync Failures?», 2020). A transaction that was refused so still reads as whole:
    /// SQLite would find it valid, what is acknowledged next would stand behind it, and the power's end would take both.
    ///
    /// - Throws: where that fails too; nothing was read as committed then.
    static func writeAgain(besides path: String) throws {
        // Through SQLite's own layer, so that a disk beneath it is the same for all that is read and written.
        guard let system = sqlite3_vfs_find(nil) else { throw StoreFailure(.other, "no file system for SQLite") }
        var isThere: Int32 = 0
        try check(system.pointee.xAccess(system, path + "-wal", SQLITE_ACCESS_EXISTS, &isThere), "access", path)
        guard isThere != 0 else { return }
        try open(path, SQLITE_OPEN_MAIN_DB, system) { database in
            // Every connection has a shared lock on the database as long as it lives.
            guard try lock(database, path) else { return }
            defer { _ = database.pointee.pMethods.pointee.xUnlock(database, SQLITE_LOCK_NONE) }
            try open(path + "-wal", SQLITE_OPEN_WAL, system) { try writeAgain($0, path) }
        }
    }

    private static func open(
        _ path: String, _ kind: Int32, _ system: UnsafeMutablePointer<sqlite3_vfs>,
        _ body: (UnsafeMutablePointer<sqlite3_file>) throws -> Void
    ) throws {
        let bytes = Int(system.pointee.szOsFile)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        defer { memory.deallocate() }
        let file = memory.assumingMemoryBound(to: sqlite3_file.self)
        // The layer keeps the name as long as the file is open.
        try path.withCString { name in
            try check(system.pointee.xOpen(system, name, file, SQLITE_OPEN_READWRITE | kind, nil), "open", path)
            defer { _ = file.pointee.pMethods.pointee.xClose(file) }
            try body(file)
        }
    }

    /// Whether nobody else has the database open.
    private static func lock(_ database: UnsafeMutablePointer<sqlite3_file>, _ path: String) throws -> Bool {
        for level in [SQLITE_LOCK_SHARED, SQLITE_LOCK_EXCLUSIVE] {
            let code = database.pointee.pMethods.pointee.xLock(database, level)
            if code == SQLITE_BUSY {
                _ = database.pointee.pMethods.pointee.xUnlock(database, SQLITE_LOCK_NONE)
                return false
            }
            try check(code, "lock", path)
        }
        return true
    }

    private static func writeAgain(_ log: UnsafeMutablePointer<sqlite3_file>, _ path: String) throws {
        let methods = log.pointee.pMethods.pointee
        var size: Int64 = 0
        try check(methods.xFileSize(log, &size), "size", path)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        for place in stride(from: 0, to: size, by: chunkBytes) {
            let count = Int32(min(Int64(chunkBytes), size - place))
            try check(methods.xRead(log, buffer, count, place), "read", path)
            try check(methods.xWrite(log, buffer, count, place), "write", path)
        }
        if size > 0 { try check(methods.xSync(log, SQLITE_SYNC_FULL), "sync", path) }
    }

    private static func check(_ code: Int32, _ call: String, _ path: String) throws {
        guard code == SQLITE_OK else { throw StoreFailure(resultCode: code, "\(call) \(path), its log: \(code)") }
    }
}
