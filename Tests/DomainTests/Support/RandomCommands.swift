import Domain
import Seeded
import Wire

/// Commands by a handful of people about a handful of things, so that they often meet: repeats, refusals and blocks
/// are as likely as what goes well.
struct RandomCommands {
    static let people = [Acme.alice, Acme.bob, Acme.carol, Acme.dave, Acme.erin, Acme.ghost]
    static let conversations = (1...4).map { ConversationID.number($0) }
    static let uploads = (1...40).map { UploadID.number($0) }
    static let messages = (1...150).map { MessageID.number($0) }

    private var random: SeededGenerator

    /// Whether messages name uploads, which `file` makes.
    private let attaches: Bool

    init(seed: UInt64, attaches: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.attaches = attaches
    }

    mutating func next() -> (user: UserID, write: Write) { (person(), write()) }

    mutating func seconds() -> Int64 { Int64.random(in: 0...3, using: &random) }

    private mutating func write() -> Write {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<37: .messageSend(send())
        case 37..<40: .messageDelete(MessageDelete(id: pick(Self.messages)))
        case 40..<55:
            .cursorMove(
                CursorMove(
                    kind: pick(CursorKind.allCases), conversation: conversation(),
                    seq: UInt64.random(in: 0...30, using: &random)))
        case 55..<60: .conversationCreate(create())
        case 60..<64:
            .conversationUpdate(
                ConversationUpdate(
                    conversation: conversation(), title: pick([nil, "", "One", "Two"]),
                    expiresAfterSeconds: pick([nil, 0, 5, 20])))
        case 64..<66: .conversationLeave(ConversationLeave(conversation: conversation()))
        case 66..<74: .memberAdd(MemberAdd(conversation: conversation(), users: some(of: 1...3)))
        case 74..<78: .memberRemove(MemberRemove(conversation: conversation(), users: some(of: 1...3)))
        case 78..<86:
            .memberRole(
                MemberRoleSet(conversation: conversation(), user: person(), role: pick(MemberRole.allCases)))
        case 86..<91: .blockAdd(BlockAdd(user: person()))
        case 91..<95: .blockRemove(BlockRemove(user: person()))
        case 95..<98:
            .preferenceSet(
                PreferenceSet(
                    pick(PreferenceSet.Kind.allCases), conversation: conversation(), isOn: pick([true, false])))
        default:
            .userUpdate(UserUpdate(name: pick([nil, "", "Anna", "Ben"]), picture: pick([nil, "", "https://a.b"])))
        }
    }

    private mutating func send() -> MessageSend {
        MessageSend(
            conversation: conversation(), id: pick(Self.messages), text: "Hello", attachments: attachments(),
            replyTo: pick([nil, nil, nil, pick(Self.messages)]), thread: pick([nil, nil, nil, pick(Self.messages)]))
    }

    private mutating func attachments() -> [String] {
        guard attaches else { return [] }
        return (0..<pick([0, 0, 0, 0, 1, 1, 2])).map { _ in pick(Self.uploads).text }
    }

    /// What a gateway asks about files, most of it in an order that makes sense.
    mutating func file() -> (user: UserID, request: FileRequest) {
        let id = pick(Self.uploads)
        let content = Int.random(in: 1...4, using: &random)
        let file = StoredFile(
            name: "a.png", type: "image/png", size: UInt64(content * 10), sha256: "content-\(content)", thumbnailSize: 3
        )
        let request: FileRequest =
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8:
                .begin(
                    UploadBegin(id: id, conversation: conversation(), name: "a.png", size: pick([nil, 0, 30, 5_000])))
            case 8..<13: .seal(id, file)
            case 13..<18: .finish(id)
            case 18: .cancel(id)
            default: .refuse(id, RefusedUpload(name: "a.exe", type: "", size: 1, reason: "extension_denied"))
            }
        return (pick(Array(Self.people.prefix(2))), request)
    }

    private mutating func create() -> ConversationCreate {
        let kind = pick(ConversationKind.allCases)
        return ConversationCreate(
            kind: kind, members: some(of: kind == .direct ? 1...1 : 0...4), id: conversation(),
            history: pick([.all, .sinceJoin]))
    }

    private mutating func person() -> UserID { pick(Self.people) }
    private mutating func conversation() -> ConversationID { pick(Self.conversations) }
    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
    private mutating func some(of count: ClosedRange<Int>) -> [UserID] {
        Array(Self.people.shuffled(using: &random).prefix(Int.random(in: count, using: &random)))
    }
}
