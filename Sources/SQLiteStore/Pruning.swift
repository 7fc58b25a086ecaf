internal import GRDB
public import Wire

extension SQLiteTransaction {
    /// Deletes the oldest entries of the log that one of the two bounds does not keep, at most `limit` of them, so that
    /// nobody waits long for it. The newest entry always stays: the next offset follows from it.
    ///
    /// - Parameters:
    ///   - keepEvents: how many of the newest entries to keep; nil for all.
    ///   - olderThan: entries from before this time go; nil for none. The first that is not older ends it.
    /// - Returns: how many were deleted; as many as `limit` where there may be more.
    public func prune(keepEvents: UInt64?, olderThan: Timestamp?, limit: Int = 1_000) throws -> Int {
        let newest = try reads.newestOffset
        let oldest = try reads.oldestOffset
        guard newest > oldest else { return 0 }
        // The last offset of this slice, and the last one to go.
        let sliceEnd = min(oldest + UInt64(max(limit, 1)) - 1, newest - 1)
        var end = oldest - 1
        if let keepEvents, newest > keepEvents { end = max(end, min(sliceEnd, newest - keepEvents)) }
        if let olderThan {
            let sql = "SELECT MIN(offset) FROM log WHERE offset >= ? AND offset <= ? AND at >= ?"
            let firstKept = try database.first(sql, [.number(oldest), .number(sliceEnd), .time(olderThan)]) {
                $0.isNull(0) ? nil : $0.number(0)
            }
            end = max(end, (firstKept ?? nil).map { $0 - 1 } ?? sliceEnd)
        }
        return try database.run("DELETE FROM log WHERE offset <= ?", [.number(end)])
    }
}
