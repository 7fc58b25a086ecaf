public import Domain
internal import GRDB
public import Wire

/// A durable event's kind as the log keeps it: numbers for good, never used anew.
enum LogKind: Int64 {
    case messageCreated = 1
    case messageDeleted = 2
    case conversationCreated = 3
    case conversationUpdated = 4
    case memberAdded = 5
    case memberRemoved = 6
    case memberRole = 7
    case blockAdded = 8
    case blockRemoved = 9
    case tenantUpdated = 10
}

extension SQLiteTransaction {
    /// Logs the durable ones, applies all to the tables, and encodes each one's JSON, once.
    ///
    /// - Returns: one envelope for each, in order, to be published after the commit and no sooner.
    public mutating func append(_ happenings: [Happening], at: Timestamp) throws -> [Envelope] {
        var envelopes: [Envelope] = []
        envelopes.reserveCapacity(happenings.count)
        for happening in happenings { envelopes.append(try append(happening, at: at)) }
        return envelopes
    }

    private mutating func append(_ happening: Happening, at: Timestamp) throws -> Envelope {
        let event = happening.event
        guard let entry = LogEntry(event) else {
            try apply(event, at: at, offset: 0)
            return Envelope(
                offset: 0, durability: event.durability, after: nextOffset - 1, scope: happening.scope,
                effect: happening.effect, except: happening.except, json: event.json(offset: nil, at: at))
        }
        let offset = nextOffset
        let json = event.json(offset: offset, at: at)
        try log(entry, happening, offset: offset, at: at, json: json)
        try apply(event, at: at, offset: offset)
        nextOffset += 1
        return Envelope(
            offset: offset, durability: .durable, scope: happening.scope, effect: happening.effect,
            except: happening.except, hiddenFor: happening.hiddenFor,
            hidden: happening.hiddenFor.isEmpty ? [] : entry.hiddenTwin(offset: offset, at: at), json: json)
    }

    /// The primary key refuses a second writer that thinks it is the first.
    private func log(_ entry: LogEntry, _ happening: Happening, offset: UInt64, at: Timestamp, json: [UInt8]) throws {
        var conversation: Bound = .null
        var user: Bound = .null
        switch happening.scope {
        case .system: break
        case .conversation(let id): conversation = .id(id)
        case .user(let id): user = .user(id)
        }
        try database.run(
            Self.insertEntry,
            [
                .number(offset), .integer(entry.kind.rawValue), .time(at), conversation, user,
                .text(entry.author?.text), .id(entry.message?.id), entry.message.map { .number($0.seq) } ?? .null,
                happening.effect.bytes.map { .blob($0) } ?? .null, .blob(json),
            ])
    }
    private static let insertEntry = """
        INSERT INTO log (offset, kind, at, conversation, user, author, message, seq, effect, json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
}

/// What the log keeps beside an event's JSON, so that replay needs to read none.
struct LogEntry {
    let kind: LogKind
    let author: UserID?
    let message: (id: MessageID, conversation: ConversationID, seq: UInt64)?

    /// Nil for events that have no offset.
    init?(_ event: Event) {
        switch event {
        case .messageCreated(let message, _):
            self.init(.messageCreated, by: message.sender, (message.id, message.conversation, message.seq))
        case .messageDeleted(let deleted):
            self.init(.messageDeleted, by: deleted.by, (deleted.id, deleted.conversation, deleted.seq))
        case .conversationCreated(let created): self.init(.conversationCreated, by: created.by)
        case .conversationUpdated(_, let by): self.init(.conversationUpdated, by: by)
        case .memberAdded(let change): self.init(.memberAdded, by: change.by)
        case .memberRemoved(let change): self.init(.memberRemoved, by: change.by)
        case .memberRole(_, let by, _, _): self.init(.memberRole, by: by)
        case .blockAdded(let by, _): self.init(.blockAdded, by: by)
        case .blockRemoved(let by, _): self.init(.blockRemoved, by: by)
        case .tenantUpdated: self.init(.tenantUpdated, by: nil)
        case .cursor, .preferences, .typing, .presence: return nil
        }
    }

    private init(
        _ kind: LogKind, by author: UserID?,
        _ message: (id: MessageID, conversation: ConversationID, seq: UInt64)? = nil
    ) {
        self.kind = kind
        self.author = author
        self.message = message
    }

    /// Empty for all but a `message.created`.
    func hiddenTwin(offset: UInt64, at: Timestamp) -> [UInt8] {
        guard kind == .messageCreated, let message else { return [] }
        return Event.hiddenTwin(
            offset: offset, at: at, conversation: message.conversation, id: message.id, seq: message.seq)
    }
}

extension Envelope.Effect {
    /// Nil where there is none.
    var bytes: [UInt8]? {
        var writer = BinaryWriter()
        switch self {
        case .none: return nil
        case .joins(let users):
            writer.put(UInt8(1))
            writer.put(users: users)
        case .leaves(let users):
            writer.put(UInt8(2))
            writer.put(users: users)
        }
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws {
        do {
            var reader = BinaryReader(bytes)
            switch try reader.byte() {
            case 1: self = .joins(try reader.users())
            case 2: self = .leaves(try reader.users())
            default: throw BinaryFault("effect")
            }
            try reader.finish()
        } catch {
            throw StoreFailure(.corrupt, "a routing effect that is none")
        }
    }
}
