internal import CZeroMQ
internal import Glibc

/// What libzmq or the system refused.
public struct BusFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried: `bind`, `connect`, `subscribe`, …
    public let operation: String
    /// Where; nil where it was not about an endpoint.
    public let endpoint: String?
    /// libzmq's reason in words: «Address already in use».
    public let reason: String

    public init(operation: String, endpoint: String? = nil, reason: String) {
        self.operation = operation
        self.endpoint = endpoint
        self.reason = reason
    }

    /// The failure of the libzmq call that has just returned.
    static func last(_ operation: String, _ endpoint: String? = nil) -> BusFailure {
        let code = zmq_errno()
        let reason = zmq_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return BusFailure(operation: operation, endpoint: endpoint, reason: reason)
    }

    /// The failure of the system call that has just returned.
    static func lastOfSystem(_ operation: String, _ endpoint: String? = nil) -> BusFailure {
        let code = errno
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return BusFailure(operation: operation, endpoint: endpoint, reason: reason)
    }

    public var description: String {
        guard let endpoint else { return "\(operation): \(reason)" }
        return "\(operation) \(endpoint): \(reason)"
    }
}
