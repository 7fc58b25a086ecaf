internal import Wire

/// A member in a conversation, about to do something in it.
struct Participant {
    let conversation: StoredConversation
    let membership: Membership

    var user: UserID { membership.member.user }
    var role: MemberRole { membership.member.role }
    var details: ConversationDetails { conversation.details }

    /// `conversation.leave`, `member.*` and `conversation.update` exist in groups only.
    func requireGroup() throws(Refusal) {
        guard details.kind == .group else { throw .forbidden }
    }
}

/// A conversation that somebody may read.
struct Readable {
    let conversation: StoredConversation
    /// Nil for a service, which reads without being a member.
    let membership: Membership?

    var details: ConversationDetails { conversation.details }
    var firstSeq: UInt64 { membership?.firstSeq ?? 1 }
}

extension Turn {
    /// The person behind the command. A service has to say whom it acts for.
    var user: UserID {
        get throws(Refusal) {
            switch reader {
            case .user(let user): user
            case .service: throw .badRequest("as")
            }
        }
    }

    /// The person behind the command, where no membership proves that they exist: tokens register who they name, but
    /// `as` can name anybody.
    var knownUser: UserID {
        get throws {
            let user = try user
            guard try tenant.user(user) != nil else { throw Refusal.notFound }
            return user
        }
    }

    /// To all but members a conversation does not exist.
    func participant(in id: ConversationID) throws -> Participant {
        guard let participant = try participantIfMember(of: id) else { throw Refusal.notFound }
        return participant
    }

    func participantIfMember(of id: ConversationID) throws -> Participant? {
        guard let membership = try tenant.membership(of: try user, in: id),
            let conversation = try tenant.conversation(id)
        else { return nil }
        return Participant(conversation: conversation, membership: membership)
    }

    func readable(_ id: ConversationID) throws -> Readable {
        switch reader {
        case .user:
            let participant = try participant(in: id)
            return Readable(conversation: participant.conversation, membership: participant.membership)
        case .service:
            guard let conversation = try tenant.conversation(id) else { throw Refusal.notFound }
            return Readable(conversation: conversation, membership: nil)
        }
    }

    /// Answers with the offset of the last of these events, all of them durable.
    func stored(_ happenings: Happening...) -> Decision {
        Decision(.stored(offset: nextOffset + UInt64(happenings.count) - 1), happenings: happenings)
    }

    /// Nothing changes: answers with the offset that made the state, 0 where there is none.
    func unchanged(since offset: UInt64?) -> Decision { Decision(.stored(offset: offset ?? 0)) }
}
