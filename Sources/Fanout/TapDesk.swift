internal import Bus
internal import Wire

/// Performs what `TapAccess` and `TapStreams` decide: a publisher for each tenant with taps, and one socket for all
/// streams. Nothing is bound before every router has told whom to let in, and nothing at all where there are no taps.
struct TapDesk {
    struct Configuration: Equatable, Sendable {
        /// Streams are at this port, the tenants' publishers at the ports after it.
        var host: String
        var port: Int
        /// Ports after it that may be used.
        var places: Int
        var keys: CurveKeyPair
        /// Messages queued for one subscriber, or one stream, before it misses some, or waits.
        var queueMax = 4_096
        var streams = TapStreams.Bounds()
    }

    /// Something an operator should know, told at most once a minute.
    enum Notice: Equatable, Sendable {
        case refusedHandshakes(UInt64)
        case unboundPort(String)
        case tooManySubscriptions(TenantSlug)
    }

    private struct Publisher {
        let socket: SocketID
        var subscriptions = 0
    }

    /// A tenant whose publisher is to be bound, at a time.
    private struct Opening {
        var at: ContinuousClock.Instant
        var failures = 0
    }

    static let streamDomain = "_stream"
    /// The longest frame of a subscriber's or stream's side: a handshake with metadata has about 600 bytes, a topic 110.
    /// Larger ones cut their peer off.
    private static let frameBytesMax = 1_024
    /// Topics that the subscribers of one tenant may ask for, together.
    static let subscriptionsMax = 10_000
    /// How long an unknown key waits at the handshake: a new tap is known within this.
    private static let patience: Duration = .seconds(1)
    private static let heartbeatInterval: Duration = .seconds(1)
    private static let noticeInterval: Duration = .seconds(60)
    /// A port that was just closed is free again within milliseconds; another process's is not.
    private static let reopenFirst: Duration = .milliseconds(10)
    private static let reopenLast: Duration = .seconds(1)
    /// Before the publisher of a tenant with too many subscriptions opens again.
    private static let penalty: Duration = .seconds(5)
    /// Messages sent in one turn, and to one flow before the next has its go.
    private static let messagesPerTurn = 1_024
    private static let messagesInARow = 128

    private let configuration: Configuration
    private let notify: @Sendable (Notice) -> Void
    private var access: TapAccess
    private var streams: TapStreams
    private var stream: SocketID?
    private var publishers: [TenantSlug: Publisher] = [:]
    private var openings: [TenantSlug: Opening] = [:]
    private var streamOpening: Opening?
    private var nextHeartbeat: ContinuousClock.Instant?
    private var nextNotice: ContinuousClock.Instant?
    private var noticedRefusals: UInt64 = 0
    private var own = TapCounts()

    init(_ configuration: Configuration, routers: Int, notify: @escaping @Sendable (Notice) -> Void) {
        self.configuration = configuration
        self.notify = notify
        access = TapAccess(routers: routers)
        streams = TapStreams(configuration.streams)
    }

    func request(to router: Int) -> TapsRequest { TapsRequest(version: access.version(of: router)) }

    /// Whether messages on the socket are for `received`.
    func isStream(_ socket: SocketID) -> Bool { socket == stream }

    /// A router's answer to `request`.
    ///
    /// - Returns: whether it could be read.
    mutating func answered(_ bytes: [UInt8], by router: Int, at: Timestamp, _ sockets: BusSockets) -> Bool {
        guard let answer = try? TapsAnswer(bytes) else { return false }
        if case .directory(let directory) = answer {
            perform(access.update(directory, of: router, at: at), sockets)
        }
        return true
    }

    /// A message on the stream socket.
    mutating func received(_ message: [[UInt8]], relay: inout Relay, _ sockets: BusSockets) -> [Relay.Action] {
        guard let sender = sockets.sender else { return [] }
        let actions = streams.asked(message.dropFirst(), by: sender, access[sender.key], now: sockets.now)
        return perform(actions, relay: &relay, sockets)
    }

    /// A pack that goes on to gateways goes to taps too.
    mutating func passed(_ bytes: [UInt8], relay: Relay, _ sockets: BusSockets) {
        guard let slug = Self.tenant(of: bytes), access.doors[slug] != nil || streams.listen(to: slug),
            let pack = try? EventPack(bytes)
        else { return }
        if let publisher = publishers[slug] {
            for envelope in pack.envelopes {
                sockets.send(envelope.tapMessage(in: slug).frames, on: publisher.socket)
            }
            own.published += UInt64(pack.envelopes.count)
        }
        if let position = relay.position(of: slug) {
            streams.passed(pack.envelopes, of: slug, newest: position.newest)
        }
    }

