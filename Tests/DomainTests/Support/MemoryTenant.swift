import Domain
import Wire

/// A tenant in memory: its tables as a fold of what happened, in the plainest way there is. What a store does with
/// indexes and SQL has to come to the same.
struct MemoryTenant {
    struct Person: Equatable {
        var user: User
        var claimed: Profile
        var lastSeen: Timestamp?
    }

    struct Room: Equatable {
        var details: ConversationDetails
        let creator: UserID
        let createdOffset: UInt64
        var updatedOffset: UInt64
        var members: [UserID: Membership] = [:]
        var leftOffsets: [UserID: UInt64] = [:]
        var preferences: [UserID: ConversationPreferences] = [:]
        /// By seq, from 1.
        var messages: [MessageID] = []
    }

    struct Pair: Hashable {
        let user: UserID
        let blocker: UserID
    }

    struct Block: Equatable {
        let isActive: Bool
        let offset: UInt64
    }

    private(set) var people: [UserID: Person] = [:]
    private(set) var rooms: [ConversationID: Room] = [:]
    private(set) var messages: [MessageID: StoredMessage] = [:]
    private(set) var blocks: [Pair: Block] = [:]
    private(set) var subscriptions: [String: (user: UserID, subscription: PushSubscription)] = [:]
    private(set) var uploads: [UploadID: StoredUpload] = [:]
    private(set) var contents: [String: UInt64] = [:]
    private(set) var refusedUploads: [RefusedUpload] = []
    /// Contents that are being removed.
    var leaving: Set<String> = []
    private(set) var newestOffset: UInt64 = 0

    mutating func apply(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .user(let user, let claimed):
                people[user.id] = Person(user: user, claimed: claimed, lastSeen: people[user.id]?.lastSeen)
            case .seen(let user, let at): people[user]?.lastSeen = at
            case .subscribed(let user, let subscription): subscriptions[subscription.endpoint] = (user, subscription)
            case .unsubscribed(let user, let endpoint):
                if subscriptions[endpoint]?.user == user { subscriptions[endpoint] = nil }
            case .file(let change): apply(change)
            }
        }
    }

    private mutating func apply(_ change: FileChange) {
        switch change {
        case .upload(let upload):
            uploads[upload.id] = upload
            if case .sealed(let file) = upload.state { contents[file.sha256] = file.size + file.thumbnailSize }
        case .forgotten(let id): forget { $0.id == id }
        case .refused(let refused, _, _, _): refusedUploads.append(refused)
        }
    }

    /// Nobody removes contents here: they are gone as soon as nobody refers to them.
    private mutating func forget(_ matches: (StoredUpload) -> Bool) {
        uploads = uploads.filter { !matches($0.value) }
        let kept = Set(uploads.values.compactMap(\.content))
        contents = contents.filter { kept.contains($0.key) }
    }

    mutating func append(_ happenings: [Happening], at: Timestamp) {
        for happening in happenings {
            if happening.event.durability == .durable { newestOffset += 1 }
            apply(happening.event, offset: newestOffset, at: at)
        }
    }

    private mutating func apply(_ event: Event, offset: UInt64, at: Timestamp) {
        switch event {
        case .messageCreated(let message, let expiresAt): create(message, offset: offset, expiresAt: expiresAt)
        case .messageDeleted(let deleted): delete(deleted.id, offset: offset, at: at)
        case .conversationCreated(let created):
            var room = Room(
                details: created.details, creator: created.by, createdOffset: offset, updatedOffset: offset)
            for (user, role) in created.members { room.join(user, as: role, offset: offset, at: at) }
            rooms[created.details.id] = room
        case .conversationUpdated(let details, _):
            rooms[details.id]?.details = details
            rooms[details.id]?.updatedOffset = offset
        case .memberAdded(let changed):
            rooms[changed.details.id]?.details = changed.details
            for user in changed.users { rooms[changed.details.id]?.join(user, as: .member, offset: offset, at: at) }
        case .memberRemoved(let changed):
            rooms[changed.details.id]?.details = changed.details
            for user in changed.users {
                rooms[changed.details.id]?.members[user] = nil
                rooms[changed.details.id]?.preferences[user] = nil
                rooms[changed.details.id]?.leftOffsets[user] = offset
            }
        case .memberRole(let conversation, _, let user, let role):
            rooms[conversation]?.change(user) { $0.with(role: role, since: offset) }
        case .blockAdded(let blocker, let user):
            blocks[Pair(user: user, blocker: blocker)] = Block(isActive: true, offset: offset)
        case .blockRemoved(let blocker, let user):
            blocks[Pair(user: user, blocker: blocker)] = Block(isActive: false, offset: offset)
        case .cursor(let moved): rooms[moved.conversation]?.change(moved.user) { $0.with(moved) }
        case .preferences(let changed): rooms[changed.conversation]?.preferences[changed.user] = changed.preferences
        case .tenantUpdated, .typing, .presence: break
        }
    }

    private mutating func create(_ message: Message, offset: UInt64, expiresAt: Timestamp?) {
        messages[message.id] = StoredMessage(message: message, offset: offset, expiresAt: expiresAt)
        for attachment in message.attachments {
            uploads[attachment.id] = uploads[attachment.id]?.sent(in: message.id)
        }
        rooms[message.conversation]?.details.lastSeq = message.seq
        rooms[message.conversation]?.messages.append(message.id)
        guard let root = message.thread, let old = messages[root] else { return }
        messages[root] = old.with(old.message.with(threadCount: old.message.threadCount + 1))
    }

    private mutating func delete(_ id: MessageID, offset: UInt64, at: Timestamp) {
        guard let old = messages[id] else { return }
        messages[id] = StoredMessage(
            message: old.message.deleted, offset: old.offset, expiresAt: old.expiresAt,
            deletion: StoredMessage.Deletion(offset: offset, at: at))
        forget { $0.message == id }
    }
}

