internal import Wire

extension MessageSend {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let sender = try turn.participant(in: conversation)
        if let stored = try turn.tenant.message(id) { return try repeated(stored, by: sender) }
        try turn.refuseAcrossBlock(sender)
        let attached = try check(turn, by: sender.user)
        let message = Message(
            id: id, conversation: conversation, seq: sender.details.lastSeq + 1, sender: sender.user, at: turn.at,
            text: text, attachments: attached, replyTo: replyTo, thread: thread, isVoice: isVoice)
        let lifetime = Int64(sender.details.expiresAfterSeconds)
        let created = Event.messageCreated(
            message, expiresAt: lifetime == 0 ? nil : turn.at.advanced(bySeconds: lifetime))
        // Who blocks the sender of a direct conversation has been refused above.
        let hiddenFor =
            sender.details.kind == .group ? try turn.tenant.blockers(of: sender.user, in: conversation) : []
        return Decision(
            .sent(id: id, seq: message.seq, offset: turn.nextOffset, at: turn.at, isDuplicate: false),
            happenings: [Happening(created, to: .conversation(conversation), hiddenFor: hiddenFor)])
    }

    /// The same id is the same message, whatever its text; in another conversation or by another sender it is neither.
    private func repeated(_ stored: StoredMessage, by sender: Participant) throws(Refusal) -> Decision {
        let message = stored.message
        guard message.conversation == conversation, message.sender == sender.user else { throw .conflict }
        return Decision(
            .sent(id: id, seq: message.seq, offset: stored.offset, at: message.at, isDuplicate: true))
    }

    /// In the order of the fields in the contract's table.
    ///
    /// - Returns: what is attached.
    private func check(_ turn: Turn<some TenantReads>, by sender: UserID) throws -> [Attachment] {
        // A text has at least as many UTF-8 bytes as code points: short ones need no count.
        let isTooLong =
            text.utf8.count > turn.settings.textMax && text.unicodeScalars.count > turn.settings.textMax
        guard !isTooLong, !(text.isEmpty && attachments.isEmpty) else { throw Refusal.badRequest("text") }
        let attached = try attached(turn, by: sender)
        if let replyTo { _ = try target(replyTo, turn) }
        if let thread {
            guard try target(thread, turn).thread == nil else { throw Refusal.badRequest("thread") }
        }
        guard !isVoice || attached.count == 1 && attached[0].isSound else { throw Refusal.badRequest("voice") }
        return attached
    }

    private func target(_ id: MessageID, _ turn: Turn<some TenantReads>) throws -> Message {
        guard let target = try turn.tenant.message(id)?.message, target.conversation == conversation else {
            throw Refusal.notFound
        }
        return target
    }
}

extension MessageDelete {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        guard let stored = try turn.tenant.message(id) else { throw Refusal.notFound }
        let message = stored.message
        let deleter = try turn.participant(in: message.conversation)
        guard mayDelete(message, deleter) else { throw Refusal.forbidden }
        if message.isDeleted {
            let deletion = stored.deletion ?? StoredMessage.Deletion(offset: 0, at: message.at)
            return Decision(.changed(offset: deletion.offset, at: deletion.at))
        }
        return Decision(
            .changed(offset: turn.nextOffset, at: turn.at), happenings: [stored.deleted(by: deleter.user)])
    }

    /// Its sender may, and who looks after the conversation, but not what was said before they could read there.
    private func mayDelete(_ message: Message, _ deleter: Participant) -> Bool {
        message.sender == deleter.user
            || deleter.role != .member && message.seq >= deleter.membership.firstSeq
    }
}

extension StoredMessage {
    /// Blocks keep none of it away: whoever kept a text is to lose it.
    func deleted(by user: UserID) -> Happening {
        let deleted = MessageDeleted(
            conversation: message.conversation, seq: message.seq, id: message.id, by: user, empties: offset)
        return Happening(.messageDeleted(deleted), to: .conversation(message.conversation))
    }
}

extension MessageGet {
    /// A message in a conversation that the reader is in: what they may not read of it is its hidden stub, so that a
    /// quote can always be resolved.
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        guard let message = try turn.tenant.message(id)?.message else { throw Refusal.notFound }
        var viewer = MessageViewer(try turn.readable(message.conversation), in: turn.tenant)
        return .message(try viewer.view(message))
    }
}

extension MessageList {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        let readable = try turn.readable(conversation)
        let page = try turn.tenant.messages(
            in: conversation, at: position, from: readable.firstSeq, limit: limit)
        var viewer = MessageViewer(readable, in: turn.tenant)
        return .messages(try page.messages.map { try viewer.view($0) }, hasMore: page.hasMore)
    }
}
