internal import Wire

/// Who is let in at a handshake (ZeroMQ RFC 27). Asked once a connection, never again while it lasts.
struct Zap {
    /// How a key that is not known is treated.
    private struct Domain {
        var keys: Set<CurveKey>
        /// How long an unknown key waits for word of it.
        var patience: Duration
    }

    private struct Held {
        let envelope: [[UInt8]]
        let domain: String
        let key: CurveKey
        let deadline: ContinuousClock.Instant
    }

    /// Handshakes that wait at once; more are refused without waiting. A peer's handshake takes 5 s at most anyway.
    static let heldMax = 1_024

    private var domains: [String: Domain] = [:]
    private var held: [Held] = []
    /// Handshakes refused, by domain. Domains are the process's own, and few.
    private(set) var refused: [String: UInt64] = [:]
    /// Keys let in since their domain was named or forgotten last.
    private(set) var admitted: [String: Set<CurveKey>] = [:]

    mutating func admit(_ keys: Set<CurveKey>, to domain: String, patience: Duration) {
        domains[domain] = Domain(keys: keys, patience: patience)
    }

    mutating func forget(_ domain: String) {
        domains[domain] = nil
        admitted[domain] = nil
    }

    /// A request as a `router` gets it: the asking session's id, an empty frame, then the request's own frames.
    ///
    /// - Parameter serial: gives each admitted connection a number that none had before.
    /// - Returns: the answer; nil where it has to wait.
    mutating func asked(
        _ message: [[UInt8]], now: ContinuousClock.Instant, serial: () -> UInt64
    ) -> [[UInt8]]? {
        guard message.count >= 4 else { return nil }
        let envelope = Array(message.prefix(4))
        guard message.count == 9, message[2].elementsEqual("1.0".utf8), message[7].elementsEqual("CURVE".utf8),
            let key = CurveKey(bytes: message[8])
        else { return refusal(envelope, domain: "unknown") }
        let domain = String(decoding: message[4], as: UTF8.self)
        guard let rule = domains[domain] else { return refusal(envelope, domain: domain) }
        if rule.keys.contains(key) { return admission(envelope, key, serial(), domain: domain) }
        guard rule.patience > .zero, held.count < Self.heldMax else { return refusal(envelope, domain: domain) }
        held.append(Held(envelope: envelope, domain: domain, key: key, deadline: now + rule.patience))
        return nil
    }

    /// Answers to those who have waited: their key is known by now, or their time is over.
    mutating func settle(now: ContinuousClock.Instant, serial: () -> UInt64) -> [[[UInt8]]] {
        guard !held.isEmpty else { return [] }
        var answers: [[[UInt8]]] = []
        var waiting: [Held] = []
        for request in held {
            if domains[request.domain]?.keys.contains(request.key) == true {
                answers.append(admission(request.envelope, request.key, serial(), domain: request.domain))
            } else if request.deadline <= now || domains[request.domain] == nil {
                answers.append(refusal(request.envelope, domain: request.domain))
            } else {
                waiting.append(request)
            }
        }
        held = waiting
        return answers
    }

    private mutating func admission(
        _ envelope: [[UInt8]], _ key: CurveKey, _ serial: UInt64, domain: String
    ) -> [[UInt8]] {
        admitted[domain, default: []].insert(key)
        let user = Array(Self.userID(key, serial).utf8)
        return envelope + [Array("200".utf8), Array("OK".utf8), user, []]
    }

    private mutating func refusal(_ envelope: [[UInt8]], domain: String) -> [[UInt8]] {
        refused[domain, default: 0] += 1
        return envelope + [Array("400".utf8), Array("unknown key".utf8), [], []]
    }

    /// What libzmq then attaches to each message of the connection: its number and whose it is.
    static func userID(_ key: CurveKey, _ serial: UInt64) -> String { "\(serial) \(key.text)" }

    static func parse(userID text: String) -> (key: CurveKey, serial: UInt64)? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let serial = UInt64(parts[0]), let key = CurveKey(String(parts[1])) else { return nil }
        return (key, serial)
    }
}
