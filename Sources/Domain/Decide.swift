public import Wire

extension Write {
    /// What follows from a command that stores something. The table of all such commands.
    ///
    /// - Throws: `Refusal` where the answer is «no»; anything else is a failure of the store.
    public func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        switch self {
        case .messageSend(let command): try command.decide(turn)
        case .messageDelete(let command): try command.decide(turn)
        case .cursorMove(let command): try command.decide(turn)
        case .conversationCreate(let command): try command.decide(turn)
        case .conversationUpdate(let command): try command.decide(turn)
        case .conversationLeave(let command): try command.decide(turn)
        case .preferenceSet(let command): try command.decide(turn)
        case .pushSubscribe(let command): try command.decide(turn)
        case .pushUnsubscribe(let command): try command.decide(turn)
        case .memberAdd(let command): try command.decide(turn)
        case .memberRemove(let command): try command.decide(turn)
        case .memberRole(let command): try command.decide(turn)
        case .blockAdd(let command): try command.decide(turn)
        case .blockRemove(let command): try command.decide(turn)
        case .userUpdate(let command): try command.decide(turn)
        }
    }
}
