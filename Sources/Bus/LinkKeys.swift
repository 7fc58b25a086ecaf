public import Wire

/// The keys by which Parley's own processes know each other over tcp. Over ipc the directory's rights decide.
public struct LinkKeys: Equatable, Sendable {
    public enum Role: String, CaseIterable, Sendable {
        case router
        case fanout
        case gateway
        case notifier
    }

    /// What the sockets of a process ask admission for; no tenant's slug begins like it.
    public static let domain = "_parley"

    let own: CurveKeyPair
    let others: [Role: CurveKey]

    public init(own: CurveKeyPair, others: [Role: CurveKey]) {
        self.own = own
        self.others = others
    }

    /// From a folder as `parley keys init` makes it: `ROLE.secret` of this process, `OTHER.public` of the others.
    ///
    /// - Returns: nil where no folder is named and none is needed.
    /// - Throws: where an endpoint is tcp and there is no folder, or a file is missing, broken, or open to others.
    ///
    /// - Parameter optional: others whose keys need not be there, and who can't connect then.
    public init?(
        folder: String, own role: Role, others: [Role], optional: [Role] = [], for endpoints: [String]
    ) throws(BusFailure) {
        guard !folder.isEmpty else {
            if let tcp = endpoints.first(where: { $0.hasPrefix("tcp://") }) {
                throw BusFailure(
                    operation: "keys", endpoint: tcp, reason: "tcp needs keys: parley keys init makes them")
            }
            return nil
        }
        var keys: [Role: CurveKey] = [:]
        for other in others { keys[other] = try KeyFile.read(public: "\(folder)/\(other.rawValue).public") }
        for other in optional where KeyFile.isThere("\(folder)/\(other.rawValue).public") {
            keys[other] = try KeyFile.read(public: "\(folder)/\(other.rawValue).public")
        }
        self.init(own: try KeyFile.read(secret: "\(folder)/\(role.rawValue).secret"), others: keys)
    }

    /// Keys of those roles among the others that connect: to a router all of them, to a fan-out gateways.
    public func admitted(_ roles: [Role]) -> Set<CurveKey> { Set(roles.compactMap { others[$0] }) }
}

extension LinkKeys? {
    /// For a socket that others connect to.
    public func server(at endpoint: String) -> SocketSecurity {
        guard let self, endpoint.hasPrefix("tcp://") else { return .none }
        return .server(self.own, domain: LinkKeys.domain)
    }

    /// For a socket that connects to one of `role`.
    public func client(of role: LinkKeys.Role, at endpoint: String) -> SocketSecurity {
        guard let self, endpoint.hasPrefix("tcp://"), let server = self.others[role] else { return .none }
        return .client(self.own, server: server)
    }
}
