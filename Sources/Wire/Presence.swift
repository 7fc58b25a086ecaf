/// `presence.set`: how a person is to be shown, on behalf of the connection that says so.
public struct PresenceSet: Equatable, Sendable {
    /// What a person may choose. Nobody says `offline`: that is what others see of somebody invisible or away from all
    /// connections.
    public enum Status: String, CaseIterable, Sendable {
        case online
        case away
        case invisible
    }

    public let status: Status
    /// Trimmed; 1 to 100 code points. Nil takes a former one away.
    public let text: String?

    public init(status: Status, text: String? = nil) {
        self.status = status
        self.text = text
    }
}

/// `presence.watch`: whose presence the connection wants to hear of, in place of whom it named before.
public struct PresenceWatch: Equatable, Sendable {
    /// 0 to 200, each once.
    public let users: [UserID]
    public init(users: [UserID]) { self.users = users }
}

/// `presence {user, status: online|away|offline, last_seen?, text?}`: a person as others see them.
public struct Presence: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case online
        case away
        case offline
    }

    public let user: UserID
    public let status: Status
    /// Of somebody offline: when they were last seen. Nil where nobody ever saw them.
    public let lastSeen: Timestamp?
    public let text: String?

    public init(user: UserID, status: Status = .offline, lastSeen: Timestamp? = nil, text: String? = nil) {
        self.user = user
        self.status = status
        self.lastSeen = lastSeen
        self.text = text
    }
}

extension PresenceSet {
    init(_ fields: inout Fields) throws(Refusal) {
        status = try fields.choice("status")
        let text = try fields.optionalTrimmedText("text", codePoints: 0...Limits.presenceTextCodePoints)
        self.text = text?.isEmpty == true ? nil : text
    }

    func write(to writer: inout JSONWriter) {
        writer.field("status", status.rawValue)
        writer.field("text", text)
    }
}

extension PresenceWatch {
    init(_ fields: inout Fields) throws(Refusal) { users = try fields.users("users", count: 0...Limits.presenceUsers) }

    func write(to writer: inout JSONWriter) { writer.field("users", each: users) { $0.value($1.text) } }
}

extension Presence {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeFields(to: &writer)
        writer.endObject()
    }

    /// The fields without the braces: the event has them among its own.
    func writeFields(to writer: inout JSONWriter) {
        writer.field("user", user.text)
        writer.field("status", status.rawValue)
        if let lastSeen { writer.field("last_seen", lastSeen) }
        writer.field("text", text)
    }
}
