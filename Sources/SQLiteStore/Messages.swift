public import Domain
internal import GRDB
public import Wire

extension SQLiteReads {
    /// One look-up on the unique index of ids.
    public func message(_ id: MessageID) throws -> StoredMessage? {
        try database.first(Self.messageByID, [.id(id)]) { try $0.storedMessage() }
    }
    private static let messageByID = "SELECT \(Columns.ofMessage) FROM message WHERE id = ?"

    public func messages(
        in conversation: ConversationID, at position: MessageList.Position, from firstSeq: UInt64, limit: Int
    ) throws -> (messages: [Message], hasMore: Bool) {
        let (sql, bound, isDescending): (String, UInt64, Bool) =
            switch position {
            case .newest: (Self.messagesBefore, .max, true)
            case .before(let seq): (Self.messagesBefore, seq, true)
            case .after(let seq): (Self.messagesAfter, seq, false)
            }
        let values: [Bound] = [.id(conversation), .number(firstSeq), .number(bound), .count(limit + 1)]
        var messages = try database.all(sql, values) { try $0.storedMessage().message }
        let hasMore = messages.count > limit
        if hasMore { messages.removeLast() }
        if isDescending { messages.reverse() }
        return (messages, hasMore)
    }
    private static let messagesBefore = """
        SELECT \(Columns.ofMessage) FROM message INDEXED BY message_by_seq
        WHERE conversation = ? AND seq >= ? AND seq < ?
        ORDER BY seq DESC LIMIT ?
        """
    private static let messagesAfter = """
        SELECT \(Columns.ofMessage) FROM message INDEXED BY message_by_seq
        WHERE conversation = ? AND seq >= ? AND seq > ?
        ORDER BY seq LIMIT ?
        """

    public func lastMessage(in conversation: ConversationID, from firstSeq: UInt64) throws -> Message? {
        try database.first(Self.newestMessage, [.id(conversation), .number(firstSeq)]) {
            try $0.storedMessage().message
        }
    }
    private static let newestMessage = """
        SELECT \(Columns.ofMessage) FROM message INDEXED BY message_by_seq
        WHERE conversation = ? AND seq >= ? ORDER BY seq DESC LIMIT 1
        """

    public func expired(at now: Timestamp, limit: Int) throws -> [StoredMessage] {
        try database.all(Self.expiredMessages, [.time(now), .count(limit)]) { try $0.storedMessage() }
    }
    private static let expiredMessages = """
        SELECT \(Columns.ofMessage) FROM message INDEXED BY message_expiring
        WHERE expires_at IS NOT NULL AND deleted = 0 AND expires_at <= ? ORDER BY expires_at, offset LIMIT ?
        """

    /// When the next message is due to disappear; nil where none is.
    func nextMessageExpiry() throws -> Timestamp? {
        try database.first(Self.nextMessage) { $0.time(0) }
    }
}

extension SQLiteReads {
    fileprivate static let nextMessage = """
        SELECT expires_at FROM message INDEXED BY message_expiring
        WHERE expires_at IS NOT NULL AND deleted = 0 ORDER BY expires_at LIMIT 1
        """

    /// When the next message is due to disappear or the next upload to be forgotten; nil where none is.
    public func nextExpiry() throws -> Timestamp? {
        [try nextMessageExpiry(), try nextUploadExpiry()].compactMap(\.self).min { $0.milliseconds < $1.milliseconds }
    }
}

extension SQLiteTransaction {
    /// Two statements. Every index costs a page of each commit for each conversation in it: there are as few as can be.
    func apply(created message: Message, expiresAt: Timestamp?, offset: UInt64) throws {
        try database.run(
            Self.insertMessage,
            [
                .number(offset), .id(message.id), .id(message.conversation), .number(message.seq),
                .user(message.sender), .time(message.at), .text(message.text), .id(message.replyTo),
                .id(message.thread), .time(expiresAt), .attachments(message.attachments), .flag(message.isVoice),
            ])
        let moved = try database.run(
            Self.moveLastMessage, [.number(message.seq), .number(offset), .id(message.conversation)])
        guard moved == 1 else { throw StoreFailure(.contradiction, "a seq that is not the next of its conversation") }
        try refer(message)
        if let root = message.thread { try database.run(Self.countInThread, [.id(root)]) }
        try tallyIfFull(upTo: message.seq, of: message.conversation)
    }
    private static let insertMessage = """
        INSERT INTO message (offset, id, conversation, seq, sender, at, text, reply_to, thread, expires_at,
            attachments, voice)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let moveLastMessage = """
        UPDATE conversation SET last_seq = ?1, last_offset = ?2 WHERE id = ?3 AND last_seq = ?1 - 1
        """
    private static let countInThread = "UPDATE message SET thread_count = thread_count + 1 WHERE id = ?"

    /// Empties the message and its entry in the log, which keeps its offset and loses what was said.
    func apply(_ deleted: MessageDeleted, at: Timestamp, offset: UInt64) throws {
        let emptied = try database.run(Self.emptyMessage, [.number(offset), .time(at), .id(deleted.id)])
        guard emptied == 1 else { throw StoreFailure(.contradiction, "a message deleted twice, or never sent") }
        try untally(deleted)
        try release(deleted.id)
        guard
            let createdAt = try database.first(
                "SELECT at FROM log WHERE offset = ?", [.number(deleted.empties)], { $0.time(0) })
        else { return }
        let stub = Event.emptied(
            offset: deleted.empties, at: createdAt, conversation: deleted.conversation, id: deleted.id,
            seq: deleted.seq)
        try database.run("UPDATE log SET json = ? WHERE offset = ?", [.blob(stub), .number(deleted.empties)])
    }
    private static let emptyMessage = """
        UPDATE message SET text = '', attachments = NULL, deleted = 1, deleted_offset = ?, deleted_at = ?
        WHERE id = ? AND deleted = 0
        """
}

extension Columns {
    static let ofMessage =
        "id, conversation, seq, sender, at, text, reply_to, thread, thread_count, deleted, offset, expires_at, "
        + "attachments, voice, deleted_offset, deleted_at"

    func storedMessage() throws -> StoredMessage {
        let message = Message(
            id: try id(0), conversation: try id(1), seq: number(2), sender: try user(3), at: time(4), text: text(5),
            attachments: try attachments(12), replyTo: try optionalID(6), thread: try optionalID(7),
            threadCount: number(8), isVoice: flag(13), isDeleted: flag(9))
        let deletion = optionalTime(15).map { StoredMessage.Deletion(offset: number(14), at: $0) }
        return StoredMessage(
            message: message, offset: number(10), expiresAt: optionalTime(11), deletion: deletion)
    }
}