    private static func tenant(of pack: [UInt8]) -> TenantSlug? {
        var reader = BinaryReader(pack)
        return try? reader.tenant()
    }

    /// A page of the log that a stream has asked for.
    mutating func answered(_ bytes: [UInt8], relay: inout Relay, _ sockets: BusSockets) -> [Relay.Action] {
        guard let answer = try? ReplayAnswer(bytes) else { return [] }
        return perform(streams.answered(answer, now: sockets.now), relay: &relay, sockets)
    }

    mutating func ticked(at: Timestamp, relay: inout Relay, _ sockets: BusSockets) -> [Relay.Action] {
        let now = sockets.now
        perform(access.ticked(at: at), sockets)
        openDoors(sockets)
        watchSubscriptions(sockets)
        streams.ticked(now: now) { [access] in access[$0] != nil }
        notice(now: now, sockets)
        guard nextHeartbeat.map({ $0 <= now }) ?? true else { return [] }
        nextHeartbeat = now + Self.heartbeatInterval
        for (slug, publisher) in publishers {
            guard let position = relay.position(of: slug) else { continue }
            let heartbeat = TapMessage.heartbeat(of: slug, epoch: position.epoch, offset: position.newest)
            sockets.send(heartbeat.frames, on: publisher.socket)
        }
        let heartbeats = streams.heartbeats { relay.position(of: $0) }
        return perform(heartbeats, relay: &relay, sockets)
    }

    /// Sends what streams have credit for, a share of it each.
    mutating func turnEnded(relay: inout Relay, _ sockets: BusSockets) -> [Relay.Action] {
        guard let stream else {
            if let at = openings.values.map(\.at).min() { sockets.askForTurn(at: at) }
            return []
        }
        openDoors(sockets)
        streams.wakeSleepers(now: sockets.now)
        var actions: [Relay.Action] = []
        var budget = Self.messagesPerTurn
        var rounds = 0
        while budget > 0, rounds < Self.messagesPerTurn, let (id, wanted) = streams.next(from: relay, now: sockets.now)
        {
            rounds += 1
            actions += perform(wanted, relay: &relay, sockets)
            var inARow = 0
            while inARow < Self.messagesInARow, let (message, peer) = streams.front(of: id) {
                inARow += 1
                guard streams.sent(id, sockets.send(message.frames, to: peer, on: stream), now: sockets.now) else {
                    break
                }
            }
            if inARow > 0 { streams.wake(id) }
            budget -= inARow
        }
        if streams.hasReady { sockets.askForTurn(at: sockets.now) }
        if let at = streams.wakesAt { sockets.askForTurn(at: at) }
        if let at = openings.values.map(\.at).min() { sockets.askForTurn(at: at) }
        return actions
    }

    var counts: TapCounts {
        var counts = streams.counts
        counts.published = own.published
        counts.reboundForKeys = own.reboundForKeys
        counts.reboundForSubscriptions = own.reboundForSubscriptions
        counts.bindFailures = own.bindFailures
        counts.refusedHandshakes = own.refusedHandshakes
        counts.doors = publishers.count
        counts.subscriptions = publishers.values.reduce(0) { $0 + $1.subscriptions }
        return counts
    }

    private mutating func perform(
        _ actions: [TapStreams.Action], relay: inout Relay, _ sockets: BusSockets
    ) -> [Relay.Action] {
        var asks: [Relay.Action] = []
        for action in actions {
            switch action {
            case .send(let message, let peer):
                guard let stream else { continue }
                if sockets.send(message.frames, to: peer, on: stream) == .unroutable { streams.gone(peer) }
            case .read(let request):
                asks += relay.asked(request.bytes, by: FanoutDriver.ownIdentity, now: sockets.now)
            }
        }
        return asks
    }
}

// MARK: - Doors

