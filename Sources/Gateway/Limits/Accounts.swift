internal import Synchronization
internal import Wire

/// What one user of one tenant has taken of this gateway: commands by rate, over WebSockets and HTTP alike, and
/// connections.
final class Account: Sendable {
    private struct State {
        var bucket = TokenBucket()
        /// Of reading events by HTTP: busy talk answers polls as fast as they come, and must leave room for commands.
        var reads = TokenBucket()
        var told = ToldStates()
        var connections: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Charges one command.
    ///
    /// - Returns: nil where it is within the tenant's rate, and otherwise how long to wait.
    func charge(_ settings: TenantSettings, now: ContinuousClock.Instant) -> Duration? {
        state.withLock {
            $0.bucket.take(rate: settings[.rateCommandsPerSecond], burst: settings[.rateBurst], now: now)
        }
    }

    /// Charges one request for events, at the same rate as commands but by itself.
    func chargeRead(_ settings: TenantSettings, now: ContinuousClock.Instant) -> Duration? {
        state.withLock {
            $0.reads.take(rate: settings[.rateCommandsPerSecond], burst: settings[.rateBurst], now: now)
        }
    }

    /// By `ToldStates`.
    func isNews(_ states: [[UInt8]], at offset: UInt64) -> Bool {
        state.withLock { $0.told.isNews(states, at: offset) }
    }

    func tell(_ states: some Sequence<some Sequence<UInt8>>, at offset: UInt64) {
        state.withLock { $0.told.tell(states, at: offset) }
    }

    /// Counts one more connection; false where the user has as many as the tenant allows.
    func connect(_ settings: TenantSettings) -> Bool {
        state.withLock { state in
            guard state.connections < settings[.connectionsPerUser] else { return false }
            state.connections += 1
            return true
        }
    }

    /// Counts one connection less; true where it was the last.
    func disconnect() -> Bool {
        state.withLock { state in
            state.connections -= min(state.connections, 1)
            return state.connections == 0
        }
    }

    fileprivate func isIdle(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.connections == 0 && $0.bucket.isFull(at: now) && $0.reads.isFull(at: now) }
    }
}

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
    func connect(_ user: UserID, in tenant: TenantSlug, _ settings: TenantSettings) -> Account? {
        accounts.withLock { accounts in
            let key = Key(tenant: tenant, user: user)
            let account = accounts[key] ?? Account()
            guard account.connect(settings) else { return nil }
            accounts[key] = account
            return account
        }
    }

    /// Forgets who is not connected and whose rate has recovered.
    func sweep(now: ContinuousClock.Instant) {
        accounts.withLock { accounts in
            accounts = accounts.filter { !$0.value.isIdle(at: now) }
        }
    }

    var count: Int { accounts.withLock { $0.count } }
}
