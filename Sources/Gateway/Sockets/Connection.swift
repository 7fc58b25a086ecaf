internal import Wire

/// One WebSocket's life from its upgrade on, as decisions: what came and when goes in, what to do comes out.
struct Connection {
    enum Phase: Equatable {
        /// Nothing but `hello` is taken.
        case greeting
        /// The token is being looked at, or the first page is on its way; nothing is read meanwhile.
        case admitting
        /// The reply to `hello` is out, and commands are taken; what was missed is still coming.
        case catchingUp
        case live
        /// Our close is out, and the other side's is awaited.
        case closing
    }

    enum Action: Equatable {
        case none
        case greet(ref: String?, Hello)
        /// Hand it to the router.
        case submit(Op, ref: String?)
        /// The gateway's own or the router's, by who says it.
        case presence(PresenceCommand, as: UserID?, ref: String?)
        case refresh(ref: String?, token: String)
        /// Carried out here; nil where nobody asked for an answer.
        case carriedOut(Op, [UInt8]?)
        case refuse(ref: String?, Refusal, Op?)
        case pong([UInt8])
        /// Answer before closing where the frame can be answered.
        case close(CloseCode, ref: String?, Refusal?)
        /// The other side closes: its code goes back, then the socket closes.
        case echoClose(UInt16?)
        /// The other side has answered our close.
        case cut
    }

    /// What time brings.
    enum Timed: Equatable {
        case mark
        case ping
        case tokenExpiring(Timestamp)
        case close(CloseCode)
        case cut
    }

    /// docs/protocol.md §5: 100 refusals in 10 s.
    static let rateRefusalsMax = 100
    static let rateRefusalsWindow: Duration = .seconds(10)
    /// How long before `exp` a client is told.
    static let expiryWarning: Duration = .seconds(60)
    /// Pings that may stay without a sign of life.
    static let unansweredPingsMax = 2
    /// How long to wait before a command that found too many others waiting.
    static let overloadedRetryMs = 250
    /// WebSocket control frames: a client sends one now and then.
    static let controlsPerSecond: UInt64 = 20
    static let controlsBurst: UInt64 = 100

    private(set) var phase = Phase.greeting
    private(set) var inFlight = 0
    private var phaseDeadline: ContinuousClock.Instant?
    private var controls = TokenBucket()
    /// When commands were refused by rate, the oldest first; at most `rateRefusalsMax`.
    private var rateRefusals: [ContinuousClock.Instant] = []
    private var lastSent: ContinuousClock.Instant
    private var hasHeard = false
    private var unansweredPings = 0
    private var nextPing: ContinuousClock.Instant
    private var expires: (at: Timestamp, instant: ContinuousClock.Instant)?
    private var isWarned = false
    private var drainsAt: ContinuousClock.Instant?
    private let heartbeat: Duration

    init(_ policy: Policy, now: ContinuousClock.Instant) {
        heartbeat = policy.heartbeat
        phaseDeadline = now + policy.helloTimeout
        lastSent = now
        nextPing = now + policy.heartbeat
    }

    /// Whether bytes may be read on.
    var takesFrames: Bool { phase != .admitting }

    /// - Parameters:
    ///   - inFlightMax: of the tenant.
    ///   - charge: takes one command from the user's rate; how long to wait where there is none.
    mutating func received(
        _ input: WebSocketParser.Input, inFlightMax: Int, now: ContinuousClock.Instant,
        charge: (ContinuousClock.Instant) -> Duration?
    ) -> Action {
        hasHeard = true
        guard phase != .closing else {
            if case .close = input { return .cut }
            return .none
        }
        switch input {
        case .text(let json):
            let parsed = Frame.parse(json)
            if case .broken = parsed {
                return close(String(validating: json, as: UTF8.self) == nil ? .notUTF8 : .broken)
            }
            return phase == .greeting ? greet(parsed) : command(parsed, inFlightMax, now, charge)
        case .binary: return close(.broken)
        case .ping(let payload):
            return isControlExcessive(now) ? close(.rateLimited) : .pong(payload)
        case .pong: return isControlExcessive(now) ? close(.rateLimited) : .none
        case .close(let code):
            phase = .closing
            return .echoClose(code)
        case .violation(let code): return close(code)
        }
    }

    /// The token holds until then.
    mutating func admitted(expires: Timestamp, at wall: Timestamp, now: ContinuousClock.Instant) {
        phaseDeadline = nil
        renewed(expires: expires, at: wall, now: now)
    }

    mutating func renewed(expires: Timestamp, at wall: Timestamp, now: ContinuousClock.Instant) {
        let left = Duration.milliseconds(expires.milliseconds - wall.milliseconds)
        self.expires = (expires, now + left)
        isWarned = false
    }

    /// The reply to `hello` is out.
    mutating func greeted() { if phase == .admitting { phase = .catchingUp } }
    mutating func wentLive() { if phase == .catchingUp { phase = .live } }
    mutating func submitted() { inFlight += 1 }
    mutating func replied() { inFlight -= min(inFlight, 1) }
    mutating func sent(now: ContinuousClock.Instant) { lastSent = now }
    mutating func drain(at moment: ContinuousClock.Instant) { drainsAt = moment }

