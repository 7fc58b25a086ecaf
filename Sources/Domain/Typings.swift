public import Wire

extension Typing {
    func relay(_ turn: Turn<some TenantReads>) throws -> [Happening] {
        let participant = try turn.participant(in: conversation)
        try turn.refuseAcrossBlock(participant)
        let typist = Typist(conversation: conversation, user: participant.user)
        return try typist.typing(isActive, in: participant.details, turn.tenant).map { [$0] } ?? []
    }
}

/// Somebody typing somewhere.
public struct Typist: Hashable, Sendable {
    public let conversation: ConversationID
    public let user: UserID

    public init(conversation: ConversationID, user: UserID) {
        self.conversation = conversation
        self.user = user
    }

    /// Tells the others that the typing has ended, though nobody said so; see `Typists`. Nil where nobody is to hear
    /// of it, for instance of a typing across a block that came meanwhile.
    public func ended(in tenant: some TenantReads) throws -> Happening? {
        guard let details = try tenant.conversation(conversation)?.details else { return nil }
        return try typing(false, in: details, tenant)
    }

    /// Neither the typist nor anyone across a block gets it.
    fileprivate func typing(
        _ isActive: Bool, in details: ConversationDetails, _ tenant: some BlockReads
    ) throws -> Happening? {
        guard details.memberCount <= Limits.typingMembers else { return nil }
        let blocked = try tenant.blockedEitherWay(with: user, in: conversation)
        if details.kind == .direct, !blocked.isEmpty { return nil }
        return Happening(
            .typing(conversation: conversation, user: user, active: isActive), to: .conversation(conversation),
            except: (blocked + [user]).sorted())
    }
}
