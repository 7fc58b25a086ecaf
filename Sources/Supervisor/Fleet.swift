internal import Foundation
internal import Logging
internal import Operations

/// The children that run now: performs what `Supervision` decides.
struct Fleet {
    private let plans: [String: ChildPlan]
    private let options: UpOptions
    private let logger: Logger
    private let relay: LogRelay
    private let executable: String
    private let report: @Sendable (String, ChildEnd) -> Void
    /// The ends of the pipe that every child reads; the writing one closes when this process ends, however it ends.
    private let leash: DescriptorPair
    private let width: Int
    private var supervision: Supervision
    private var running: [String: ChildProcess] = [:]

    /// Set when every child has ended.
    private(set) var finished: ExitCode?
    /// Why, where a child made an end of it.
    private(set) var lastWords = ""

    /// - Parameter report: called on a thread of its own when a child has ended.
    init(
        layout: Layout, options: UpOptions, logger: Logger, relay: LogRelay,
        report: @escaping @Sendable (String, ChildEnd) -> Void
    ) throws {
        leash = try DescriptorPair()
        plans = Dictionary(uniqueKeysWithValues: layout.children.map { ($0.name, $0) })
        self.options = options
        self.logger = logger
        self.relay = relay
        self.report = report
        width = layout.children.map(\.name.count).max() ?? 0
        executable = Self.ownExecutable()
        // The router first, so that the others find its sockets at their first try.
        let order = Role.allCases.flatMap { role in layout.children.filter { $0.role == role } }
        supervision = Supervision(order.map { ($0.name, $0.role) }, now: .now)
        ticked()
    }

    mutating func everythingReady() { supervision.everythingReady() }

    mutating func ended(_ name: String, _ end: ChildEnd) {
        running[name] = nil
        let now = ContinuousClock.now
        let actions = supervision.ended(name, end, now: now)
        let child = supervision.children.first { $0.name == name }
        if case .waiting(let until) = child?.state {
            logger.warning(
                "child ended, starting it again",
                metadata: ["child": "\(name)", "end": "\(end)", "in_ms": "\(Self.milliseconds(until - now))"])
        } else {
            // The first one is the cause; the others end because of it.
            if lastWords.isEmpty { lastWords = "\(name) ended with \(end): its log says why" }
            logger.info("child ended", metadata: ["child": "\(name)", "end": "\(end)"])
        }
        perform(actions)
    }

    mutating func stop() {
        logger.info("stopping")
        perform(supervision.stop(.done, now: .now))
    }

    mutating func ticked() { perform(supervision.ticked(now: .now)) }

    func signal(_ role: Role, _ number: Int32) {
        for (name, child) in running where plans[name]?.role == role { child.send(number) }
    }

    private mutating func perform(_ actions: [Supervision.Action]) {
        for action in actions {
            switch action {
            case .start(let name): start(name)
            case .ask(let name): running[name]?.send(SIGTERM)
            case .kill(let name):
                logger.warning("child does not end, killing it", metadata: ["child": "\(name)"])
                running[name]?.send(SIGKILL)
            case .finish(let code): finished = code
            }
        }
        if !actions.isEmpty { writeStatus() }
    }

    private mutating func start(_ name: String) {
        guard let plan = plans[name] else { return }
        let report = report
        do {
            running[name] = try ChildProcess.start(
                executable, plan.arguments, leash: leash.reading, output: prefixed(name), ended: { report(name, $0) })
        } catch {
            report(name, .notStarted(reason: "\(error)"))
        }
    }

    private func prefixed(_ name: String) -> @Sendable (String) -> Void {
        let relay = relay
        let prefix = name.padding(toLength: width, withPad: " ", startingAt: 0) + " | "
        switch options.logFormat {
        case .text: return { relay.add(prefix + $0 + "\n") }
        case .json:
            // What is no object of ours (a crash report) is left as it is.
            return { relay.add(($0.hasPrefix("{") ? "{\"child\":\"\(name)\"," + $0.dropFirst() : $0) + "\n") }
        }
    }

    private func writeStatus() {
        let children = plans.values.map { plan in
            StatusFile.Child(
                name: plan.name, role: plan.role, pid: running[plan.name]?.pid,
                restarts: supervision.children.first { $0.name == plan.name }?.restarts ?? 0,
                operations: "\(plan.operations)", url: plan.listen.map(options.url))
        }
        let order = children.sorted { Address.port($0.operations) < Address.port($1.operations) }
        do {
            try StatusFile(pid: getpid(), version: Version.text, children: order).write(data: options.data)
        } catch {
            logger.error("can't write the status file", metadata: ["error": "\(error.localizedDescription)"])
        }
    }

    /// The program that runs now, by name where that still leads to it, so that `ps` shows it.
    private static func ownExecutable() -> String {
        let link = "/proc/self/exe"
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link),
            FileManager.default.isExecutableFile(atPath: path)
        else { return link }
        return path
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Address {
    fileprivate static func port(_ text: String) -> Int { Address(text)?.port ?? 0 }
}