    mutating func beganClosing(until deadline: ContinuousClock.Instant) {
        phase = .closing
        phaseDeadline = deadline
    }

    /// What is due, in order; ask for `nextDeadline` afterwards.
    mutating func due(now: ContinuousClock.Instant, at wall: Timestamp) -> [Timed] {
        if let deadline = phaseDeadline, deadline <= now {
            switch phase {
            case .closing: return [.cut]
            default: return [.close(.noHello)]
            }
        }
        guard phase != .closing else { return [] }
        if let drainsAt, drainsAt <= now { return [.close(.draining)] }
        guard phase == .live || phase == .catchingUp else { return [] }
        var timed: [Timed] = []
        if let expires {
            // Both clocks: a wall clock that is set forward ends tokens, one that is set back prolongs none.
            if expires.instant <= now || expires.at <= wall { return [.close(.tokenExpired)] }
            if !isWarned, expires.instant - Self.expiryWarning <= now {
                isWarned = true
                timed.append(.tokenExpiring(expires.at))
            }
        }
        if nextPing <= now {
            if hasHeard { unansweredPings = 0 }
            guard unansweredPings < Self.unansweredPingsMax else { return [.close(.lost)] }
            hasHeard = false
            unansweredPings += 1
            nextPing = now + heartbeat
            timed.append(.ping)
        }
        if phase == .live, markDeadline <= now { timed.append(.mark) }
        return timed
    }

    /// When to ask what is due at the latest.
    var nextDeadline: ContinuousClock.Instant {
        var next = nextPing
        if let phaseDeadline { next = min(next, phaseDeadline) }
        if let drainsAt { next = min(next, drainsAt) }
        if let expires { next = min(next, isWarned ? expires.instant : expires.instant - Self.expiryWarning) }
        if phase == .live { next = min(next, markDeadline) }
        return next
    }

    /// A mark has to be there within `heartbeat`, and the timer is coarse.
    private var markDeadline: ContinuousClock.Instant { lastSent + heartbeat - TimerWheel.tick * 2 }

    private mutating func greet(_ parsed: ParsedFrame) -> Action {
        switch parsed {
        case .frame(let frame):
            guard case .session(.hello(let hello)) = frame.command else {
                return close(.broken, ref: frame.ref, .badRequest("op"))
            }
            let major = HelloReply.protocolVersion.prefix { $0 != "." }
            guard hello.protocolVersion.prefix(while: { $0 != "." }) == major else {
                return close(.protocolVersion, ref: frame.ref, .badRequest("protocol"))
            }
            phase = .admitting
            return .greet(ref: frame.ref, hello)
        case .refused(let ref, let refusal): return close(.broken, ref: ref, refusal)
        case .broken: return close(.broken)
        }
    }

    private mutating func command(
        _ parsed: ParsedFrame, _ inFlightMax: Int, _ now: ContinuousClock.Instant,
        _ charge: (ContinuousClock.Instant) -> Duration?
    ) -> Action {
        let ref: String?
        let op: Op?
        switch parsed {
        case .frame(let frame): (ref, op) = (frame.ref, frame.command.op)
        case .refused(let given, _): (ref, op) = (given, nil)
        case .broken: return close(.broken)
        }
        if let wait = charge(now) {
            let refusal = Refusal.rateLimited(retryAfterMs: wait.wholeMilliseconds)
            return isRateExcessive(now) ? close(.rateLimited, ref: ref, refusal) : .refuse(ref: ref, refusal, op)
        }
        guard case .frame(let frame) = parsed else {
            guard case .refused(_, let refusal) = parsed else { return .none }
            return .refuse(ref: ref, refusal, nil)
        }
        switch frame.command {
        case .session(.hello): return .refuse(ref: ref, .badRequest("op"), op)
        case .session(.ping): return .carriedOut(.ping, ref.map { Reply(ref: $0, .success(.done)).bytes })
        case .session(.tokenRefresh(let refresh)): return .refresh(ref: ref, token: refresh.token)
        case .write, .query, .signal, .presence:
            guard inFlight < inFlightMax else {
                return .refuse(ref: ref, .overloaded(retryAfterMs: Self.overloadedRetryMs), op)
            }
            guard case .presence(let presence) = frame.command else { return .submit(frame.command.op, ref: ref) }
            return .presence(presence, as: frame.actingAs, ref: ref)
        }
    }

    private func close(_ code: CloseCode, ref: String? = nil, _ refusal: Refusal? = nil) -> Action {
        .close(code, ref: ref, refusal)
    }

    private mutating func isRateExcessive(_ now: ContinuousClock.Instant) -> Bool {
        if rateRefusals.count == Self.rateRefusalsMax { rateRefusals.removeFirst() }
        rateRefusals.append(now)
        guard rateRefusals.count == Self.rateRefusalsMax, let first = rateRefusals.first else { return false }
        return now - first <= Self.rateRefusalsWindow
    }

    private mutating func isControlExcessive(_ now: ContinuousClock.Instant) -> Bool {
        controls.take(rate: Self.controlsPerSecond, burst: Self.controlsBurst, now: now) != nil
    }
}
