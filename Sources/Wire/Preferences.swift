/// How a member wants to have a conversation: for oneself alone, and nobody else hears of it.
public struct ConversationPreferences: Equatable, Sendable {
    /// No push, neither for messages nor where one is named in them.
    public var muted: Bool
    /// Out of the list of conversations, into that of archived ones.
    public var archived: Bool
    public var pinned: Bool

    public init(muted: Bool = false, archived: Bool = false, pinned: Bool = false) {
        self.muted = muted
        self.archived = archived
        self.pinned = pinned
    }

    /// Nothing set.
    public static let usual = ConversationPreferences()
}

/// `conversation.mute`, `conversation.archive`, `conversation.pin`.
public struct PreferenceSet: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case mute
        case archive
        case pin
    }

    public let kind: Kind
    public let conversation: ConversationID
    public let isOn: Bool

    public init(_ kind: Kind, conversation: ConversationID, isOn: Bool) {
        self.kind = kind
        self.conversation = conversation
        self.isOn = isOn
    }
}

/// `conversation.preferences`: how one user has a conversation now.
public struct PreferencesChanged: Equatable, Sendable {
    public let conversation: ConversationID
    /// Stands in the routing header, not in the JSON.
    public let user: UserID
    public let preferences: ConversationPreferences

    public init(conversation: ConversationID, user: UserID, preferences: ConversationPreferences) {
        self.conversation = conversation
        self.user = user
        self.preferences = preferences
    }
}

extension PreferenceSet {
    init(_ kind: Kind, _ fields: inout Fields) throws(Refusal) {
        self.kind = kind
        conversation = try fields.identifier("conversation")
        isOn = try fields.boolean("on")
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("on", isOn)
    }
}

extension ConversationPreferences {
    /// The three fields, inside an object.
    func writeFields(to writer: inout JSONWriter) {
        writer.field("muted", muted)
        writer.field("archived", archived)
        writer.field("pinned", pinned)
    }
}
