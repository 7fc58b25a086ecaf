internal import Dispatch
internal import Foundation
internal import Logging
public import Operations

/// `parley up`: runs all of Parley as children of this process, starts again what dies, and stops in order.
public struct Up: Sendable {
    /// Called once when every child is ready, before the `ready` lines are printed, on a thread that may wait.
    ///
    /// - Parameter: where each gateway listens.
    /// - Returns: what to print after the `ready` lines; empty for nothing.
    public typealias WhenReady = @Sendable ([Address]) -> String

    private enum Happening: Sendable {
        case ended(String, ChildEnd)
        case ready(after: String)
        case stop
        case reload
        case tick
    }

    /// How often waits and deadlines are looked at: half of the shortest of them.
    private static let tick = Duration.milliseconds(50)

    private let options: UpOptions
    private let whenReady: WhenReady
    private let logger: Logger
    private let relay: LogRelay

    public init(_ options: UpOptions, whenReady: @escaping WhenReady) {
        self.options = options
        self.whenReady = whenReady
        let relay = LogRelay()
        self.relay = relay
        logger = Logger(label: "parley") { _ in
            StandardErrorLog(
                process: "parley", level: options.logLevel, format: options.logFormat, write: { relay.add($0) })
        }
    }

    /// Returns after a stop that somebody asked for.
    ///
    /// - Throws: `ProcessFailure` with a child's own code where it can't run at all.
    public func run() async throws {
        defer { relay.close() }
        let folder = try RunFolder(data: options.data, fanouts: options.fanouts)
        defer {
            folder.removeSockets()
            StatusFile.remove(data: options.data)
            if let demo = options.demo { unlink(demo) }
        }
        let layout = try await layout(sockets: folder.sockets)
        // Not bounded by number but by source: one end a life, one tick at a time, signals that the system merges.
        let (happenings, feed) = AsyncStream.makeStream(of: Happening.self)
        let signals = watchSignals(feed)
        defer { for signal in signals { signal.cancel() } }
        let ticking = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: Self.tick)
                feed.yield(.tick)
            }
        }
        defer { ticking.cancel() }
        watchReadiness(layout, feed)
        var fleet = try Fleet(layout: layout, options: options, logger: logger, relay: relay) { name, end in
            feed.yield(.ended(name, end))
        }
        for await happening in happenings {
            switch happening {
            case .ended(let name, let end): fleet.ended(name, end)
            case .ready(let text): announce(layout, text, &fleet)
            case .stop: fleet.stop()
            case .reload: fleet.signal(.gateway, SIGHUP)
            case .tick: fleet.ticked()
            }
            if let code = fleet.finished {
                guard code == .done else { throw ProcessFailure(code, fleet.lastWords) }
                return
            }
        }
    }

    private func layout(sockets: String) async throws -> Layout {
        let count = options.gateways + options.fanouts + 2
        let listen = try FreePorts.addresses(from: options.listen, count: options.gateways)
        let usual = Address(host: "127.0.0.1", port: 9_090)
        var operations = try FreePorts.addresses(from: options.operations ?? usual, count: count)
        if options.operations == nil, !FreePorts.areFree(operations) {
            operations = try FreePorts.addresses(from: Address(host: usual.host, port: 0), count: count)
        }
        try await waitUntilFree(listen, flag: "--listen")
        try await waitUntilFree(operations, flag: "--operations")
        var files: [Role: String] = [:]
        if let folder = options.configurations {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
                throw ProcessFailure(.configuration, "--config: '\(folder)' is no folder")
            }
            for role in Role.allCases {
                let path = "\(folder)/\(role.rawValue).yaml"
                if FileManager.default.fileExists(atPath: path) { files[role] = path }
            }
        }
        return Layout(options, listen: listen, operations: operations, sockets: sockets, files: files)
    }

    /// Waits as long as children of a killed supervisor may hold a port, and no longer.
    private func waitUntilFree(_ addresses: [Address], flag: String) async throws {
        let deadline = ContinuousClock.now + Supervision.inheritance
        while let taken = addresses.first(where: { !FreePorts.areFree([$0]) }) {
            guard ContinuousClock.now < deadline else {
                throw ProcessFailure(
                    .inputOutput, "\(taken) can't be opened: is it in use? Choose another with \(flag)")
            }
            try await Task.sleep(for: Self.tick)
        }
    }

    private func watchSignals(_ feed: AsyncStream<Happening>.Continuation) -> [any DispatchSourceSignal] {
        // A terminal that closes wants its programs gone; without one, SIGHUP means «read your certificates again».
        let hangUp: Happening = isatty(STDIN_FILENO) == 1 ? .stop : .reload
        return [(SIGINT, Happening.stop), (SIGTERM, .stop), (SIGHUP, hangUp)].map { number, happening in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { feed.yield(happening) }
            source.resume()
            return source
        }
    }

    private func watchReadiness(_ layout: Layout, _ feed: AsyncStream<Happening>.Continuation) {
        let whenReady = whenReady
        let logger = logger
        Thread.detachNewThread {
            var rounds = 0
            while let missing = layout.children.first(where: { !Self.isReady($0) }) {
                rounds += 1
                // Every 10 s: long enough for a slow start to need no words, short enough to be told why it is slow.
                if rounds.isMultiple(of: 200) {
                    let answer = HTTPCall(path: "/readyz").send(to: missing.operations, timeout: .seconds(1))
                    let reason = answer?.body ?? "no answer"
                    logger.warning("not ready yet", metadata: ["child": "\(missing.name)", "readyz": "\(reason)"])
                }
                Thread.sleep(forTimeInterval: 0.05)
            }
            feed.yield(.ready(after: whenReady(layout.children.compactMap(\.listen))))
        }
    }

    private static func isReady(_ child: ChildPlan) -> Bool {
        HTTPCall(path: "/readyz").send(to: child.operations, timeout: .seconds(1))?.status == 200
    }

    private func announce(_ layout: Layout, _ text: String, _ fleet: inout Fleet) {
        fleet.everythingReady()
        for address in layout.children.compactMap(\.listen) { print("ready \(options.url(of: address))") }
        if !text.isEmpty { print(text) }
        fflush(nil)
    }
}

extension UpOptions {
    /// How clients reach what listens there.
    public func url(of address: Address) -> String { "\(usesTLS ? "https" : "http")://\(address)" }
}
