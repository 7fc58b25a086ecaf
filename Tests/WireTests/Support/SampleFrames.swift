import Wire

/// A frame that a server sends, with its name and what it says.
struct SampleFrame: Sendable {
    /// The fixture file it stands in.
    let subject: String
    /// A sentence.
    let name: String
    let bytes: [UInt8]
}

extension Sample {
    /// Every reply, event, error and frame of a gateway, in all its forms.
    static let frames: [SampleFrame] = replies + errors + durable + passing + ofGateway

    private static let replies: [SampleFrame] = [
        ok("done", "nothing but done", .done),
        ok("stored", "an event's offset", .stored(offset: 1_301)),
        ok("stored", "nothing has changed and nothing made it so", .stored(offset: 0)),
        ok("changed", "a message is deleted", .changed(offset: 1_301, at: morning)),
        ok(
            "sent", "a message is stored",
            .sent(id: hello, seq: 45, offset: 1_301, at: morning, isDuplicate: false)),
        ok(
            "sent", "a message was stored before",
            .sent(id: hello, seq: 45, offset: 1_301, at: morning, isDuplicate: true)),
        ok("cursor", "a cursor stands here", .cursor(seq: 45, unread: 1)),
        ok("message", "a message", .message(.shown(message))),
        ok("message", "a message whose sender the reader blocks", .message(hidden)),
        ok("message", "a message that is deleted", .message(.shown(deleted))),
        ok("messages", "no messages", .messages([], hasMore: false)),
        ok("messages", "a page of messages", .messages([.shown(root), .shown(reply)], hasMore: true)),
        ok("conversation", "a group", .conversation(group)),
        ok("conversation", "a direct conversation", .conversation(direct)),
        ok(
            "conversation", "a group with everything",
            .conversation(ConversationView(details: fullDetails, lastMessage: hidden, role: .owner, readSeq: 45))),
        ok(
            "conversation", "an archived one",
            .conversation(
                ConversationView(details: details, role: .member, preferences: ConversationPreferences(archived: true)))
        ),
        ok(
            "conversation", "a group with its members",
            .conversationInFull(
                ConversationView(details: details, role: .member),
                members: [member, Member(user: carol, role: .member, joinedAt: noon)])),
        ok("conversations", "no conversations", .conversations([], unreadTotal: 0, cursor: nil)),
        ok("conversations", "a page of conversations", .conversations([group], unreadTotal: 3, cursor: "MTIz")),
        ok("members", "the last page of members", .members([member], cursor: nil)),
        ok("members", "a page of members", .members([member], cursor: "MTIz")),
        ok("user", "a user", .user(User(id: alice, name: "Alice"))),
        ok(
            "user", "a user with a picture",
            .user(User(id: alice, name: "Alice", picture: "https://example.org/alice.png"))),
        ok("users", "nobody", .users([])),
        ok("users", "two people", .users([User(id: alice, name: "Alice"), User(id: bob, name: "bob")])),
        ok("presences", "nobody", .presences([])),
        ok(
            "presences", "people in every way",
            .presences([
                Presence(user: alice, status: .online, text: "On the 🚲"), Presence(user: bob, status: .away),
                Presence(user: carol, lastSeen: morning), Presence(user: dave),
            ])),
        ok("links", "no file that the reader may see", .links([], expiresAt: noon)),
        ok("links", "two files", .links([link(1), link(2)], expiresAt: noon)),
        ok("expires", "the new token's end", .expires(noon)),
    ]

    private static func link(_ number: UInt64) -> FileLink {
        FileLink(
            tenant: acme, user: alice, file: upload(number), until: noon
        ) { _ in Array(repeating: UInt8(number), count: 32) }
    }

    private static let errors: [SampleFrame] =
        plainCodes.map { error($0, "with its ref", ref: "7", Refusal($0)) } + [
            error(.notFound, "of a command without ref", ref: nil, .notFound),
            error(.badRequest, "with the field that is wrong", ref: "7", .badRequest("text")),
            error(.badRequest, "with a field in the client's own words", ref: "7", .badRequest("a\"b\\\u{1}")),
            error(.notFound, "with what is missing", ref: "7", Refusal(.notFound, field: "attachments")),
            error(
                .unsupportedMedia, "with the reason", ref: nil, Refusal(.unsupportedMedia, reason: "extension_denied")),
            error(.rateLimited, "with the time to wait", ref: "7", .rateLimited(retryAfterMs: 1_200)),
            error(.overloaded, "with the time to wait", ref: "7", .overloaded(retryAfterMs: 250)),
            error(.unavailable, "with the time to wait", ref: "7", .unavailable(retryAfterMs: 2_000)),
        ]

    /// Those that carry neither a field nor a time to wait.
    private static let plainCodes: [Refusal.Code] = [
        .unauthenticated, .tokenExpired, .forbidden, .blocked, .notFound, .conflict, .tooLarge, .unsupportedMedia,
        .internal,
    ]

