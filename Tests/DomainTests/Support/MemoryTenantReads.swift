import Domain
import Wire

extension MemoryTenant: MessageReads {
    func message(_ id: MessageID) -> StoredMessage? { messages[id] }

    func messages(
        in conversation: ConversationID, at position: MessageList.Position, from firstSeq: UInt64, limit: Int
    ) -> (messages: [Message], hasMore: Bool) {
        let readable = messages(in: conversation).filter { $0.seq >= firstSeq }
        switch position {
        case .newest: return (readable.suffix(limit), readable.count > limit)
        case .before(let seq):
            let earlier = readable.filter { $0.seq < seq }
            return (earlier.suffix(limit), earlier.count > limit)
        case .after(let seq):
            let later = readable.filter { $0.seq > seq }
            return (Array(later.prefix(limit)), later.count > limit)
        }
    }

    func lastMessage(in conversation: ConversationID, from firstSeq: UInt64) -> Message? {
        messages(in: conversation).last { $0.seq >= firstSeq }
    }

    func unread(in conversation: ConversationID, after seq: UInt64, by user: UserID) -> UInt64 {
        let unread = messages(in: conversation).filter { message in
            message.seq > seq && message.sender != user && !message.isDeleted
                && !isBlocked(message.sender, by: user)
        }
        return UInt64(unread.count)
    }

    func expired(at now: Timestamp, limit: Int) -> [StoredMessage] {
        let due = messages.values.filter { stored in
            !stored.message.isDeleted && stored.expiresAt.map { $0 <= now } ?? false
        }
        return Array(due.sorted { ($0.expiresAt ?? now, $0.offset) < ($1.expiresAt ?? now, $1.offset) }.prefix(limit))
    }

    func messages(in conversation: ConversationID) -> [Message] {
        rooms[conversation]?.messages.compactMap { messages[$0]?.message } ?? []
    }
}

extension MemoryTenant: ConversationReads {
    func conversation(_ id: ConversationID) -> StoredConversation? {
        rooms[id].map { room in
            StoredConversation(
                details: room.details, creator: room.creator, createdOffset: room.createdOffset,
                updatedOffset: room.updatedOffset)
        }
    }

    func directConversation(between one: UserID, and other: UserID) -> ConversationID? {
        rooms.values.first { $0.details.kind == .direct && Set($0.members.keys) == [one, other] }?.details.id
    }

    func conversations(
        of user: UserID, archived: Bool, activeBefore offset: UInt64?, limit: Int
    ) -> [(conversation: ConversationID, activity: UInt64)] {
        let all = rooms.values.compactMap { room -> (conversation: ConversationID, activity: UInt64)? in
            guard let membership = room.members[user], (room.preferences[user] ?? .usual).archived == archived else {
                return nil
            }
            let newest = room.messages.last.flatMap { messages[$0]?.offset } ?? 0
            return (room.details.id, max(newest, membership.joinedOffset))
        }
        let earlier = all.filter { conversation in offset.map { conversation.activity < $0 } ?? true }
        return Array(earlier.sorted { $0.activity > $1.activity }.prefix(limit))
    }

    func unreadTotal(of user: UserID) -> UInt64 {
        rooms.values.reduce(0) { total, room in
            guard let member = room.members[user]?.member else { return total }
            return total + unread(in: room.details.id, after: member.readSeq, by: user)
        }
    }
}

extension MemoryTenant: MemberReads {
    func membership(of user: UserID, in conversation: ConversationID) -> Membership? {
        rooms[conversation]?.members[user]
    }

    func leftOffset(of user: UserID, in conversation: ConversationID) -> UInt64? {
        rooms[conversation]?.leftOffsets[user]
    }

    func members(
        of conversation: ConversationID, after member: (joinedOffset: UInt64, user: UserID)?, limit: Int
    ) -> [Membership] {
        let all = rooms[conversation]?.members.values.sorted { $0.place < $1.place } ?? []
        return Array(all.filter { other in member.map { other.place > $0 } ?? true }.prefix(limit))
    }

