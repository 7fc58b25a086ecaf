internal import Domain
internal import GRDB
public import Wire

/// One page of what a user missed.
public struct CatchUpRead: Equatable, Sendable {
    /// In order, as the user may see them now.
    public var events: [CatchUpPage.Event]
    /// Everything up to here that concerned the user is in `events`, or was before them.
    public var reached: UInt64
    /// Whether `reached` is the newest offset.
    public var complete: Bool
}

extension SQLiteReads {
    /// What concerned the user when it happened, after `since`: events of conversations while they were a member, their
    /// own joining and leaving included, their own devices' events, and the tenant's. Blocks are those of this moment.
    ///
    /// - Parameters:
    ///   - service: whether the user's token is a service's, which gets everything.
    ///   - since: the client's position; the caller has made sure that the log reaches back to it.
    ///   - bytesMax: about so many bytes of JSON; one event is returned even if it has more.
    ///   - rowsMax: how many entries of the log to look at, so that a page that finds little ends too.
    public func catchUp(
        user: UserID, service: Bool, since: UInt64, eventsMax: Int, bytesMax: Int, rowsMax: Int = 5_000
    ) throws -> CatchUpRead {
        let newest = try newestOffset
        var page = CatchUpRead(events: [], reached: max(since, newest), complete: true)
        guard since < newest else { return page }
        page.reached = since
        let audience = service ? nil : try Audience(of: user, since: since, in: self)
        var bytes = 0
        var isFull = false
        try database.each(Self.logAfter, [.number(since), .count(rowsMax)]) { row in
            let offset = row.number(0)
            let json: [UInt8]? =
                switch try audience?.view(row, offset: offset) ?? .shown {
                case .shown: row.blob(Self.jsonColumn)
                case .hidden: try row.hiddenTwin(offset: offset)
                case .withheld: nil
                }
            if let json {
                isFull = page.events.count >= eventsMax || !page.events.isEmpty && bytes + json.count > bytesMax
                guard !isFull else { return false }
                page.events.append(CatchUpPage.Event(offset: offset, json: json))
                bytes += json.count
            }
            page.reached = offset
            return true
        }
        page.complete = !isFull && page.reached == newest
        return page
    }

    static let logAfter = "SELECT \(logColumns) FROM log WHERE offset > ? ORDER BY offset LIMIT ?"
    static let logColumns = "offset, kind, at, conversation, user, author, message, seq, effect, json"
    static let jsonColumn: Int32 = 9
}

/// What concerns one user: when they were in which conversation, and whom they block now.
private struct Audience {
    let user: UserID
    private let memberships: [ConversationID: (kind: ConversationKind, ranges: [ClosedRange<UInt64>])]
    private let blocked: Set<UserID>

    init(of user: UserID, since: UInt64, in reads: SQLiteReads) throws {
        self.user = user
        blocked = Set(try reads.blocked(by: user))
        var memberships: [ConversationID: (kind: ConversationKind, ranges: [ClosedRange<UInt64>])] = [:]
        try reads.database.each(Self.membershipsAfter, [.user(user), .number(since)]) { row in
            let from = row.number(1)
            let until = row.isNull(2) ? UInt64.max : row.number(2)
            guard from <= until else { throw StoreFailure(.corrupt, "a membership that ends before it begins") }
            let kind = try row.kind(3)
            memberships[try row.id(0), default: (kind, [])].ranges.append(from...until)
            return true
        }
        self.memberships = memberships
    }
    private static let membershipsAfter = """
        SELECT m.conversation, m.from_offset, m.until_offset, c.kind
        FROM membership m CROSS JOIN conversation c ON c.id = m.conversation
        WHERE m.user = ? AND (m.until_offset IS NULL OR m.until_offset > ?)
        """

    /// Of a row of `SQLiteReads.logColumns`.
    func view(_ row: Columns, offset: UInt64) throws -> Visibility {
        guard !row.isNull(3) else {
            guard let owner = try row.optionalUser(4) else { return .shown }
            return owner == user ? .shown : .withheld
        }
        guard let membership = memberships[try row.id(3)], membership.ranges.contains(where: { $0.contains(offset) })
        else { return .withheld }
        guard row.integer(1) == LogKind.messageCreated.rawValue, !blocked.isEmpty else { return .shown }
        return Visibility.ofMessage(in: membership.kind, isSenderBlocked: blocked.contains(try row.user(5)))
    }
}

extension Columns {
    /// Of a row of `SQLiteReads.logColumns` that is a `message.created`.
    func hiddenTwin(offset: UInt64) throws -> [UInt8] {
        Event.hiddenTwin(offset: offset, at: time(2), conversation: try id(3), id: try id(6), seq: number(7))
    }
}
