internal import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// The longest text of a message that anybody is woken with, in code points.
    static let pushedCodePoints = 500

    /// The members that a message is to wake: they have subscriptions, have not muted the conversation, do not block the
    /// sender, have not read it, and are not the sender. One look-up on `push_subscription_of` a member.
    ///
    /// - Parameters:
    ///   - after: the last one of the former page.
    ///   - limit: how many people at most.
    /// - Returns: nobody where the message is not there, or is deleted; `next` is to go on after, nil at the end.
    public func pushAudience(
        of id: MessageID, after: UserID?, limit: Int
    ) throws -> (audience: PushAudience?, next: UserID?) {
        guard let stored = try message(id), !stored.message.isDeleted else { return (nil, nil) }
        let message = stored.message
        guard let conversation = try conversation(message.conversation)?.details else { return (nil, nil) }
        var found: [(user: UserID, readSeq: UInt64, subscriptions: [PushSubscription])] = []
        // No user id is empty: "" comes before all.
        let values: [Bound] = [
            .id(message.conversation), .text(after?.text ?? ""), .user(message.sender), .number(message.seq),
        ]
        try database.each(Self.awakened, values) { row in
            let user = try row.user(0)
            if found.last?.user != user {
                guard found.count <= limit else { return false }
                found.append((user, row.number(1), []))
            }
            let subscription = PushSubscription(
                endpoint: row.text(2), publicKey: row.blob(3), secret: row.blob(4))
            found[found.count - 1].subscriptions.append(subscription)
            return true
        }
        let recipients = try found.prefix(limit).map {
            PushAudience.Recipient(
                user: $0.user, unread: try unread(in: message.conversation, after: $0.readSeq, by: $0.user),
                subscriptions: $0.subscriptions)
        }
        // What is to disappear does not stay in a phone's list of notifications.
        let text = stored.expiresAt == nil ? String(message.text.unicodeScalars.prefix(Self.pushedCodePoints)) : ""
        let audience = PushAudience(
            conversation: message.conversation, seq: message.seq,
            sender: try user(message.sender)?.name ?? message.sender.text,
            title: conversation.kind == .group ? conversation.title : nil, text: text, at: message.at,
            recipients: recipients)
        return (audience, found.count > limit ? recipients.last?.user : nil)
    }
    private static let awakened = """
        SELECT m.user, m.read_seq, p.endpoint, p.public_key, p.secret FROM member m
        CROSS JOIN push_subscription p INDEXED BY push_subscription_of ON p.user = m.user
        WHERE m.conversation = ?1 AND m.user > ?2 AND m.user <> ?3 AND m.muted = 0 AND m.read_seq < ?4
        AND m.first_seq <= ?4
        AND NOT EXISTS (SELECT 1 FROM block WHERE blocker = m.user AND blocked = ?3 AND active = 1)
        ORDER BY m.user, p.turn
        """
}

extension SQLiteTransaction {
    func apply(_ subscription: PushSubscription, of user: UserID) throws {
        try database.run(
            Self.subscribe,
            [
                .text(subscription.endpoint), .user(user), .blob(subscription.publicKey), .blob(subscription.secret),
            ])
        try database.run(Self.dropOldest, [.user(user), .count(PushSubscription.countMax)])
    }
    private static let subscribe = """
        INSERT INTO push_subscription (endpoint, user, public_key, secret, turn)
        VALUES (?1, ?2, ?3, ?4, (SELECT COALESCE(MAX(turn), 0) + 1 FROM push_subscription WHERE user = ?2))
        ON CONFLICT (endpoint) DO UPDATE
        SET user = excluded.user, public_key = excluded.public_key, secret = excluded.secret, turn = excluded.turn
        """
    private static let dropOldest = """
        DELETE FROM push_subscription WHERE endpoint IN (
            SELECT endpoint FROM push_subscription WHERE user = ?1 ORDER BY turn DESC LIMIT -1 OFFSET ?2)
        """

    func apply(unsubscribed endpoint: String, by user: UserID) throws {
        let sql = "DELETE FROM push_subscription WHERE endpoint = ? AND user = ?"
        try database.run(sql, [.text(endpoint), .user(user)])
    }
}
