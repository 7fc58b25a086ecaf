import SQLiteStore
import Wire

/// What one tenant's file holds in the end, read for its meaning: who was a member when, who blocked whom.
struct StoredLog {
    struct Entry {
        let offset: UInt64
        let name: String
        let conversation: String?
        /// Whom alone it concerns.
        let user: String?
        let seq: UInt64?
        /// Of a message.
        let id: String?
        let sender: String?
        let text: String?

        var isMessage: Bool { name == "message.created" }
    }

    struct Pair: Hashable {
        let one: String
        let other: String
    }

    struct Membership {
        let from: UInt64
        /// Inclusive; nil while it lasts.
        var until: UInt64?
        func holds(at offset: UInt64) -> Bool { from <= offset && until.map { offset <= $0 } ?? true }
    }

    private(set) var entries: [UInt64: Entry] = [:]
    private(set) var newest: UInt64 = 0
    private(set) var faults: [String] = []
    /// User and conversation.
    private(set) var memberships: [Pair: [Membership]] = [:]
    private(set) var directs: [String: [String]] = [:]
    /// Blocker and blocked: since when it holds, or no longer.
    private var blocks: [Pair: [(offset: UInt64, holds: Bool)]] = [:]

    init(_ tenant: SQLiteTenant) throws {
        faults = try tenant.integrityFaults()
        while true {
            let envelopes = try tenant.read { [newest] reads in
                try reads.replay(from: newest + 1, to: UInt64(Int64.max), limit: 500)
            }
            guard !envelopes.isEmpty else { break }
            for envelope in envelopes { add(envelope) }
        }
    }

    private mutating func add(_ envelope: Envelope) {
        guard let json = Object(envelope.json), let name = json.text("event") else {
            faults.append("offset \(envelope.offset) holds no event")
            return
        }
        if envelope.offset != newest + 1 { faults.append("offset \(envelope.offset) follows \(newest)") }
        newest = envelope.offset
        let message = json["message"]
        var user: String?
        if case .user(let id) = envelope.scope { user = id.text }
        let conversation = json.text("conversation")
        entries[newest] = Entry(
            offset: newest, name: name, conversation: conversation, user: user, seq: json.number("seq"),
            id: message?.text("id"), sender: message?.text("sender"), text: message?.text("text"))
        switch (name, conversation) {
        case ("conversation.created", let conversation?):
            // Whom it begins with stands beside its JSON only.
            guard case .joins(let users) = envelope.effect else { break }
            join(users.map(\.text), conversation)
            if json["details"]?.text("kind") == "direct" { directs[conversation] = users.map(\.text) }
        case ("member.added", let conversation?): join(json.texts("users"), conversation)
        case ("member.removed", let conversation?):
            for user in json.texts("users") {
                let pair = Pair(one: user, other: conversation)
                if let last = memberships[pair]?.indices.last { memberships[pair]?[last].until = newest }
            }
        case ("block.added", _), ("block.removed", _):
            let pair = Pair(one: user ?? "", other: json.text("user") ?? "")
            blocks[pair, default: []].append((newest, name == "block.added"))
        default: break
        }
    }

    private mutating func join(_ users: [String], _ conversation: String) {
        for user in users {
            memberships[Pair(one: user, other: conversation), default: []].append(Membership(from: newest))
        }
    }

    func isMember(_ user: String, of conversation: String, at offset: UInt64) -> Bool {
        memberships[Pair(one: user, other: conversation)]?.contains { $0.holds(at: offset) } ?? false
    }

    /// Whether somebody who has everything up to `offset` is a member from there on.
    func isMember(_ user: String, of conversation: String, after offset: UInt64) -> Bool {
        memberships[Pair(one: user, other: conversation)]?.contains {
            $0.from <= offset && $0.until.map { offset < $0 } ?? true
        } ?? false
    }

    /// Whether a membership ended later than at `offset`.
    func isEnded(_ user: String, of conversation: String, after offset: UInt64) -> Bool {
        memberships[Pair(one: user, other: conversation)]?.contains { $0.until.map { offset < $0 } ?? false } ?? false
    }

    func concerns(_ session: Session, _ entry: Entry) -> Bool {
        if session.isService { return true }
        if let conversation = entry.conversation {
            return isMember(session.user, of: conversation, at: entry.offset)
        }
        return entry.user.map { $0 == session.user } ?? true
    }

    func isBlocked(_ other: String, by blocker: String, at offset: UInt64) -> Bool {
        blocks[Pair(one: blocker, other: other)]?.last { $0.offset <= offset }?.holds ?? false
    }

    func blockChanges(of other: String, by blocker: String, after offset: UInt64) -> [(offset: UInt64, holds: Bool)] {
        blocks[Pair(one: blocker, other: other)]?.filter { $0.offset > offset } ?? []
    }
}
