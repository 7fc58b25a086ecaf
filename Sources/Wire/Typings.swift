/// `typing`.
public struct Typing: Equatable, Sendable {
    public let conversation: ConversationID
    public let isActive: Bool

    public init(conversation: ConversationID, isActive: Bool) {
        self.conversation = conversation
        self.isActive = isActive
    }
}