extension TapDesk {
    private mutating func perform(_ change: TapAccess.Change, _ sockets: BusSockets) {
        guard access.isKnown else { return }
        for (slug, door) in change.doors {
            guard let door else {
                close(slug, sockets)
                openings[slug] = nil
                sockets.forget(domain: slug.text)
                continue
            }
            // A handshake is not asked again: who is in and may no longer be goes only with the socket.
            if !sockets.admitted(to: slug.text).isSubset(of: door.keys) {
                own.reboundForKeys += 1
                close(slug, sockets)
            }
            sockets.admit(door.keys, to: slug.text, patience: Self.patience)
        }
        sockets.admit(Set(access.grants.keys), to: Self.streamDomain, patience: Self.patience)
        // Doors that were told before all routers were known are opened now.
        for slug in access.doors.keys where publishers[slug] == nil && openings[slug] == nil {
            if let door = access.doors[slug] { sockets.admit(door.keys, to: slug.text, patience: Self.patience) }
            openings[slug] = Opening(at: sockets.now)
        }
        if stream == nil, streamOpening == nil, !access.grants.isEmpty { streamOpening = Opening(at: sockets.now) }
        for action in streams.ended(change.ended) {
            if case .send(let message, let peer) = action, let stream {
                _ = sockets.send(message.frames, to: peer, on: stream)
            }
        }
        openDoors(sockets)
    }

    private mutating func close(_ slug: TenantSlug, _ sockets: BusSockets) {
        guard let publisher = publishers.removeValue(forKey: slug) else { return }
        sockets.close(publisher.socket)
        sockets.forget(domain: slug.text)
    }

    /// Binds what is to be bound now; what can't be is tried again.
    private mutating func openDoors(_ sockets: BusSockets) {
        if let opening = streamOpening, opening.at <= sockets.now {
            stream = open(.router, "tap_streams", Self.streamDomain, port: configuration.port, sockets)
            streamOpening = stream == nil ? again(opening, sockets) : nil
        }
        for (slug, opening) in openings where opening.at <= sockets.now {
            guard let door = access.doors[slug], door.place < configuration.places else {
                openings[slug] = nil
                continue
            }
            let port = configuration.port + 1 + door.place
            if let socket = open(.xpub, "tap_events", slug.text, port: port, sockets) {
                // Its subscriptions are counted at ticks; libzmq keeps them itself.
                sockets.pause(socket)
                publishers[slug] = Publisher(socket: socket)
                openings[slug] = nil
            } else {
                openings[slug] = again(opening, sockets)
            }
        }
    }

    private func again(_ opening: Opening, _ sockets: BusSockets) -> Opening {
        let failures = opening.failures + 1
        let wait = min(Self.reopenFirst * (1 << min(failures, 10)), Self.reopenLast)
        return Opening(at: sockets.now + wait, failures: failures)
    }

    private mutating func open(
        _ kind: SocketKind, _ name: String, _ domain: String, port: Int, _ sockets: BusSockets
    ) -> SocketID? {
        var options = SocketOptions(name: name)
        options.sendHighWaterMark = configuration.queueMax
        // Requests and subscriptions: few, and taken at once.
        options.receiveHighWaterMark = 1_000
        options.frameBytesMax = Self.frameBytesMax
        // A revoked key's messages are not worth waiting for.
        options.linger = .zero
        options.security = .server(configuration.keys, domain: domain)
        options.tellsPeers = kind == .router
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        do {
            return try sockets.open(kind, options, bind: ["tcp://\(host):\(port)"])
        } catch {
            own.bindFailures += 1
            if own.bindFailures.isMultiple(of: 50) { notify(.unboundPort("\(error)")) }
            return nil
        }
    }

    /// A subscriber may ask for as many topics as it likes, and libzmq keeps them all: past a bound the tenant's
    /// subscribers lose their connections, since it is not told whose they are.
    private mutating func watchSubscriptions(_ sockets: BusSockets) {
        for (slug, publisher) in publishers {
            let count = max(publisher.subscriptions + sockets.subscriptionsChanged(on: publisher.socket), 0)
            publishers[slug]?.subscriptions = count
            guard count > Self.subscriptionsMax else { continue }
            own.reboundForSubscriptions += 1
            notify(.tooManySubscriptions(slug))
            close(slug, sockets)
            if let door = access.doors[slug] { sockets.admit(door.keys, to: slug.text, patience: Self.patience) }
            openings[slug] = Opening(at: sockets.now + Self.penalty)
        }
    }

    /// Once a minute, not per try.
    private mutating func notice(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        let failed = stream.map { sockets.failedHandshakes(on: $0) } ?? 0
        let refused = sockets.refusedHandshakes.filter { $0.key != Self.streamDomain }.values.reduce(0, +)
        own.refusedHandshakes = failed + refused
        guard own.refusedHandshakes > noticedRefusals, nextNotice.map({ $0 <= now }) ?? true else { return }
        notify(.refusedHandshakes(own.refusedHandshakes - noticedRefusals))
        noticedRefusals = own.refusedHandshakes
        nextNotice = now + Self.noticeInterval
    }
}
