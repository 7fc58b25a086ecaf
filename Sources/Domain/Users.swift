internal import Wire

extension UserUpdate {
    /// Changes a profile; where a service names somebody new, registers them.
    func decide(_ turn: Turn<some TenantReads>) throws -> Decision {
        let id = try turn.user
        let old = try turn.tenant.user(id)
        // A user without a name is shown by their id.
        let user = User(
            id: id, name: name.map { $0.isEmpty ? id.text : $0 } ?? old?.name ?? id.text,
            picture: picture.map { $0.isEmpty ? nil : $0 } ?? old?.picture)
        guard user != old else { return Decision(.user(user)) }
        let claimed = try turn.tenant.claimedProfile(of: id) ?? Profile()
        return Decision(.user(user), changes: [.user(user, claimed: claimed)])
    }
}

extension UserGet {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        guard let user = try turn.tenant.user(user) else { throw Refusal.notFound }
        return .user(user)
    }
}

extension UserSearch {
    func answer(_ turn: Turn<some TenantReads>) throws -> Answered {
        .users(try turn.tenant.users(matching: query, limit: limit))
    }
}
