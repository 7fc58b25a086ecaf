internal import Synchronization
internal import Wire

/// The accounts of all users that this gateway has to do with at the moment.
final class Accounts: Sendable {
    private struct Key: Hashable {
        let tenant: TenantSlug
        let user: UserID
    }

    private let accounts = Mutex<[Key: Account]>([:])

    func account(of user: UserID, in tenant: TenantSlug) -> Account {
        accounts.withLock { accounts in
            let key = Key(tenant: tenant, user: user)
            if let account = accounts[key] { return account }
            let account = Account()
            accounts[key] = account
            return account
        }
    }

    /// Finds the account and counts a connection in one step, so that no sweep comes between; nil where the user has
    /// as many as the tenant allows.
    func connect(
        _ user: UserID, in tenant: TenantSlug, _ settings: TenantSettings, as kind: Account.Kind = .socket
    ) -> (account: Account, seat: Account.Seat, isNews: Bool)? {
        accounts.withLock { accounts in
            let key = Key(tenant: tenant, user: user)
            let account = accounts[key] ?? Account()
            guard let (seat, isNews) = account.connect(settings, as: kind) else { return nil }
            accounts[key] = account
            return (account, seat, isNews)
        }
    }

    /// How the user is at this gateway; nil: not at all.
    func attendance(of user: UserID, in tenant: TenantSlug) -> Attendance? {
        accounts.withLock { $0[Key(tenant: tenant, user: user)] }?.attendance
    }

    /// Everybody who is here, by tenant and in order of their ids.
    func attending() -> [TenantSlug: [Attending]] {
        let all = accounts.withLock { $0 }
        var attending: [TenantSlug: [Attending]] = [:]
        for (key, account) in all {
            guard let attendance = account.attendance else { continue }
            attending[key.tenant, default: []].append(Attending(key.user, attendance))
        }
        return attending.mapValues { $0.sorted { $0.user < $1.user } }
    }

    /// Forgets who is not connected and whose rate has recovered.
    func sweep(now: ContinuousClock.Instant) {
        accounts.withLock { accounts in
            accounts = accounts.filter { !$0.value.isIdle(at: now) }
        }
    }

    var count: Int { accounts.withLock { $0.count } }
}
