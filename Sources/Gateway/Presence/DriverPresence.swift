internal import Wire

/// What the bus thread tells routers of who is here, and of whom somebody here watches.
extension GatewayDriver {
    /// Users in one request, at some 30 bytes each.
    private static let presencePerRequest = 1_000

    /// As it is by now, whatever else is on its way: the last of what is told is always what is so.
    mutating func tellAttendance(of user: UserID, in tenant: TenantSlug) {
        let attendance = context.accounts.attendance(of: user, in: tenant)
        links[owner(of: tenant)].tell(
            attendance.map { .present(tenant: tenant, [Attending(user, $0)], isRenewal: false) }
                ?? .gone(tenant: tenant, user: user))
    }

    mutating func tell(_ interest: PresenceInterest, in tenant: TenantSlug) {
        guard !interest.users.isEmpty else { return }
        links[owner(of: tenant)].tell(.interest(tenant: tenant, interest))
    }

    /// A new link knows nothing of this gateway: everybody who is here, and everybody who is watched.
    mutating func tellPresenceAnew(on place: Int) {
        for (tenant, attending) in context.accounts.attending() where owner(of: tenant) == place {
            for portion in attending.portions(of: Self.presencePerRequest) {
                links[place].tell(.present(tenant: tenant, portion, isRenewal: true))
            }
        }
        for (tenant, users) in interests.all where owner(of: tenant) == place {
            for portion in users.portions(of: Self.presencePerRequest) {
                links[place].tell(.interest(tenant: tenant, PresenceInterest(.goesOn, portion)))
            }
        }
    }
}

extension Array {
    fileprivate func portions(of count: Int) -> [Array] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
