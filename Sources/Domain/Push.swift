internal import Wire

extension PushSubscribe {
    /// Stored anew each time, so that «oldest» means the one that its browser said least recently.
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let user = try turn.knownUser
        guard turn.allowsPlainPush || !subscription.isPlain else { throw Refusal.badRequest("endpoint") }
        return Decision(.done, changes: [.subscribed(user, subscription)])
    }
}

extension PushUnsubscribe {
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        Decision(.done, changes: [.unsubscribed(try turn.knownUser, endpoint: endpoint)])
    }
}