    func preferences(of user: UserID, in conversation: ConversationID) -> ConversationPreferences {
        rooms[conversation]?.preferences[user] ?? .usual
    }

    func ownerCount(of conversation: ConversationID) -> UInt64 {
        UInt64(rooms[conversation]?.members.values.count { $0.member.role == .owner } ?? 0)
    }

    func other(than user: UserID, in conversation: ConversationID) -> UserID? {
        rooms[conversation]?.members.keys.first { $0 != user }
    }
}

extension Membership {
    fileprivate var place: (joinedOffset: UInt64, user: UserID) { (joinedOffset, member.user) }
}

extension MemoryTenant: BlockReads {
    func isBlocked(_ user: UserID, by blocker: UserID) -> Bool {
        blocks[Pair(user: user, blocker: blocker)]?.isActive ?? false
    }

    func blockOffset(of user: UserID, by blocker: UserID) -> UInt64 {
        blocks[Pair(user: user, blocker: blocker)]?.offset ?? 0
    }

    func blocked(by user: UserID) -> [UserID] {
        people.keys.filter { isBlocked($0, by: user) }.sorted()
    }

    func blockers(of user: UserID) -> [UserID] { people.keys.filter { isBlocked(user, by: $0) }.sorted() }

    func blockers(of user: UserID, in conversation: ConversationID) -> [UserID] {
        rooms[conversation]?.members.keys.filter { isBlocked(user, by: $0) }.sorted() ?? []
    }

    func blocked(by user: UserID, in conversation: ConversationID) -> [UserID] {
        rooms[conversation]?.members.keys.filter { isBlocked($0, by: user) }.sorted() ?? []
    }
}

extension MemoryTenant: FileReads {
    func upload(_ id: UploadID) -> StoredUpload? { uploads[id] }

    func storageUse() -> StorageUse {
        let reserved = uploads.values.map { upload -> UInt64 in
            if case .begun(let reserved) = upload.state { reserved } else { 0 }
        }
        return StorageUse(
            storedBytes: contents.values.reduce(0, +), reservedBytes: reserved.reduce(0, +))
    }

    func unsentUploads(of user: UserID) -> UInt64 {
        UInt64(uploads.values.filter { $0.uploader == user && $0.message == nil }.count)
    }

    func reservedBytes(of user: UserID) -> UInt64 {
        uploads.values.filter { $0.uploader == user && $0.message == nil }.reduce(0) { sum, upload in
            if case .begun(let reserved) = upload.state { sum + reserved } else { sum }
        }
    }

    func expiredUploads(at now: Timestamp, limit: Int) -> [UploadID] {
        let due = uploads.values.filter { $0.message == nil && $0.expiresAt <= now }
        let ordered = due.sorted { ($0.expiresAt.milliseconds, $0.id) < ($1.expiresAt.milliseconds, $1.id) }
        return Array(ordered.prefix(limit).map(\.id))
    }

    func isBeingRemoved(sha256: String) -> Bool { leaving.contains(sha256) }
}

extension MemoryTenant: UserReads {
    func user(_ id: UserID) -> User? { people[id]?.user }

    func lastSeen(of users: [UserID]) -> [UserID: Timestamp?] {
        people.filter { users.contains($0.key) }.mapValues(\.lastSeen)
    }

    func claimedProfile(of id: UserID) -> Profile? { people[id]?.claimed }

    func users(matching query: String, limit: Int) -> [User] {
        let start = query.lowercased()
        let found = people.values.map(\.user).filter { user in
            let words = user.name.lowercased().split(separator: " ").map(String.init)
            return (words + [user.name.lowercased(), user.id.text.lowercased()]).contains { $0.hasPrefix(start) }
        }
        return Array(found.sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }.prefix(limit))
    }
}
