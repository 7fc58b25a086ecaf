internal import Wire

extension MemberAdd {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let participant = try turn.participant(in: conversation)
        try participant.requireGroup()
        var added: [UserID] = []
        var joinedOffset: UInt64 = 0
        for user in users {
            guard try turn.tenant.user(user) != nil else { throw Refusal.notFound }
            if let membership = try turn.tenant.membership(of: user, in: conversation) {
                joinedOffset = max(joinedOffset, membership.joinedOffset)
            } else {
                added.append(user)
            }
        }
        guard !added.isEmpty else { return turn.unchanged(since: joinedOffset) }
        guard participant.role != .member else { throw Refusal.forbidden }
        try turn.refuseBlocked(participant.user, naming: users)
        var details = participant.details
        details.memberCount += UInt64(added.count)
        guard details.memberCount <= Limits.groupMembers else { throw Refusal.badRequest("users") }
        added.sort()
        let event = Event.memberAdded(MembersChanged(details: details, by: participant.user, users: added))
        return turn.stored(Happening(event, to: .conversation(conversation), effect: .joins(added)))
    }
}

extension MemberRemove {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        guard let participant = try turn.participantIfMember(of: conversation) else {
            guard users == [try turn.user] else { throw Refusal.notFound }
            return try turn.leftAlready(conversation)
        }
        try participant.requireGroup()
        var removed: [UserID] = []
        var leftOffset: UInt64 = 0
        var touchesOthers = false
        var touchesLeaders = false
        for user in users {
            guard try turn.tenant.user(user) != nil else { throw Refusal.notFound }
            guard let member = try turn.tenant.membership(of: user, in: conversation)?.member else {
                leftOffset = max(leftOffset, try turn.tenant.leftOffset(of: user, in: conversation) ?? 0)
                continue
            }
            removed.append(user)
            guard user != participant.user else { continue }
            touchesOthers = true
            if member.role != .member { touchesLeaders = true }
        }
        guard !removed.isEmpty else { return turn.unchanged(since: leftOffset) }
        switch participant.role {
        case .owner: break
        case .admin: guard !touchesLeaders else { throw Refusal.forbidden }
        case .member: guard !touchesOthers else { throw Refusal.forbidden }
        }
        return try turn.removal(of: removed, by: participant)
    }
}

extension ConversationLeave {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        guard let participant = try turn.participantIfMember(of: conversation) else {
            return try turn.leftAlready(conversation)
        }
        try participant.requireGroup()
        return try turn.removal(of: [participant.user], by: participant)
    }
}

extension Turn {
    /// A repeat by someone who is out already, which tells them nothing new; to a stranger there is no conversation.
    fileprivate func leftAlready(_ conversation: ConversationID) throws -> Decision {
        guard let offset = try tenant.leftOffset(of: try user, in: conversation) else { throw Refusal.notFound }
        return unchanged(since: offset)
    }

    /// `member.removed`, and where the last owner leaves, `member.role` for who follows.
    fileprivate func removal(of users: [UserID], by participant: Participant) throws -> Decision {
        let id = participant.details.id
        var details = participant.details
        details.memberCount -= UInt64(users.count)
        let removed = Happening(
            .memberRemoved(MembersChanged(details: details, by: participant.user, users: users.sorted())),
            to: .conversation(id), effect: .leaves(users.sorted()))
        // Only owners remove owners, so the last one goes only by leaving.
        guard participant.role == .owner, users.contains(participant.user) else { return stored(removed) }
        guard let successor = try successor(in: id, without: users) else { return stored(removed) }
        let role = Event.memberRole(conversation: id, by: participant.user, user: successor, role: .owner)
        return stored(removed, Happening(role, to: .conversation(id)))
    }

    /// The longest-standing admin, else member, of those who stay; nil where an owner or nobody does.
    private func successor(in conversation: ConversationID, without users: [UserID]) throws -> UserID? {
        let leaving = Set(users)
        var longestStanding: (admin: UserID?, member: UserID?)
        var last: (joinedOffset: UInt64, user: UserID)?
        while true {
            let page = try tenant.members(of: conversation, after: last, limit: Limits.membersPerPage)
            for membership in page where !leaving.contains(membership.member.user) {
                let user = membership.member.user
                switch membership.member.role {
                case .owner: return nil
                case .admin: longestStanding.admin = longestStanding.admin ?? user
                case .member: longestStanding.member = longestStanding.member ?? user
                }
            }
            guard let end = page.last else { return longestStanding.admin ?? longestStanding.member }
            last = (end.joinedOffset, end.member.user)
        }
    }
}

extension MemberRoleSet {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let participant = try turn.participant(in: conversation)
        try participant.requireGroup()
        guard let target = try turn.tenant.membership(of: user, in: conversation) else { throw Refusal.notFound }
        guard target.member.role != role else { return turn.unchanged(since: target.roleOffset) }
        switch participant.role {
        case .owner: break
        case .admin: guard adminMay(change: target.member, as: participant.user) else { throw Refusal.forbidden }
        case .member: throw Refusal.forbidden
        }
        if target.member.role == .owner, try turn.tenant.ownerCount(of: conversation) == 1 { throw Refusal.conflict }
        let event = Event.memberRole(conversation: conversation, by: participant.user, user: user, role: role)
        return turn.stored(Happening(event, to: .conversation(conversation)))
    }

    /// Admins promote members to admin, leave owners and other admins alone, and may step down themselves.
    private func adminMay(change member: Member, as admin: UserID) -> Bool {
        switch (member.role, role) {
        case (.member, .admin): true
        case (.admin, .member): member.user == admin
        default: false
        }
    }
}

extension ConversationMembers {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        let readable = try turn.readable(conversation)
        let page = try turn.members(of: readable, after: try after, limit: limit + 1)
        let cursor = page.count > limit ? page.prefix(limit).last.map(Self.cursor) : nil
        return .members(page.prefix(limit).map(\.member), cursor: cursor)
    }

    /// `<offset of joining>:<user>` of the last member on the page before.
    private var after: (joinedOffset: UInt64, user: UserID)? {
        get throws(Refusal) {
            guard let cursor else { return nil }
            let parts = cursor.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let offset = storableOffset(parts[0]), let user = UserID(String(parts[1])) else {
                throw .badRequest("cursor")
            }
            return (offset, user)
        }
    }

    private static func cursor(of last: Membership) -> String {
        "\(last.joinedOffset):\(last.member.user.text)"
    }
}

extension Turn {
    /// A page of members as the reader may see them: of people across a block, in either direction, no read marks.
    func members(
        of readable: Readable, after last: (joinedOffset: UInt64, user: UserID)?, limit: Int
    ) throws -> [Membership] {
        let page = try tenant.members(of: readable.details.id, after: last, limit: limit)
        guard let reader = readable.membership?.member.user else { return page }
        let blocked = Set(try tenant.blockedEitherWay(with: reader, in: readable.details.id))
        return page.map { membership in
            switch Visibility.ofReceipt(isBlockedEitherWay: blocked.contains(membership.member.user)) {
            case .shown: membership
            case .hidden, .withheld: membership.withoutReadMarks
            }
        }
    }
}

extension Membership {
    fileprivate var withoutReadMarks: Membership {
        Membership(
            member: Member(user: member.user, role: member.role, joinedAt: member.joinedAt), firstSeq: firstSeq,
            joinedOffset: joinedOffset, roleOffset: roleOffset)
    }
}
