public import Wire

extension Signal {
    /// What is sent on of a command that is not stored; empty where nobody is to hear of it. The table of all such
    /// commands.
    ///
    /// - Throws: `Refusal` where the answer is «no»; anything else is a failure of the store.
    public func relay(_ turn: Turn<some TenantReads>) throws -> [Happening] {
        switch self {
        case .typing(let command): try command.relay(turn)
        }
    }
}
