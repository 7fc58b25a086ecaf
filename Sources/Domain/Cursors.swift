internal import Wire

extension CursorMove {
    /// A cursor moves whatever a block says; its receipt goes to nobody on the other side of one.
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let participant = try turn.participant(in: conversation)
        let member = participant.membership.member
        let old =
            switch kind {
            case .read: member.readSeq
            case .received: member.receivedSeq
            }
        let new = max(old, min(seq, participant.details.lastSeq))
        let unread = try turn.tenant.unread(
            in: conversation, after: kind == .read ? new : member.readSeq, by: member.user)
        var decision = Decision(.cursor(seq: new, unread: unread))
        if new > old {
            let moved = CursorMoved(kind: kind, conversation: conversation, user: member.user, seq: new)
            decision.happenings = [try receipt(of: moved, by: participant, in: turn.tenant)]
        }
        return decision
    }

    private func receipt(
        of moved: CursorMoved, by participant: Participant, in tenant: some BlockReads
    ) throws -> Happening {
        let ownDevices = Happening(.cursor(moved), to: .user(moved.user))
        guard participant.details.memberCount <= Limits.receiptsMembers else { return ownDevices }
        let except = try tenant.blockedEitherWay(with: moved.user, in: conversation)
        if participant.details.kind == .direct, !except.isEmpty { return ownDevices }
        return Happening(.cursor(moved), to: .conversation(conversation), except: except)
    }
}
