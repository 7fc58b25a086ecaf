internal import Synchronization

/// Whether a process can do its work now, check by check. It is ready where it has at least one check and all are.
public final class Readiness: Sendable {
    public struct Check: Equatable, Sendable {
        public let name: String
        public let ready: Bool
        /// Why not; one line, names no secret.
        public let reason: String?
    }

    public struct Snapshot: Equatable, Sendable {
        /// In the order of their names.
        public let checks: [Check]

        public var ready: Bool { !checks.isEmpty && checks.allSatisfy(\.ready) }

        /// `{"ready":false,"checks":{"router":{"ready":false,"reason":"…"}}}`
        public var json: String {
            let members = checks.map { check in
                let reason = check.reason.map { ",\"reason\":\($0.jsonText)" } ?? ""
                return "\(check.name.jsonText):{\"ready\":\(check.ready)\(reason)}"
            }
            return "{\"ready\":\(ready),\"checks\":{\(members.joined(separator: ","))}}\n"
        }
    }

    private let checks = Mutex<[String: Check]>([:])

    public init() {}

    public func set(_ check: String, ready: Bool, reason: String? = nil) {
        checks.withLock { $0[check] = Check(name: check, ready: ready, reason: ready ? nil : reason) }
    }

    public var snapshot: Snapshot {
        Snapshot(checks: checks.withLock { $0.values.sorted { $0.name < $1.name } })
    }
}
