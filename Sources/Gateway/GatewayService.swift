internal import Bus
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Operations
internal import UnixSignals
internal import Wire

/// A running gateway: its event loops, its bus thread, its port, and how it ends.
final class GatewayService: Sendable {
    struct Configuration: Sendable {
        var listen: Address
        var publicURLs: [String] = []
        var certificates: Certificates?
        var endpoints: GatewayDriver.Endpoints
        var eventLoops = 1
        var connectionsMax = 1_000
        var greetingsPerAddressMax = 1_024
        var eventReadersMax = 10_000
        var servesPage = true
        var demo: DemoSignIn?
        /// What browsers subscribe with, in base64url; nil: nobody is woken.
        var pushKey: String?
        var files: FileConfiguration
        var policy = Policy()
    }

    /// Often enough for a replay to be asked for without delay that a person notices.
    private static let busTick: Duration = .milliseconds(100)
    /// Room for what the loops hand over in one go, several times.
    private static let busInputsMax = 65_536
    /// How often accounts that need not be remembered are forgotten.
    private static let sweepInterval: Duration = .seconds(10)

    private let configuration: Configuration
    private let context: GatewayContext
    private let group: MultiThreadedEventLoopGroup
    private let loops: [LoopPort]
    private let thread: BusThread<GatewayDriver>
    private let listener: Listener
    private let directoryTask: Task<Void, Never>
    private let sweepTask: Task<Void, Never>
    private let files: FileDesk

    var port: Int { listener.port }

