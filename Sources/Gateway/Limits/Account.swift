internal import Synchronization
internal import Wire

/// What one user of one tenant has taken of this gateway: commands by rate, over WebSockets and HTTP alike, and
/// connections, with how each says that the user is to be shown.
final class Account: Sendable {
    /// What a connection says of its user just by being there.
    enum Kind: Sendable {
        /// Online, until it says otherwise.
        case socket
        /// There, and shown as they last said over HTTP.
        case poll
        /// A service acts for others and is itself nobody to be seen.
        case service
    }

    /// One connection's place.
    struct Seat: Sendable {
        let kind: Kind
        fileprivate let number: UInt64
    }

    private static let filesPerCommand: UInt64 = 5

    private struct State {
        var bucket = TokenBucket()
        /// Of reading events by HTTP: busy talk answers polls as fast as they come, and must leave room for commands.
        var reads = TokenBucket()
        /// Of reading files: a page with many pictures asks for all of them at once.
        var files = TokenBucket()
        var told = ToldStates()
        var lastNumber: UInt64 = 0
        var sockets: UInt64 = 0
        var polls: UInt64 = 0
        var services: UInt64 = 0
        /// What sockets said, by their seats' numbers; those that said nothing are not in it.
        var said: [UInt64: Attendance] = [:]

        var connections: UInt64 { sockets + polls + services }

        var attendance: Attendance? {
            var joined: Attendance? = sockets > UInt64(said.count) ? Attendance(.online) : nil
            let polling = Attendance(.silent, isPolling: true)
            if polls > 0 { joined = joined?.joined(with: polling) ?? polling }
            for one in said.values { joined = joined?.joined(with: one) ?? one }
            return joined
        }

        mutating func count(_ kind: Kind, _ change: (inout UInt64) -> Void) {
            switch kind {
            case .socket: change(&sockets)
            case .poll: change(&polls)
            case .service: change(&services)
            }
        }
    }

    private let state = Mutex(State())

    /// How the user is at this gateway; nil where no connection of theirs says anything.
    var attendance: Attendance? { state.withLock { $0.attendance } }

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

    /// Charges one request for a file, at a multiple of the rate of commands and by itself.
    func chargeFile(_ settings: TenantSettings, now: ContinuousClock.Instant) -> Duration? {
        state.withLock {
            $0.files.take(
                rate: settings[.rateCommandsPerSecond] * Self.filesPerCommand,
                burst: settings[.rateBurst] * Self.filesPerCommand, now: now)
        }
    }

    /// By `ToldStates`.
    func isNews(_ states: [[UInt8]], at offset: UInt64) -> Bool {
        state.withLock { $0.told.isNews(states, at: offset) }
    }

    func tell(_ states: some Sequence<some Sequence<UInt8>>, at offset: UInt64) {
        state.withLock { $0.told.tell(states, at: offset) }
    }

    /// Counts one more connection.
    ///
    /// - Returns: its seat, and whether the user is now here in another way; nil where they have as many as the tenant
    ///   allows.
    func connect(_ settings: TenantSettings, as kind: Kind = .socket) -> (seat: Seat, isNews: Bool)? {
        state.withLock { state in
            guard state.connections < settings[.connectionsPerUser] else { return nil }
            let former = state.attendance
            state.lastNumber += 1
            state.count(kind) { $0 += 1 }
            return (Seat(kind: kind, number: state.lastNumber), state.attendance != former)
        }
    }

    /// What `presence.set` says on a socket.
    ///
    /// - Returns: whether the user is now here in another way.
    func say(_ attendance: Attendance, on seat: Seat) -> Bool {
        state.withLock { state in
            let former = state.attendance
            state.said[seat.number] = attendance
            return state.attendance != former
        }
    }

    /// Counts one connection less.
    ///
    /// - Returns: whether the user is now here in another way, or no longer connected at all.
    func disconnect(_ seat: Seat) -> Bool {
        state.withLock { state in
            let former = state.attendance
            state.said[seat.number] = nil
            state.count(seat.kind) { $0 -= min($0, 1) }
            return state.connections == 0 || state.attendance != former
        }
    }

    func isIdle(at now: ContinuousClock.Instant) -> Bool {
        state.withLock {
            $0.connections == 0 && $0.bucket.isFull(at: now) && $0.reads.isFull(at: now) && $0.files.isFull(at: now)
        }
    }
}
