public import Wire

/// What a block leaves of what somebody else did, live, by replay and in lists alike (docs/protocol.md §3, Rules about
/// people). Everything that is not asked about here is shown to all.
public enum Visibility: Equatable, Sendable {
    case shown
    /// A hidden stub in its place: `{id, conversation, seq, hidden:true}`, live as `message.hidden`.
    case hidden
    /// Nothing at all.
    case withheld

    /// Of a message. In a direct conversation a block lets no new one through, and both still read the past.
    public static func ofMessage(in kind: ConversationKind, isSenderBlocked: Bool) -> Visibility {
        switch kind {
        case .direct: .shown
        case .group: isSenderBlocked ? .hidden : .shown
        }
    }

    /// Of a `read` or `received` and the like in lists of members, between two of whom either may block the other.
    public static func ofReceipt(isBlockedEitherWay: Bool) -> Visibility {
        isBlockedEitherWay ? .withheld : .shown
    }
}

/// Shows messages of one conversation to one reader.
struct MessageViewer<Tenant: BlockReads> {
    private let tenant: Tenant
    private let kind: ConversationKind
    private let reader: UserID?
    private let firstSeq: UInt64
    /// A page has few senders: each is looked up once.
    private var blocked: [UserID: Bool] = [:]

    init(_ readable: Readable, in tenant: Tenant) {
        self.tenant = tenant
        kind = readable.details.kind
        reader = readable.membership?.member.user
        firstSeq = readable.firstSeq
    }

    mutating func view(_ message: Message) throws -> MessageView {
        guard message.seq >= firstSeq else { return Self.stub(of: message) }
        switch Visibility.ofMessage(in: kind, isSenderBlocked: try isBlocked(message.sender)) {
        case .shown: return .shown(message)
        case .hidden, .withheld: return Self.stub(of: message)
        }
    }

    private mutating func isBlocked(_ sender: UserID) throws -> Bool {
        guard let reader, sender != reader else { return false }
        if let known = blocked[sender] { return known }
        let isBlocked = try tenant.isBlocked(sender, by: reader)
        blocked[sender] = isBlocked
        return isBlocked
    }

    private static func stub(of message: Message) -> MessageView {
        .hidden(id: message.id, conversation: message.conversation, seq: message.seq)
    }
}
