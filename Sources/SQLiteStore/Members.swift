public import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the primary key.
    public func membership(of user: UserID, in conversation: ConversationID) throws -> Membership? {
        try database.first(Self.membershipByKey, [.id(conversation), .user(user)]) { try $0.membership() }
    }
    private static let membershipByKey = "SELECT \(Columns.ofMember) FROM member WHERE conversation = ? AND user = ?"

    public func leftOffset(of user: UserID, in conversation: ConversationID) throws -> UInt64? {
        let sql = "SELECT MAX(until_offset) FROM membership WHERE user = ? AND conversation = ?"
        return try database.first(sql, [.user(user), .id(conversation)]) { $0.isNull(0) ? nil : $0.number(0) } ?? nil
    }

    public func members(
        of conversation: ConversationID, after member: (joinedOffset: UInt64, user: UserID)?, limit: Int
    ) throws -> [Membership] {
        // No user id is empty: offset 0 and "" come before all.
        let values: [Bound] = [
            .id(conversation), .number(member?.joinedOffset ?? 0), .text(member?.user.text ?? ""), .count(limit),
        ]
        return try database.all(Self.membersAfter, values) { try $0.membership() }
    }
    private static let membersAfter = """
        SELECT \(Columns.ofMember) FROM member INDEXED BY member_by_joining
        WHERE conversation = ? AND (joined_offset, user) > (?, ?) ORDER BY joined_offset, user LIMIT ?
        """

    public func ownerCount(of conversation: ConversationID) throws -> UInt64 {
        let sql = """
            SELECT COUNT(*) FROM member INDEXED BY member_above WHERE conversation = ? AND role = 2 AND role > 0
            """
        return try database.first(sql, [.id(conversation)]) { $0.number(0) } ?? 0
    }

    public func other(than user: UserID, in conversation: ConversationID) throws -> UserID? {
        let sql = """
            SELECT m.user FROM conversation c CROSS JOIN member m ON m.conversation = c.id
            WHERE c.id = ? AND c.kind = 0 AND m.user <> ? LIMIT 1
            """
        return try database.first(sql, [.id(conversation), .user(user)]) { try $0.user(0) }
    }
}

extension SQLiteTransaction {
    /// New members have read everything so far, and count unread from there.
    func apply(added change: MembersChanged, at: Timestamp, offset: UInt64) throws {
        let lastSeq = try changeMemberCount(of: change.details.id, by: change.users.count)
        let firstSeq = change.details.history == .all ? 1 : lastSeq + 1
        for user in change.users {
            try join(user, .member, in: change.details.id, seq: lastSeq, firstSeq: firstSeq, at: at, offset: offset)
        }
    }

    func apply(removed change: MembersChanged, offset: UInt64) throws {
        _ = try changeMemberCount(of: change.details.id, by: -change.users.count)
        for user in change.users {
            let left = try database.run(Self.deleteMember, [.id(change.details.id), .user(user)])
            let ended = try database.run(Self.endMembership, [.number(offset), .user(user), .id(change.details.id)])
            guard left == 1, ended == 1 else {
                throw StoreFailure(.contradiction, "a member removed who is none")
            }
        }
    }
    private static let deleteMember = "DELETE FROM member WHERE conversation = ? AND user = ?"
    private static let endMembership = """
        UPDATE membership SET until_offset = ? WHERE user = ? AND conversation = ? AND until_offset IS NULL
        """

    func apply(role: MemberRole, of user: UserID, in conversation: ConversationID, offset: UInt64) throws {
        let sql = "UPDATE member SET role = ?, role_offset = ? WHERE conversation = ? AND user = ?"
        let values: [Bound] = [.integer(role.number), .number(offset), .id(conversation), .user(user)]
        guard try database.run(sql, values) == 1 else {
            throw StoreFailure(.contradiction, "a role for somebody who is no member")
        }
    }

    func join(
        _ user: UserID, _ role: MemberRole, in conversation: ConversationID, seq: UInt64, firstSeq: UInt64,
        at: Timestamp, offset: UInt64
    ) throws {
        try database.run(
            Self.insertMember,
            [
                .id(conversation), .user(user), .integer(role.number), .number(offset), .time(at), .number(firstSeq),
                .number(seq),
            ])
        try database.run(Self.beginMembership, [.user(user), .id(conversation), .number(offset)])
    }
    private static let insertMember = """
        INSERT INTO member (conversation, user, role, role_offset, joined_at, joined_offset, first_seq,
            read_seq, received_seq)
        VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?6, ?7, ?7)
        """
    private static let beginMembership = "INSERT INTO membership (user, conversation, from_offset) VALUES (?, ?, ?)"

    private func changeMemberCount(of conversation: ConversationID, by change: Int) throws -> UInt64 {
        let sql = "UPDATE conversation SET member_count = member_count + ? WHERE id = ? RETURNING last_seq"
        guard let lastSeq = try database.first(sql, [.count(change), .id(conversation)], { $0.number(0) }) else {
            throw StoreFailure(.contradiction, "members of a conversation that does not exist")
        }
        return lastSeq
    }
}

extension MemberRole {
    var number: Int64 {
        switch self {
        case .member: 0
        case .admin: 1
        case .owner: 2
        }
    }
}

extension Columns {
    static let ofMember = "user, role, read_seq, received_seq, joined_at, first_seq, joined_offset, role_offset"

    func membership() throws -> Membership {
        let role: MemberRole =
            switch integer(1) {
            case 0: .member
            case 1: .admin
            case 2: .owner
            default: throw StoreFailure(.corrupt, "a role that is none")
            }
        let member = Member(
            user: try user(0), role: role, readSeq: number(2), receivedSeq: number(3), joinedAt: time(4))
        return Membership(member: member, firstSeq: number(5), joinedOffset: number(6), roleOffset: number(7))
    }
}
