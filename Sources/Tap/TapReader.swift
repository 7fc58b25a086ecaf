public import Bus
public import Wire

/// Follows one tenant by a tap on a thread of its own, at one worker after another where one is silent.
public final class TapReader: Sendable {
    public struct Configuration: Equatable, Sendable {
        public var keys: CurveKeyPair
        public var server: CurveKey
        /// Streams' endpoints, one a worker; at least one.
        public var endpoints: [String]
        public var start: TapFollower.Start
        public var isWhole: Bool

        public init(
            keys: CurveKeyPair, server: CurveKey, endpoints: [String], start: TapFollower.Start, isWhole: Bool
        ) {
            self.keys = keys
            self.server = server
            self.endpoints = endpoints
            self.start = start
            self.isWhole = isWhole
        }
    }

    /// What comes; called on the reader's thread, which waits for it to return: so a slow taker slows nobody else.
    public typealias Deliver = @Sendable (_ offset: UInt64, _ json: [UInt8]) -> Void

    private let thread: BusThread<TapReaderDriver>

    /// - Parameter failed: called once where the stream can't go on.
    public init(
        _ configuration: Configuration, deliver: @escaping Deliver,
        failed: @escaping @Sendable (TapFollower.Failure) -> Void
    ) {
        thread = BusThread(name: "tap", inputsMax: 1, tick: .milliseconds(100)) {
            TapReaderDriver(configuration, deliver: deliver, failed: failed)
        }
    }

    public func start() throws { try thread.start() }

    /// Blocks until what came has been delivered.
    public func stop() { thread.stop() }
}

struct TapReaderDriver: BusDriver {
    private let configuration: TapReader.Configuration
    private let deliver: TapReader.Deliver
    private let failed: @Sendable (TapFollower.Failure) -> Void
    private var follower: TapFollower?
    private var socket: SocketID?
    private var place = 0
    private var hasFailed = false

    init(
        _ configuration: TapReader.Configuration, deliver: @escaping TapReader.Deliver,
        failed: @escaping @Sendable (TapFollower.Failure) -> Void
    ) {
        self.configuration = configuration
        self.deliver = deliver
        self.failed = failed
    }

    mutating func started(_ sockets: BusSockets) throws {
        follower = TapFollower(configuration.start, isWhole: configuration.isWhole, now: sockets.now)
        try connect(sockets)
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        guard socket == self.socket, let message = TapMessage(message) else { return }
        perform(follower?.received(message, now: sockets.now) ?? [], sockets)
    }

    mutating func handle(_ input: Never, _ sockets: BusSockets) {}

    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {
        perform(follower?.ticked(now: now) ?? [], sockets)
    }

    private mutating func perform(_ actions: [TapFollower.Action], _ sockets: BusSockets) {
        for action in actions where !hasFailed {
            switch action {
            case .send(let request): if let socket { sockets.send(request.frames, on: socket) }
            case .deliver(_, let offset, let json): deliver(offset, json)
            case .reconnect:
                if let socket { sockets.close(socket) }
                socket = nil
                place += 1
                // One that can't be opened is tried again at the next silence.
                try? connect(sockets)
            case .fail(let failure):
                hasFailed = true
                failed(failure)
            }
        }
    }

    private mutating func connect(_ sockets: BusSockets) throws {
        var options = SocketOptions(name: "stream")
        options.security = .client(configuration.keys, server: configuration.server)
        options.linger = .zero
        guard !configuration.endpoints.isEmpty else { return }
        let endpoint = configuration.endpoints[place % configuration.endpoints.count]
        socket = try sockets.open(.dealer, options, connect: [endpoint])
        perform(follower?.opened(now: sockets.now) ?? [], sockets)
    }
}
