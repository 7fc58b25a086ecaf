internal import Operations

/// A child as it will be started.
struct ChildPlan: Equatable, Sendable {
    let name: String
    let role: Role
    /// After the program's own name.
    let arguments: [String]
    let operations: Address
    /// Gateways only.
    let listen: Address?
}

/// Who runs where: every child's addresses and flags.
struct Layout: Equatable, Sendable {
    /// The longest path of a Unix socket, less its closing zero (`sun_path`, unix(7)).
    static let socketPathBytesMax = 107

    /// In the order of their operations ports: gateways, router, fan-outs, notifier (docs/protocol.md §8).
    let children: [ChildPlan]

    /// - Parameters:
    ///   - listen: one address a gateway.
    ///   - operations: one address a child, in the order of `children`.
    ///   - sockets: the private folder for the ipc sockets.
    ///   - files: the configuration file of a role, where there is one.
    init(_ options: UpOptions, listen: [Address], operations: [Address], sockets: String, files: [Role: String]) {
        func endpoint(_ name: String) -> String { "ipc://\(sockets)/\(name)" }
        func common(_ role: Role, _ place: Int) -> [String] {
            var flags = ["--operations", "\(operations[place])"]
            flags += ["--log-level", options.logLevel.rawValue, "--log-format", options.logFormat.rawValue]
            if let file = files[role] { flags += ["--config", file] }
            return flags
        }
        let routerPlace = options.gateways
        let filesFolder = options.data + "/files"
        let router = ["commands", "events", "replay"].flatMap { ["--\($0)", endpoint("router-\($0)")] }
        var children: [ChildPlan] = []
        for number in 0..<options.gateways {
            // Each gateway prefers another fan-out, so that they share the work.
            let order = (0..<options.fanouts).map { ($0 + number) % options.fanouts }
            var flags = ["--listen", "\(listen[number])", "--router-commands", endpoint("router-commands")]
            flags += order.flatMap { ["--fanout-events", endpoint("fanout-\($0)-events")] }
            flags += order.flatMap { ["--fanout-replay", endpoint("fanout-\($0)-replay")] }
            flags += options.publicURLs.flatMap { ["--public-url", $0] }
            flags += ["--files-folder", filesFolder, "--uploads-folder", options.data + "/uploads"]
            if let demo = options.demo { flags += ["--demo", demo] }
            if !options.keysFolder.isEmpty { flags += ["--push-key", options.keysFolder + "/push.public"] }
            children.append(
                ChildPlan(
                    name: "gateway-\(number)", role: .gateway,
                    arguments: ["gateway"] + flags + common(.gateway, number),
                    operations: operations[number], listen: listen[number]))
        }
        children.append(
            ChildPlan(
                name: "router", role: .router,
                arguments: ["router", "--data", options.data, "--files-folder", filesFolder] + router
                    + common(.router, routerPlace),
                operations: operations[routerPlace], listen: nil))
        for number in 0..<options.fanouts {
            let place = routerPlace + 1 + number
            let own = ["events", "replay"].flatMap { ["--\($0)", endpoint("fanout-\(number)-\($0)")] }
            let doors = options.tapDoors
            let taps = number < doors.count ? ["--taps", "\(doors[number])", "--tap-key", options.tapKey] : []
            let upstream = ["events", "replay"].flatMap { ["--router-\($0)", endpoint("router-\($0)")] }
            children.append(
                ChildPlan(
                    name: "fanout-\(number)", role: .fanout,
                    arguments: ["fanout"] + own + upstream + taps + common(.fanout, place),
                    operations: operations[place], listen: nil))
        }
        let last = routerPlace + 1 + options.fanouts
        var flags = ["--data", options.data, "--router-replay", endpoint("router-replay")]
        if !options.keysFolder.isEmpty { flags += ["--push-key", options.keysFolder + "/push.secret"] }
        if !options.tapDoors.isEmpty, !options.keysFolder.isEmpty {
            flags += options.tapDoors.flatMap { ["--streams", "tcp://\($0.reachable)"] }
            flags += ["--tap-key", options.keysFolder + "/taps.public"]
        }
        children.append(
            ChildPlan(
                name: "notifier", role: .notifier, arguments: ["notifier"] + flags + common(.notifier, last),
                operations: operations[last], listen: nil))
        self.children = children
    }

    /// Whether every socket's path in `folder` fits into an address.
    static func fits(_ folder: String, fanouts: Int) -> Bool {
        folder.utf8.count + "/fanout-\(max(fanouts - 1, 0))-replay".utf8.count <= socketPathBytesMax
            && folder.utf8.count + "/router-commands".utf8.count <= socketPathBytesMax
    }
}

extension Address {
    /// As this machine reaches what listens there: a listener on every address is on the loopback too.
    fileprivate var reachable: Address {
        switch host {
        case "0.0.0.0", "*": Address(host: "127.0.0.1", port: port)
        case "::": Address(host: "::1", port: port)
        default: self
        }
    }
}
