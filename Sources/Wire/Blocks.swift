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
