internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// Whether the last `tenant.updated` said just this; nil where there was none yet. So a router that starts anew
    /// doesn't announce again what the log already holds.
    public func isAnnounced(name: String, limits: ClientLimits) throws -> Bool? {
        let announced = try database.first("SELECT announced FROM meta", []) { $0.isNull(0) ? nil : $0.blob(0) }
        guard let announced = announced ?? nil else { return nil }
        return announced == SQLiteTransaction.announcement(name: name, limits: limits)
    }
}

extension SQLiteTransaction {
    func apply(tenantUpdated name: String, limits: ClientLimits) throws {
        try database.run("UPDATE meta SET announced = ?", [.blob(Self.announcement(name: name, limits: limits))])
    }

    static func announcement(name: String, limits: ClientLimits) -> [UInt8] {
        Event.tenantUpdated(name: name, limits: limits).json(offset: nil, at: Timestamp(milliseconds: 0))
    }
}
