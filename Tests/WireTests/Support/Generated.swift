import Seeded
import Wire

/// Frames of any form that is legal.
extension SeededGenerator {
    mutating func frame() -> Frame {
        let command = command(of: Op.allCases.randomElement(using: &self) ?? .ping)
        let isSession = command.op.route == .session
        return Frame(
            ref: maybe { $0.text(count: 0...64) }, actingAs: isSession ? nil : maybe { $0.user() }, command: command)
    }

    mutating func command(of op: Op) -> Command {
        switch op {
        case .hello:
            .session(
                .hello(
                    Hello(
                        protocolVersion: line(1...16), token: maybe { $0.line(0...300) }, since: maybe { $0.next() },
                        epoch: maybe { $0.line(0...64) })))
        case .ping: .session(.ping(Ping()))
        case .tokenRefresh: .session(.tokenRefresh(TokenRefresh(token: line(1...300))))
        case .messageSend: .write(.messageSend(messageSend()))
        case .messageDelete: .write(.messageDelete(MessageDelete(id: identifier())))
        case .messageGet: .query(.messageGet(MessageGet(id: identifier())))
        case .messageList: .query(.messageList(messageList()))
        case .read: .write(.cursorMove(CursorMove(kind: .read, conversation: identifier(), seq: next())))
        case .received: .write(.cursorMove(CursorMove(kind: .received, conversation: identifier(), seq: next())))
        case .typing: .signal(.typing(Typing(conversation: identifier(), isActive: Bool.random(using: &self))))
        case .conversationCreate: .write(.conversationCreate(conversationCreate()))
        case .conversationList:
            .query(
                .conversationList(
                    ConversationList(
                        limit: Int.random(in: 1...100, using: &self), cursor: maybe { $0.line(1...256) },
                        archived: Bool.random(using: &self))))
        case .conversationGet: .query(.conversationGet(ConversationGet(conversation: identifier())))
        case .conversationMembers:
            .query(
                .conversationMembers(
                    ConversationMembers(
                        conversation: identifier(), cursor: maybe { $0.line(1...256) },
                        limit: Int.random(in: 1...100, using: &self))))
        case .conversationUpdate:
            .write(
                .conversationUpdate(
                    ConversationUpdate(
                        conversation: identifier(), title: maybe { $0.line(0...200) },
                        picture: maybe { $0.line(0...2_048) },
                        expiresAfterSeconds: maybe { .random(in: 5...31_536_000, using: &$0) })))
        case .conversationLeave: .write(.conversationLeave(ConversationLeave(conversation: identifier())))
        case .memberAdd: .write(.memberAdd(MemberAdd(conversation: identifier(), users: users(1...100))))
        case .memberRemove: .write(.memberRemove(MemberRemove(conversation: identifier(), users: users(1...100))))
        case .memberRole:
            .write(
                .memberRole(
                    MemberRoleSet(
                        conversation: identifier(), user: user(),
                        role: MemberRole.allCases.randomElement(using: &self) ?? .member)))
        case .blockAdd: .write(.blockAdd(BlockAdd(user: user())))
        case .blockRemove: .write(.blockRemove(BlockRemove(user: user())))
        case .blockList: .query(.blockList(BlockList()))
        case .presenceSet:
            .presence(
                .set(
                    PresenceSet(
                        status: PresenceSet.Status.allCases.randomElement(using: &self) ?? .online,
                        text: maybe { $0.line(1...100) })))
        case .presenceWatch: .presence(.watch(PresenceWatch(users: users(0...200))))
        case .conversationMute: .write(.preferenceSet(preference(.mute)))
        case .conversationArchive: .write(.preferenceSet(preference(.archive)))
        case .conversationPin: .write(.preferenceSet(preference(.pin)))
        case .pushSubscribe: .write(.pushSubscribe(PushSubscribe(subscription())))
        case .pushUnsubscribe: .write(.pushUnsubscribe(PushUnsubscribe(endpoint: endpoint())))
        case .userGet: .query(.userGet(UserGet(user: user())))
        case .userSearch:
            .query(.userSearch(UserSearch(query: line(1...100), limit: Int.random(in: 1...50, using: &self))))
        case .fileLinks: .query(.fileLinks(FileLinks(ids: list(1...50) { $0.line(1...64) })))
        case .userUpdate:
            .write(.userUpdate(UserUpdate(name: maybe { $0.line(0...100) }, picture: maybe { $0.line(0...2_048) })))
        }
    }

    /// Text that trimming leaves as it is.
    private mutating func line(_ count: ClosedRange<Int>) -> String {
        let text = text(count: count)
        guard !text.isEmpty else { return text }
        return "<" + String(text.unicodeScalars.dropFirst().dropLast()) + (text.unicodeScalars.count > 1 ? ">" : "")
    }

    private mutating func users(_ count: ClosedRange<Int>) -> [UserID] {
        Array(Set(list(count) { $0.user() })).sorted()
    }

    private mutating func messageSend() -> MessageSend {
        let attachments = list(0...10) { $0.line(1...64) }
        return MessageSend(
            conversation: identifier(), id: identifier(), text: line(attachments.isEmpty ? 1...500 : 0...500),
            attachments: attachments, replyTo: maybe { $0.identifier() }, thread: maybe { $0.identifier() },
            isVoice: Bool.random(using: &self))
    }

    private mutating func messageList() -> MessageList {
        let positions: [MessageList.Position] = [.newest, .before(next()), .after(next())]
        return MessageList(
            conversation: identifier(), position: positions.randomElement(using: &self) ?? .newest,
            limit: Int.random(in: 1...50, using: &self))
    }

    private mutating func conversationCreate() -> ConversationCreate {
        let isGroup = Bool.random(using: &self)
        return ConversationCreate(
            kind: isGroup ? .group : .direct, members: users(0...50),
            id: isGroup ? identifier() : maybe { $0.identifier() }, title: isGroup ? maybe { $0.line(1...200) } : nil,
            history: HistoryVisibility.allCases.randomElement(using: &self) ?? .all)
    }
}

extension SeededGenerator {
    private mutating func preference(_ kind: PreferenceSet.Kind) -> PreferenceSet {
        PreferenceSet(kind, conversation: identifier(), isOn: Bool.random(using: &self))
    }

    private mutating func endpoint() -> String {
        let letters = Array("abcXYZ019-_.~/?=&%")
        let count = Int.random(in: 0...800, using: &self)
        return "https://push.example/" + String((0..<count).map { _ in letters.randomElement(using: &self) ?? "a" })
    }

    mutating func subscription() -> PushSubscription {
        PushSubscription(
            endpoint: endpoint(), publicKey: [4] + (0..<64).map { _ in UInt8.random(in: 0...255, using: &self) },
            secret: (0..<16).map { _ in UInt8.random(in: 0...255, using: &self) })
    }
}
