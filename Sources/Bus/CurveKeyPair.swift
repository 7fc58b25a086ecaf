internal import CZeroMQ
public import Wire

/// A CURVE key pair (ZeroMQ RFC 26): who a socket is, and the proof of it.
public struct CurveKeyPair: Equatable, Sendable {
    public let publicKey: CurveKey
    /// 32 bytes. Never printed, but for a tap that is being handed out.
    public let secret: CurveKey

    /// A new pair from the system's random numbers.
    public static func generate() throws(BusFailure) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: textCount)
        var secretText = [CChar](repeating: 0, count: textCount)
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else { throw BusFailure.last("make a key pair") }
        guard let publicKey = key(publicText), let secret = key(secretText) else {
            throw BusFailure(operation: "make a key pair", reason: "libzmq wrote no key")
        }
        return CurveKeyPair(publicKey: publicKey, secret: secret)
    }

    /// The pair that `secret` belongs to.
    public init(secret: CurveKey) throws(BusFailure) {
        var text = [CChar](repeating: 0, count: Self.textCount)
        guard zmq_curve_public(&text, secret.text) == 0, let publicKey = Self.key(text) else {
            throw BusFailure.last("derive a public key")
        }
        self.init(publicKey: publicKey, secret: secret)
    }

    private init(publicKey: CurveKey, secret: CurveKey) {
        self.publicKey = publicKey
        self.secret = secret
    }

    /// 40 characters and the closing zero.
    private static let textCount = 41

    private static func key(_ text: [CChar]) -> CurveKey? {
        CurveKey(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}

/// How a socket and its peers know each other.
public enum SocketSecurity: Equatable, Sendable {
    /// Not at all: for `ipc`, where the directory's rights decide.
    case none
    /// By CURVE; lets in whom `BusSockets.admit` named for the domain, and nobody else.
    case server(CurveKeyPair, domain: String)
    /// By CURVE; sure that it talks to the owner of the server's key.
    case client(CurveKeyPair, server: CurveKey)
}

extension SocketSecurity {
    func apply(to socket: UnsafeMutableRawPointer) throws(BusFailure) {
        func set(_ option: CInt, _ value: [UInt8]) throws(BusFailure) {
            guard zmq_setsockopt(socket, option, value, value.count) == 0 else { throw BusFailure.last("set a key") }
        }
        switch self {
        case .none: break
        case .server(let keys, let domain):
            var on: CInt = 1
            guard zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, MemoryLayout<CInt>.size) == 0 else {
                throw BusFailure.last("set the security of a socket")
            }
            try set(ZMQ_CURVE_SECRETKEY, keys.secret.bytes)
            try set(ZMQ_ZAP_DOMAIN, Array(domain.utf8))
        case .client(let keys, let server):
            try set(ZMQ_CURVE_SERVERKEY, server.bytes)
            try set(ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes)
            try set(ZMQ_CURVE_SECRETKEY, keys.secret.bytes)
        }
    }
}
