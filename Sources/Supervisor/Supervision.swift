internal import Operations

/// What a child does. Raw values are its subcommand and its name in `parley status`.
public enum Role: String, Equatable, Sendable, CaseIterable, Codable {
    case router
    case fanout
    case gateway
    case notifier
}

/// How a child ended.
public enum ChildEnd: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)
    case notStarted(reason: String)

    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "signal \(signal)"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }
}

/// Decides which child is started, signalled or given up, and when. A value: what happens and `now` in, actions out.
struct Supervision: Equatable, Sendable {
    enum Action: Equatable, Sendable {
        case start(String)
        case ask(String)
        case kill(String)
        case finish(ExitCode)
    }

    enum State: Equatable, Sendable {
        case waiting(until: ContinuousClock.Instant)
        case running(since: ContinuousClock.Instant)
        /// Asked to end; killed from `deadline` on.
        case ending(deadline: ContinuousClock.Instant)
        case ended
    }

    struct Child: Equatable, Sendable {
        let name: String
        let role: Role
        var state: State
        var backoff = Backoff()
        var restarts = 0
    }

    /// Gateways first, so that their clients hear of it while commands still work; the router last, so that what
    /// reached it is answered.
    static let stopOrder: [Role] = [.gateway, .notifier, .fanout, .router]

    /// How long a child may take to end. A gateway tells its clients to go over 5 s; a router finishes its batches.
    static func patience(_ role: Role) -> Duration {
        switch role {
        case .gateway: .seconds(12)
        case .fanout: .seconds(3)
        case .notifier: .seconds(3)
        case .router: .seconds(10)
        }
    }

    /// For how long after the start a port or a lock that is taken is tried again: children of a supervisor that was
    /// killed a moment ago may still be holding it.
    static let inheritance = Duration.seconds(3)

    private(set) var children: [Child]
    private let begun: ContinuousClock.Instant
    private var wasReady = false
    private var stopping: ExitCode?

    init(_ children: [(name: String, role: Role)], now: ContinuousClock.Instant) {
        begun = now
        self.children = children.map { Child(name: $0.name, role: $0.role, state: .waiting(until: now)) }
    }

    /// Every child has said that it is ready, for the first time.
    mutating func everythingReady() { wasReady = true }

    mutating func ended(_ name: String, _ end: ChildEnd, now: ContinuousClock.Instant) -> [Action] {
        guard let place = children.firstIndex(where: { $0.name == name }) else { return [] }
        if stopping != nil {
            children[place].state = .ended
            return stopNext(now: now)
        }
        if let code = verdict(end, now: now) {
            children[place].state = .ended
            return stop(code, now: now)
        }
        var lived = Duration.zero
        if case .running(let since) = children[place].state { lived = now - since }
        let delay = children[place].backoff.delay(lived: lived)
        children[place].state = .waiting(until: now + delay)
        children[place].restarts += 1
        return []
    }

    /// The code to end with, where starting again would change nothing: a wrong setting stays wrong, and a port or a
    /// lock that another program holds from the beginning is for a person to free.
    private func verdict(_ end: ChildEnd, now: ContinuousClock.Instant) -> ExitCode? {
        guard case .exited(let raw) = end, let code = ExitCode(rawValue: raw) else { return nil }
        switch code {
        case .usage, .badData, .configuration: return code
        case .inputOutput: return wasReady || now - begun < Self.inheritance ? nil : code
        case .done, .refused, .unreachable: return nil
        }
    }

    mutating func ticked(now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        for place in children.indices {
            switch children[place].state {
            case .waiting(let until) where until <= now:
                children[place].state = .running(since: now)
                actions.append(.start(children[place].name))
            case .ending(let deadline) where deadline <= now:
                children[place].state = .ending(deadline: now + .seconds(1))
                actions.append(.kill(children[place].name))
            case .waiting, .running, .ending, .ended: break
            }
        }
        return actions
    }

    /// Ends everything in order; asked again, at once.
    mutating func stop(_ code: ExitCode, now: ContinuousClock.Instant) -> [Action] {
        guard stopping == nil else {
            return children.filter(\.isAlive).map { .kill($0.name) }
        }
        stopping = code
        for place in children.indices {
            if case .waiting = children[place].state { children[place].state = .ended }
        }
        return stopNext(now: now)
    }

    private mutating func stopNext(now: ContinuousClock.Instant) -> [Action] {
        for role in Self.stopOrder {
            let alive = children.indices.filter { children[$0].role == role && children[$0].isAlive }
            guard !alive.isEmpty else { continue }
            return alive.compactMap { place in
                guard case .running = children[place].state else { return nil }
                children[place].state = .ending(deadline: now + Self.patience(role))
                return .ask(children[place].name)
            }
        }
        return [.finish(stopping ?? .done)]
    }
}

extension Supervision.Child {
    var isAlive: Bool {
        switch state {
        case .running, .ending: true
        case .waiting, .ended: false
        }
    }
}
