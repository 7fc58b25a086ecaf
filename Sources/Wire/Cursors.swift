/// `read`, `received`: everything up to `seq`, clamped to the last; never moves back.
public struct CursorMove: Equatable, Sendable {
    public let kind: CursorKind
    public let conversation: ConversationID
    public let seq: UInt64

    public init(kind: CursorKind, conversation: ConversationID, seq: UInt64) {
        self.kind = kind
        self.conversation = conversation
        self.seq = seq
    }
}
