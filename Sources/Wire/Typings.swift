/// `typing`.
public struct Typing: Equatable, Sendable {
    public let conversation: ConversationID
    public let isActive: Bool

    public init(conversation: ConversationID, isActive: Bool) {
        self.conversation = conversation
        self.isActive = isActive
    }
}

extension Typing {
    init(_ fields: inout Fields) throws(Refusal) {
        conversation = try fields.identifier("conversation")
        isActive = try fields.boolean("active")
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("active", isActive)
    }
}
