internal import NIOCore
internal import NIOPosix
public import Wire

/// Drives a `ClientSession` over real connections. What happens is handed to `notify`, in order, and the next frame is
/// read when that returns: a slow consumer holds up the socket, not the memory.
public actor ChatClient {
    private let endpoint: Endpoint
    private let authorityFile: String?
    private let token: @Sendable () throws -> String
    private let notify: @Sendable (ClientSession.Notice) async -> Void
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let clock = ContinuousClock()
    private var session: ClientSession
    private var random = SystemRandomNumberGenerator()
    private var sender: ClientSocket.Sender?
    private var connection: Task<Void, Never>?
    private let (endings, ending) = AsyncStream<Never>.makeStream()

    /// - Parameters:
    ///   - client: the name that `hello` gives.
    ///   - authorityFile: PEM file of the authorities that prove a `wss://` server; nil for the system's own.
    ///   - token: called before every connection and when a token is about to expire.
    public init(
        client: String, endpoint: Endpoint, authorityFile: String? = nil,
        token: @escaping @Sendable () throws -> String,
        notify: @escaping @Sendable (ClientSession.Notice) async -> Void
    ) {
        session = ClientSession(client: client)
        self.endpoint = endpoint
        self.authorityFile = authorityFile
        self.token = token
        self.notify = notify
    }

    /// Returns when the server has said no for good, or after `stop`.
    public func run() async {
        await perform(session.start())
        for await _ in endings {}
        connection?.cancel()
        await connection?.value
        try? await group.shutdownGracefully()
    }

    /// Commands without a reply.
    public var unacknowledged: Int { session.unacknowledged }

    /// See `ClientSession.submit`.
    public func submit(_ op: Op, ref: String, _ fields: @Sendable (inout JSONWriter) -> Void) async {
        await perform(session.submit(op, ref: ref, now: clock.now, fields))
    }

    /// See `ClientSession.signal`.
    public func signal(_ op: Op, _ fields: @Sendable (inout JSONWriter) -> Void) async {
        await perform(session.signal(op, fields))
    }

    public func stop() async {
        await perform(session.stop())
        ending.finish()
    }

    private func perform(_ actions: [ClientSession.Action]) async {
        for action in actions {
            switch action {
            case .connect:
                connection = Task { await self.connect() }
            case .send(let bytes):
                await sender?.send(bytes)
            case .disconnect:
                connection?.cancel()
            case .wake(let delay):
                Task {
                    try? await clock.sleep(for: delay)
                    await self.woke()
                }
            case .renewToken:
                await renewToken()
            case .notify(let notice):
                await notify(notice)
                if case .ended = notice { ending.finish() }
            }
        }
    }

    private func connect() async {
        let fresh: String
        let socket: ClientSocket
        do {
            fresh = try token()
            socket = try await ClientSocket.open(endpoint, authorityFile: authorityFile, on: group)
        } catch {
            let reason = error is NIOConnectionError ? "nobody answers at \(endpoint)" : "\(error)"
            return await closed(code: nil, reason: reason)
        }
        await socket.run { sender in
            await self.opened(sender, token: fresh)
        } received: { inbound in
            switch inbound {
            case .text(let bytes): await self.received(bytes)
            case .closed(let code, let reason): await self.closed(code: code, reason: reason)
            }
        }
    }

    private func opened(_ sender: ClientSocket.Sender, token: String) async {
        self.sender = sender
        await perform(session.opened(token: token, now: clock.now))
    }

    private func received(_ bytes: [UInt8]) async {
        await perform(session.received(bytes, now: clock.now))
    }

    private func closed(code: UInt16?, reason: String) async {
        sender = nil
        await perform(session.closed(code: code, reason: reason, now: clock.now, using: &random))
    }

    private func woke() async {
        await perform(session.woke(now: clock.now))
    }

    private func renewToken() async {
        // Without one the connection ends with the old token, and the next try asks again.
        guard let fresh = try? token() else { return }
        await perform(session.renewed(token: fresh))
    }
}