    /// - Throws: `ProcessFailure`; nothing is left running then.
    init(_ configuration: Configuration, _ process: ProcessContext) async throws {
        self.configuration = configuration
        let isTLS = configuration.certificates != nil
        let address = (host: configuration.listen.host, port: configuration.listen.port)
        let context = GatewayContext(
            policy: configuration.policy, directory: Directory(),
            origins: OriginsBox(Origins(publicURLs: configuration.publicURLs, listen: address, isTLS: isTLS)),
            accounts: Accounts(), greetings: Greetings(perAddressMax: configuration.greetingsPerAddressMax),
            health: Health(), metrics: GatewayMetrics(process.metrics), logger: process.logger,
            clock: { ContinuousClock.now },
            wallClock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) })
        self.context = context
        let files = try FileDesk(configuration.files, context, process.metrics)
        self.files = files
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        self.group = group
        let loops = try await Self.loops(of: group, context)
        self.loops = loops
        let (news, continuation) = AsyncStream.makeStream(of: DirectoryNews.self)
        directoryTask = Task { await Self.follow(news, context, loops) }
        sweepTask = Task {
            while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
                context.accounts.sweep(now: context.clock())
            }
        }
        for check in ["router", "directory", "fanout"] {
            process.readiness.set(check, ready: false, reason: "not heard yet")
        }
        let endpoints = configuration.endpoints
        let name = UUID().uuidString.lowercased()
        let seed = UInt64.random(in: 0 ... .max)
        thread = BusThread(name: "bus", inputsMax: Self.busInputsMax, tick: Self.busTick) {
            GatewayDriver(
                endpoints, gateway: name, seed: seed, loops: loops, context: context,
                news: { continuation.yield($0) },
                report: { process.readiness.set($0, ready: $1 == nil, reason: $1) })
        }
        do {
            try thread.start()
            for loop in loops { loop.execute { [port = thread.port] in $0.start(port) } }
            let byEventLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
            let loop: @Sendable (any EventLoop) -> LoopPort? = { byEventLoop[ObjectIdentifier($0)] }
            listener = try await Listener.bind(
                address, loops: loops, certificates: configuration.certificates,
                connectionsMax: configuration.connectionsMax,
                front: HTTPFront(context, Self.routes(configuration, files.desk, context), loop: loop),
                metrics: context.metrics)
        } catch {
            await thread.stopAsynchronously()
            directoryTask.cancel()
            sweepTask.cancel()
            await files.stop()
            try? await group.shutdownGracefully()
            if let failure = error as? BusFailure { throw ProcessFailure(.inputOutput, failure.description) }
            throw ProcessFailure(.inputOutput, "listen: can't listen on \(configuration.listen): \(error)")
        }
        context.origins.set(
            Origins(
                publicURLs: configuration.publicURLs, listen: (host: address.host, port: listener.port), isTLS: isTLS))
    }

    /// Takes no more connections, tells those that are open, closes them spread over the window, and ends.
    func stop() async {
        await listener.close()
        context.health.isDraining = true
        for loop in loops {
            loop.execute { loop in
                var random = SystemRandomNumberGenerator()
                loop.drain(using: &random)
            }
        }
        let deadline = context.clock() + context.policy.drainWindow + context.policy.closeTimeout + .milliseconds(500)
        while await openCount() > 0, context.clock() < deadline {
            // Cancelled, it goes on without waiting.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        for loop in loops { loop.execute { $0.stop() } }
        await thread.stopAsynchronously()
        directoryTask.cancel()
        sweepTask.cancel()
        await files.stop()
        do {
            try await group.shutdownGracefully()
        } catch {
            context.logger.warning("event loops did not end in order", metadata: ["error": "\(error)"])
        }
    }

    /// Returns when it is cancelled.
    func reloadCertificatesOnHangup() async {
        guard let certificates = configuration.certificates else { return }
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do {
                try certificates.reload()
                context.logger.info("certificate read again")
            } catch {
                context.logger.error("the former certificate stays", metadata: ["error": "\(error)"])
            }
        }
    }

    private func openCount() async -> Int {
        var count = 0
        for loop in loops {
            let open = loop.perform { loop in loop.eventLoop.makeSucceededFuture(loop.openCount) }
            count += (try? await open.get()) ?? 0
        }
        return count
    }

    private static func routes(
        _ configuration: Configuration, _ desk: UploadDesk, _ context: GatewayContext
    ) -> HTTPFront.Routes {
        HTTPFront.Routes(
            ops: OpsRoute(context), events: EventsRoute(context, readersMax: configuration.eventReadersMax),
            pushKey: PushKeyRoute(key: configuration.pushKey),
            files: FileExchange(
                uploads: UploadsRoute(desk), resumable: ResumableRoute(desk), files: FilesRoute(desk)),
            web: WebFiles(page: configuration.servesPage), demo: configuration.demo.map { DemoRoute($0, context) })
    }

    private static func loops(of group: MultiThreadedEventLoopGroup, _ context: GatewayContext) async throws
        -> [LoopPort]
    {
        var loops: [LoopPort] = []
        for eventLoop in group.makeIterator() {
            let number = loops.count
            let bound = try await eventLoop.submit {
                NIOLoopBound(GatewayLoop(number: number, eventLoop: eventLoop, context: context), eventLoop: eventLoop)
            }.get()
            loops.append(LoopPort(bound))
        }
        return loops
    }

    /// Keeps the directory, one change after the other, and tells the loops once each is there.
    private static func follow(_ news: AsyncStream<DirectoryNews>, _ context: GatewayContext, _ loops: [LoopPort]) async
    {
        for await piece in news {
            switch piece {
            case .tenant(let record):
                let entry = await TenantEntry(record)
                if !entry.keys.unusable.isEmpty {
                    context.metrics.unusableKeys.add(entry.keys.unusable.count)
                    context.logger.warning(
                        "keys that can't be read",
                        metadata: [
                            "tenant": "\(record.tenant)", "keys": "\(entry.keys.unusable.joined(separator: ","))",
                        ])
                }
                context.directory.put(entry)
                for loop in loops { loop.send([.changed(record.tenant)]) }
            case .gone(let tenant):
                context.directory.remove(tenant)
                for loop in loops { loop.send([.changed(tenant)]) }
            case .lookedUp(let id):
                let loop = Pending<Void>.loop(of: id)
                if loops.indices.contains(loop) { loops[loop].send([.answer(.lookedUp(id: id))]) }
            case .complete:
                context.logger.info("tenants are known", metadata: ["count": "\(context.directory.count)"])
            }
        }
    }
}