extension MemoryTenant.Room {
    mutating func join(_ user: UserID, as role: MemberRole, offset: UInt64, at: Timestamp) {
        let member = Member(
            user: user, role: role, readSeq: details.lastSeq, receivedSeq: details.lastSeq, joinedAt: at)
        members[user] = Membership(
            member: member, firstSeq: details.history == .all ? 1 : details.lastSeq + 1, joinedOffset: offset,
            roleOffset: offset)
    }

    mutating func change(_ user: UserID, _ body: (Membership) -> Membership) {
        members[user] = members[user].map(body)
    }
}

extension Membership {
    fileprivate func with(role: MemberRole, since offset: UInt64) -> Membership {
        let member = Member(
            user: member.user, role: role, readSeq: member.readSeq, receivedSeq: member.receivedSeq,
            joinedAt: member.joinedAt)
        return Membership(member: member, firstSeq: firstSeq, joinedOffset: joinedOffset, roleOffset: offset)
    }

    fileprivate func with(_ moved: CursorMoved) -> Membership {
        let member = Member(
            user: member.user, role: member.role, readSeq: moved.kind == .read ? moved.seq : member.readSeq,
            receivedSeq: moved.kind == .received ? moved.seq : member.receivedSeq, joinedAt: member.joinedAt)
        return Membership(member: member, firstSeq: firstSeq, joinedOffset: joinedOffset, roleOffset: roleOffset)
    }
}

extension StoredMessage {
    fileprivate func with(_ message: Message) -> StoredMessage {
        StoredMessage(message: message, offset: offset, expiresAt: expiresAt, deletion: deletion)
    }
}

extension Message {
    fileprivate func with(threadCount: UInt64) -> Message {
        Message(
            id: id, conversation: conversation, seq: seq, sender: sender, at: at, text: text, attachments: attachments,
            replyTo: replyTo, thread: thread, threadCount: threadCount, isVoice: isVoice, isDeleted: isDeleted)
    }

    fileprivate var deleted: Message {
        Message(
            id: id, conversation: conversation, seq: seq, sender: sender, at: at, text: "", replyTo: replyTo,
            thread: thread, threadCount: threadCount, isVoice: isVoice, isDeleted: true)
    }
}

extension StoredUpload {
    fileprivate var content: String? {
        switch state {
        case .begun: nil
        case .sealed(let file), .finished(let file): file.sha256
        }
    }

    fileprivate func sent(in message: MessageID) -> StoredUpload {
        StoredUpload(
            id: id, uploader: uploader, conversation: conversation, state: state, expiresAt: expiresAt, message: message
        )
    }
}
