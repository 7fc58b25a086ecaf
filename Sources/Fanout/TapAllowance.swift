internal import Wire

/// How much each tap may ask for: a token bucket for its requests and one for events that have to be read from a
/// router's log. Events from the ring cost nobody a disk, and are held back by credit alone.
struct TapAllowance: Equatable {
    struct Bounds: Equatable, Sendable {
        /// In a second, and at once.
        var requests = 10
        var requestsAtOnce = 50
        /// In a second, and as many at once.
        var logEvents = 20_000
    }

    private struct Account: Equatable {
        var requests: Double
        var events: Double
        var at: ContinuousClock.Instant
    }

    private let bounds: Bounds
    private var accounts: [CurveKey: Account] = [:]

    init(_ bounds: Bounds) { self.bounds = bounds }

    /// Whether one more request is granted.
    mutating func mayAsk(_ key: CurveKey, now: ContinuousClock.Instant) -> Bool {
        var account = account(key, now: now)
        defer { accounts[key] = account }
        guard account.requests >= 1 else { return false }
        account.requests -= 1
        return true
    }

    /// Whether more of the log may be read now. One page may overdraw it.
    mutating func mayRead(_ key: CurveKey, now: ContinuousClock.Instant) -> Bool {
        let account = account(key, now: now)
        accounts[key] = account
        return account.events > 0
    }

    mutating func read(_ count: Int, by key: CurveKey) { accounts[key]?.events -= Double(count) }

    /// Forgets all but these: keys that nobody has any more.
    mutating func keep(_ isInForce: (CurveKey) -> Bool) { accounts = accounts.filter { isInForce($0.key) } }

    private func account(_ key: CurveKey, now: ContinuousClock.Instant) -> Account {
        guard var account = accounts[key] else {
            return Account(requests: Double(bounds.requestsAtOnce), events: Double(bounds.logEvents), at: now)
        }
        let passed = (now - account.at) / .seconds(1)
        account.requests = min(account.requests + passed * Double(bounds.requests), Double(bounds.requestsAtOnce))
        account.events = min(account.events + passed * Double(bounds.logEvents), Double(bounds.logEvents))
        account.at = now
        return account
    }
}
