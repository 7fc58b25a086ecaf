internal import Wire

extension BlockAdd {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let blocker = try turn.knownUser
        guard user != blocker else { throw Refusal.badRequest("user") }
        guard try turn.tenant.user(user) != nil else { throw Refusal.notFound }
        guard try !turn.tenant.isBlocked(user, by: blocker) else {
            return turn.unchanged(since: try turn.tenant.blockOffset(of: user, by: blocker))
        }
        return turn.stored(Happening(.blockAdded(by: blocker, user: user), to: .user(blocker)))
    }
}

extension BlockRemove {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let blocker = try turn.knownUser
        guard try turn.tenant.user(user) != nil else { throw Refusal.notFound }
        guard try turn.tenant.isBlocked(user, by: blocker) else {
            return turn.unchanged(since: try turn.tenant.blockOffset(of: user, by: blocker))
        }
        return turn.stored(Happening(.blockRemoved(by: blocker, user: user), to: .user(blocker)))
    }
}

extension BlockList {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        .users(try turn.tenant.blocked(by: try turn.knownUser).compactMap { try turn.tenant.user($0) })
    }
}

extension BlockReads {
    func isBlockedEitherWay(_ one: UserID, _ other: UserID) throws -> Bool {
        try isBlocked(one, by: other) || isBlocked(other, by: one)
    }

    /// The members who block the user or whom the user blocks, in ascending order.
    func blockedEitherWay(with user: UserID, in conversation: ConversationID) throws -> [UserID] {
        let blockers = try blockers(of: user, in: conversation)
        let blocked = try blocked(by: user, in: conversation)
        if blocked.isEmpty { return blockers }
        if blockers.isEmpty { return blocked }
        return Set(blockers).union(blocked).sorted()
    }
}

extension Turn {
    /// A direct conversation takes no message, typing or call while either of the two blocks the other.
    func refuseAcrossBlock(_ participant: Participant) throws {
        guard participant.details.kind == .direct else { return }
        guard try tenant.blockedEitherWay(with: participant.user, in: participant.details.id).isEmpty else {
            throw Refusal.blocked
        }
    }

    /// Nobody brings someone into a conversation across a block between the two of them.
    func refuseBlocked(_ user: UserID, naming others: [UserID]) throws {
        for other in others {
            guard try !tenant.isBlockedEitherWay(user, other) else { throw Refusal.blocked }
        }
    }
}
