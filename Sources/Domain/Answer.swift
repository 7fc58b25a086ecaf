public import Wire

extension Query {
    /// The answer to a command that only reads. The table of all such commands.
    ///
    /// - Throws: `Refusal` where the answer is «no»; anything else is a failure of the store.
    public func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        switch self {
        case .messageGet(let command): try command.answer(turn)
        case .messageList(let command): try command.answer(turn)
        case .conversationList(let command): try command.answer(turn)
        case .conversationGet(let command): try command.answer(turn)
        case .conversationMembers(let command): try command.answer(turn)
        case .blockList(let command): try command.answer(turn)
        case .userGet(let command): try command.answer(turn)
        case .userSearch(let command): try command.answer(turn)
        case .fileLinks(let command): try command.answer(turn)
        }
    }
}
