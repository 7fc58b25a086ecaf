internal import Wire

extension ConversationCreate {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let creator = try turn.knownUser
        let others = members.filter { $0 != creator }
        switch kind {
        case .direct:
            guard others.count == 1, let other = others.first else { throw Refusal.badRequest("members") }
            return try direct(with: other, by: creator, turn)
        case .group:
            guard others.count < Limits.groupMembers else { throw Refusal.badRequest("members") }
            guard let id else { throw Refusal.badRequest("id") }
            return try group(id, of: others, by: creator, turn)
        }
    }

    /// There is at most one between two people: whoever asks for it gets it, by whatever id.
    private func direct(with other: UserID, by creator: UserID, _ turn: Turn<some TenantReads>) throws -> Decision {
        guard let user = try turn.tenant.user(other) else { throw Refusal.notFound }
        if let existing = try turn.tenant.directConversation(between: creator, and: other) {
            return Decision(.conversation(try turn.view(of: try turn.readable(existing))))
        }
        try turn.refuseBlocked(creator, naming: [other])
        let id = id ?? turn.directConversationID(between: creator, and: other)
        guard try turn.tenant.conversation(id) == nil else { throw Refusal.conflict }
        return created(id, as: [creator: .member, other: .member], by: creator, other: user, turn)
    }

    private func group(
        _ id: ConversationID, of others: [UserID], by creator: UserID, _ turn: Turn<some TenantReads>
    ) throws -> Decision {
        if let existing = try turn.tenant.conversation(id) {
            guard existing.creator == creator, existing.details.kind == .group,
                let membership = try turn.tenant.membership(of: creator, in: id)
            else { throw Refusal.conflict }
            return Decision(
                .conversation(try turn.view(of: Readable(conversation: existing, membership: membership))))
        }
        for other in others {
            guard try turn.tenant.user(other) != nil else { throw Refusal.notFound }
        }
        try turn.refuseBlocked(creator, naming: others)
        var roles = [creator: MemberRole.owner]
        for other in others { roles[other] = .member }
        return created(id, as: roles, by: creator, other: nil, turn)
    }

    private func created(
        _ id: ConversationID, as roles: [UserID: MemberRole], by creator: UserID, other: User?,
        _ turn: Turn<some TenantReads>
    ) -> Decision {
        let details = ConversationDetails(
            id: id, kind: kind, title: title.flatMap { $0.isEmpty ? nil : $0 }, createdAt: turn.at,
            memberCount: UInt64(roles.count), history: history)
        let event = Event.conversationCreated(ConversationCreated(details: details, by: creator, members: roles))
        return Decision(
            .conversation(ConversationView(details: details, role: roles[creator] ?? .member, other: other)),
            happenings: [Happening(event, to: .conversation(id), effect: .joins(roles.keys.sorted()))])
    }
}

extension ConversationUpdate {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let participant = try turn.participant(in: conversation)
        try participant.requireGroup()
        var details = participant.details
        if let title { details.title = title.isEmpty ? nil : title }
        if let picture { details.picture = picture.isEmpty ? nil : picture }
        if let expiresAfterSeconds { details.expiresAfterSeconds = expiresAfterSeconds }
        guard details != participant.details else {
            return turn.unchanged(since: participant.conversation.updatedOffset)
        }
        guard participant.role != .member else { throw Refusal.forbidden }
        return turn.stored(
            Happening(.conversationUpdated(details, by: participant.user), to: .conversation(conversation)))
    }
}

extension ConversationGet {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        let readable = try turn.readable(conversation)
        let members = try turn.members(of: readable, after: nil, limit: Limits.membersPerPage)
        return .conversationInFull(try turn.view(of: readable), members: members.map(\.member))
    }
}

extension ConversationList {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        let user = try turn.knownUser
        let unreadTotal = try turn.tenant.unreadTotal(of: user)
        let page = try turn.tenant.conversations(
            of: user, archived: archived, activeBefore: try activeBefore, limit: limit + 1)
        let views = try page.prefix(limit).map { try turn.view(of: try turn.readable($0.conversation)) }
        let cursor = page.count > limit ? page.prefix(limit).last.map { String($0.activity) } : nil
        return .conversations(views, unreadTotal: unreadTotal, cursor: cursor)
    }

    /// The cursor is the activity's offset of the last conversation on the page before.
    private var activeBefore: UInt64? {
        get throws(Refusal) {
            guard let cursor else { return nil }
            guard let offset = storableOffset(cursor) else { throw .badRequest("cursor") }
            return offset
        }
    }
}

/// An offset in a cursor that a client sent back, at most what a signed 64-bit column holds.
func storableOffset(_ text: some StringProtocol) -> UInt64? {
    Int64(text).flatMap { UInt64(exactly: $0) }
}

extension Turn {
    /// A conversation as its reader sees it; a service sees it as a member who has read nothing.
    func view(of readable: Readable) throws -> ConversationView {
        let id = readable.details.id
        var viewer = MessageViewer(readable, in: tenant)
        let lastMessage = try tenant.lastMessage(in: id, from: readable.firstSeq).map { try viewer.view($0) }
        guard let member = readable.membership?.member else {
            return ConversationView(details: readable.details, lastMessage: lastMessage, role: .member)
        }
        var other: User?
        if readable.details.kind == .direct, let id = try tenant.other(than: member.user, in: id) {
            other = try tenant.user(id)
        }
        return ConversationView(
            details: readable.details, lastMessage: lastMessage, role: member.role, readSeq: member.readSeq,
            receivedSeq: member.receivedSeq,
            unread: try tenant.unread(in: id, after: member.readSeq, by: member.user),
            preferences: try tenant.preferences(of: member.user, in: id), other: other)
    }
}
