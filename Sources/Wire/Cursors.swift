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

extension CursorMove {
    init(_ kind: CursorKind, _ fields: inout Fields) throws(Refusal) {
        self.kind = kind
        conversation = try fields.identifier("conversation")
        seq = try fields.integer("seq")
    }

    func write(to writer: inout JSONWriter) {
        writer.field("conversation", conversation)
        writer.field("seq", seq)
    }
}