    private static let durable: [SampleFrame] = [
        event("a message", .messageCreated(message, expiresAt: nil)),
        event("an answer in a thread", .messageCreated(reply, expiresAt: noon)),
        event("a message with a file and a picture", .messageCreated(withFiles, expiresAt: nil)),
        event("a voice message", .messageCreated(spoken, expiresAt: nil)),
        event("a message that is deleted by now", .messageCreated(deleted, expiresAt: nil)),
        SampleFrame(
            subject: "event.message.hidden", name: "a message by someone whom the reader blocks",
            bytes: Event.hiddenTwin(offset: 1_301, at: morning, conversation: lunch, id: hello, seq: 45)),
        event(
            "a message is gone",
            .messageDeleted(MessageDeleted(conversation: lunch, seq: 45, id: hello, by: alice, empties: 1_290))),
        event(
            "a new group",
            .conversationCreated(
                ConversationCreated(details: details, by: alice, members: [alice: .owner, bob: .member]))),
        event("a group is renamed", .conversationUpdated(fullDetails, by: bob)),
        event("two people join", .memberAdded(MembersChanged(details: details, by: alice, users: [bob, carol]))),
        event("somebody leaves", .memberRemoved(MembersChanged(details: details, by: bob, users: [bob]))),
        event("somebody becomes an admin", .memberRole(conversation: lunch, by: alice, user: bob, role: .admin)),
        event("the reader blocks somebody", .blockAdded(by: alice, user: bob)),
        event("the reader no longer blocks somebody", .blockRemoved(by: alice, user: bob)),
        event("the tenant has another name", .tenantUpdated(name: "Acme & Söhne", limits: limits)),
    ]

    private static let passing: [SampleFrame] = [
        event(
            "somebody has read", .cursor(CursorMoved(kind: .read, conversation: lunch, user: bob, seq: 45)), offset: nil
        ),
        event(
            "somebody has received",
            .cursor(CursorMoved(kind: .received, conversation: lunch, user: bob, seq: 46)), offset: nil),
        event(
            "the reader has muted and pinned",
            .preferences(
                PreferencesChanged(
                    conversation: lunch, user: alice, preferences: ConversationPreferences(muted: true, pinned: true))),
            offset: nil),
        event("somebody types", .typing(conversation: lunch, user: bob, active: true), offset: nil),
        event("somebody no longer types", .typing(conversation: lunch, user: bob, active: false), offset: nil),
        event("somebody came", .presence(Presence(user: bob, status: .online)), offset: nil),
        event(
            "somebody is away and says why", .presence(Presence(user: bob, status: .away, text: "Lunch")), offset: nil),
        event("somebody went", .presence(Presence(user: bob, lastSeen: morning)), offset: nil),
        event("somebody was never here, or is not to be seen", .presence(Presence(user: bob)), offset: nil),
    ]

    private static let ofGateway: [SampleFrame] = [
        gateway("hello", "a client is let in", .hello(helloReply(ref: "1", since: true))),
        gateway("hello", "a client without ref starts afresh", .hello(helloReply(ref: nil, since: false))),
        gateway("mark", "everything is there, live events follow", .mark(offset: 1_300, isLive: true)),
        gateway("mark", "the sign of life on a quiet connection", .mark(offset: 1_310)),
        gateway("token.expiring", "a new token is due", .tokenExpiring(at: noon)),
        gateway("draining", "the gateway goes away", .draining(closesInMs: 5_000, retryWindowMs: 2_000)),
    ]

    private static func helloReply(ref: String?, since: Bool) -> HelloReply {
        HelloReply(
            ref: ref, features: since ? ["typing", "receipts"] : [], tenant: acme,
            user: User(id: alice, name: "Alice"), session: "s-1", epoch: "e7", offset: 1_300, resumed: since,
            heartbeatMs: 25_000, retryWindowMs: 2_000, serverTime: morning, limits: limits)
    }

    private static func ok(_ subject: String, _ name: String, _ answered: Answered) -> SampleFrame {
        SampleFrame(subject: "reply." + subject, name: name, bytes: Reply(ref: "7", .success(answered)).bytes)
    }

    private static func error(_ code: Refusal.Code, _ name: String, ref: String?, _ refusal: Refusal) -> SampleFrame {
        SampleFrame(subject: "error." + code.rawValue, name: name, bytes: Reply(ref: ref, .failure(refusal)).bytes)
    }

    private static func event(_ name: String, _ event: Event, offset: UInt64? = 1_301) -> SampleFrame {
        SampleFrame(subject: "event." + event.name, name: name, bytes: event.json(offset: offset, at: morning))
    }

    private static func gateway(_ subject: String, _ name: String, _ frame: GatewayFrame) -> SampleFrame {
        SampleFrame(subject: "gateway." + subject, name: name, bytes: frame.bytes)
    }
}
