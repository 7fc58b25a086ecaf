internal import Wire

/// One request that is to be made, as it lies in the queue.
struct Delivery: Equatable, Sendable {
    enum Kind: Int64, Sendable {
        case webhook = 0
        case push = 1
    }

    let id: Int64
    let line: Int64
    let kind: Kind
    /// A webhook's id, or the push service's origin: what shares a number of requests under way.
    let target: String
    let tenant: TenantSlug
    /// `<epoch>:<offset>` of the event.
    let event: String
    /// When it was queued.
    let queuedAt: Timestamp
    /// How often it was tried, and when first.
    let attempts: Int
    let firstTriedAt: Timestamp?
    /// The event's JSON, or what the browser is to be told.
    let body: [UInt8]
    let browser: Browser?
}

/// Whom a push is for.
struct Browser: Equatable, Sendable {
    let user: UserID
    let subscription: PushSubscription

    var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.put(user.text)
        writer.put(subscription.endpoint)
        writer.put(subscription.publicKey)
        writer.put(subscription.secret)
        return writer.bytes
    }

    init(user: UserID, subscription: PushSubscription) {
        self.user = user
        self.subscription = subscription
    }

    init?(_ bytes: [UInt8]) {
        var reader = BinaryReader(bytes)
        guard let user = try? reader.user(), let endpoint = try? reader.text(), let key = try? reader.blob(),
            let secret = try? reader.blob()
        else { return nil }
        self.init(user: user, subscription: PushSubscription(endpoint: endpoint, publicKey: key, secret: secret))
    }
}

/// How one attempt ended.
enum Outcome: Equatable, Sendable {
    /// - Parameter retryAfter: seconds, where the answer named some.
    case answered(status: Int, retryAfter: Int?)
    case failed(Failure)

    /// What kept a request from being answered; raw values are labels of a metric.
    enum Failure: String, CaseIterable, Sendable {
        /// The name leads to no address, or to none that may be sent to.
        case name
        case forbidden
        case connection
        case certificate
        case timeout
        /// What came is no HTTP.
        case malformed
        /// It can't be sent at all: a key that is none.
        case unusable
    }
}

/// What follows from an outcome.
enum Verdict: Equatable, Sendable {
    case delivered
    case retry(at: Timestamp)
    /// No more tries; the reason is one line for people.
    case dead(reason: String)
    /// The receiver is gone for good, and everything else for it with it.
    case gone(reason: String)
}

/// When to try again, and when not.
///
/// - Source: "full jitter" after M. Brooker, "Exponential Backoff And Jitter", AWS, 2015, above half of the wait, so that
///   the first retries don't come at once.
struct RetryRules: Equatable, Sendable {
    /// The wait before the first retry; doubled with each one, up to `waitMax`.
    var firstWait: Duration = .seconds(5)
    var waitMax: Duration = .seconds(3_600)
    /// Since the first try.
    var patience: Duration = .seconds(86_400)

    /// - Parameters:
    ///   - attempts: tries so far, this one included; 1 and up.
    ///   - firstTriedAt: when the first of them began.
    func verdict(
        _ outcome: Outcome, of kind: Delivery.Kind, attempts: Int, firstTriedAt: Timestamp, now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) -> Verdict {
        switch outcome {
        case .answered(200...299, _): return .delivered
        case .answered(410, _): return .gone(reason: "answered 410")
        case .answered(404, _) where kind == .push: return .gone(reason: "answered 404")
        // A push service that says so of a message says so again.
        case .answered(let status, _) where kind == .push && (400...499).contains(status) && status != 429:
            return .dead(reason: "answered \(status)")
        case .failed(.unusable): return kind == .push ? .gone(reason: "unusable") : .dead(reason: "unusable")
        case .answered, .failed: break
        }
        let wait = wait(after: attempts, asked: outcome.retryAfter, using: &random)
        let next = Timestamp(milliseconds: now.milliseconds + wait)
        guard next.milliseconds - firstTriedAt.milliseconds <= Self.milliseconds(patience) else {
            return .dead(reason: outcome.reason)
        }
        return .retry(at: next)
    }

    /// Milliseconds: drawn from the upper half of min(`waitMax`, `firstWait` · 2^(attempts − 1)), and no less than the
    /// answer asked for, up to `waitMax`.
    func wait(after attempts: Int, asked: Int?, using random: inout some RandomNumberGenerator) -> Int64 {
        let longest = Self.milliseconds(waitMax)
        let shift = min(max(attempts - 1, 0), 20)
        let full = max(min(longest, Self.milliseconds(firstWait) << shift), 1)
        let drawn = Int64.random(in: full / 2...full, using: &random)
        return max(drawn, min(longest, Int64(min(max(asked ?? 0, 0), 86_400)) * 1_000))
    }

    static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Outcome {
    var reason: String {
        switch self {
        case .answered(let status, _): "answered \(status)"
        case .failed(let failure): failure.words
        }
    }

    fileprivate var retryAfter: Int? {
        if case .answered(_, let seconds) = self { seconds } else { nil }
    }
}

extension Outcome.Failure {
    var words: String {
        switch self {
        case .name: "the name leads nowhere"
        case .forbidden: "the address is private or set aside"
        case .connection: "no connection"
        case .certificate: "no proof of who answers"
        case .timeout: "no answer in time"
        case .malformed: "the answer is no HTTP"
        case .unusable: "it can't be sent"
        }
    }
}
