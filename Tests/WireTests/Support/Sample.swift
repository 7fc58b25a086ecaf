import Wire

/// The people and things that the fixtures talk of.
enum Sample {
    static let acme = known(TenantSlug("acme"))
    static let alice = known(UserID("alice"))
    static let bob = known(UserID("bob"))
    static let carol = known(UserID("carol"))
    static let dave = known(UserID("dave"))
    static let lunch = known(ConversationID("0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6a"))
    static let hello = known(MessageID("0190b6e2-5a10-7d02-8e31-6b7c8d9e0f1a"))
    static let earlier = known(MessageID("0190b6e2-5b00-7000-8000-000000000001"))
    /// 2026-01-31T09:30:00.250Z
    static let morning = Timestamp(milliseconds: 1_769_851_800_250)
    static let noon = Timestamp(milliseconds: 1_769_860_800_000)

    static let message = Message(
        id: hello, conversation: lunch, seq: 45, sender: alice, at: morning, text: "Lunch at \"Zur Krone\", 12:30? 🥨")
    static let reply = Message(
        id: earlier, conversation: lunch, seq: 46, sender: bob, at: morning, text: "Yes.\nWith \\o/", replyTo: hello,
        thread: hello)
    static let root = Message(
        id: hello, conversation: lunch, seq: 45, sender: alice, at: morning, text: "Lunch?", threadCount: 3)
    static let withFiles = Message(
        id: hello, conversation: lunch, seq: 45, sender: alice, at: morning, text: "",
        attachments: [
            Attachment(id: upload(1), name: "Menü.pdf", type: "application/pdf", size: 52_428_800),
            Attachment(id: upload(2), name: "soup.png", type: "image/png", size: 1, width: 640, height: 480),
        ])
    static let spoken = Message(
        id: hello, conversation: lunch, seq: 45, sender: alice, at: morning, text: "",
        attachments: [Attachment(id: upload(3), name: "v.ogg", type: "audio/ogg", size: 9_000, durationMs: 2_500)],
        isVoice: true)
    static func upload(_ number: UInt64) -> UploadID {
        UploadID(bits: UUIDBits(high: 0x0190_b6e2_5b00_7000, low: 0x8000_0000_0000_0000 + number))
    }
    static let deleted = Message(
        id: hello, conversation: lunch, seq: 45, sender: alice, at: morning, text: "", isDeleted: true)
    static let hidden = MessageView.hidden(id: hello, conversation: lunch, seq: 45)

    static let details = ConversationDetails(
        id: lunch, kind: .group, title: "Lunch", createdAt: morning, memberCount: 3, lastSeq: 46)
    static let fullDetails = ConversationDetails(
        id: lunch, kind: .group, title: "Lunch", picture: "https://example.org/lunch.png", createdAt: morning,
        memberCount: 3, lastSeq: 46, history: .sinceJoin, expiresAfterSeconds: 86_400)
    static let group = ConversationView(
        details: details, lastMessage: .shown(reply), role: .admin, readSeq: 44, receivedSeq: 46, unread: 1)
    static let direct = ConversationView(
        details: ConversationDetails(id: lunch, kind: .direct, createdAt: morning, memberCount: 2), role: .member,
        other: User(id: bob, name: "Bob", picture: "https://example.org/bob.png"))
    static let member = Member(user: bob, role: .owner, readSeq: 46, receivedSeq: 46, joinedAt: morning)

    static let limits = ClientLimits(TenantSettings())

    private static func known<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a sample that is not legal") }
        return value
    }
}
