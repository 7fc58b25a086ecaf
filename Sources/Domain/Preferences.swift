internal import Wire

extension PreferenceSet {
    /// A member's own; a service sets them in somebody's name, as everything that is stored.
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let participant = try turn.participant(in: conversation)
        let old = try turn.tenant.preferences(of: participant.user, in: conversation)
        var new = old
        switch kind {
        case .mute: new.muted = isOn
        case .archive: new.archived = isOn
        case .pin: new.pinned = isOn
        }
        guard new != old else { return Decision(.done) }
        let changed = PreferencesChanged(conversation: conversation, user: participant.user, preferences: new)
        return Decision(.done, happenings: [Happening(.preferences(changed), to: .user(participant.user))])
    }
}
