/// `block.add`.
public struct BlockAdd: Equatable, Sendable {
    public let user: UserID
    public init(user: UserID) { self.user = user }
}

/// `block.remove`.
public struct BlockRemove: Equatable, Sendable {
    public let user: UserID
    public init(user: UserID) { self.user = user }
}

/// `block.list`: whom the caller blocks.
public struct BlockList: Equatable, Sendable {
    public init() {}
}

extension BlockAdd {
    init(_ fields: inout Fields) throws(Refusal) { user = try fields.user("user") }

    func write(to writer: inout JSONWriter) { writer.field("user", user.text) }
}

extension BlockRemove {
    init(_ fields: inout Fields) throws(Refusal) { user = try fields.user("user") }

    func write(to writer: inout JSONWriter) { writer.field("user", user.text) }
}
