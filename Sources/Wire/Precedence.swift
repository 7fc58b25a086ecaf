/// What is given up first where too much waits. Each kind finds no room from so full on, so that what comes after it
/// still does. What stores something, and who connects, find room until nothing fits any more; they are refused then
/// with a time, never dropped.
public enum Precedence: String, CaseIterable, Sendable {
    case typing
    /// Who is here, and whom somebody watches.
    case presence
    /// `read` and `received`: the next one says the same and more.
    case receipt
    /// Whatever only reads.
    case history
    case kept

    /// From how many eighths on it finds no room: half for what nobody misses, then by as even steps as there are kinds.
    public var eighths: Int {
        switch self {
        case .typing: 4
        case .presence: 5
        case .receipt: 6
        case .history: 7
        case .kept: 8
        }
    }

    /// Whether one more finds room.
    ///
    /// - Parameters:
    ///   - waiting: what waits, items or bytes; below 0 counts as nothing.
    ///   - max: what may, 1 and up.
    public func fits(_ waiting: Int, of max: Int) -> Bool {
        // Divided first: `max` may be all that an integer holds.
        waiting < max / 8 * eighths + max % 8 * eighths / 8 || waiting <= 0
    }
}

extension Op {
    /// What a command of this op gives way to.
    public var precedence: Precedence {
        switch self {
        case .typing: .typing
        case .presenceSet, .presenceWatch: .presence
        case .read, .received: .receipt
        case .messageGet, .messageList, .conversationList, .conversationGet, .conversationMembers, .blockList, .userGet,
            .userSearch, .fileLinks:
            .history
        case .hello, .ping, .tokenRefresh, .messageSend, .messageDelete, .conversationCreate, .conversationUpdate,
            .conversationLeave, .memberAdd, .memberRemove, .memberRole, .blockAdd, .blockRemove, .userUpdate,
            .conversationMute,
            .conversationArchive, .conversationPin, .pushSubscribe, .pushUnsubscribe:
            .kept
        }
    }
}
