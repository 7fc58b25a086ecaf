internal import Crypto
internal import Foundation

/// Which requests for `/v1/ws` become WebSockets (RFC 6455 §4.2.1, docs/protocol.md §2).
enum Handshake: Equatable {
    case accepted(Upgrade)
    case refused(Refused)

    struct Upgrade: Equatable {
        /// `Sec-WebSocket-Accept`.
        let accept: String
        let origin: String?
        /// The `Authorization` fields' values as they came.
        let authorization: [String]
    }

    enum Refused: String, CaseIterable {
        case head
        case upgradeRequired = "upgrade_required"
        case version
        case subprotocol
        /// The server's own: too many from one address.
        case tooMany = "too_many"
    }

    static let subprotocol = "parley.v1"

    /// - Parameter head: nil where the bytes are no request head.
    init(_ head: RequestHead?) {
        guard let head else {
            self = .refused(.head)
            return
        }
        guard head.method == "GET", head.version == "HTTP/1.1", head.values("host").count == 1,
            head.values("transfer-encoding").isEmpty, head.values("content-length").allSatisfy({ $0 == "0" }),
            head.values("origin").count <= 1
        else {
            self = .refused(.head)
            return
        }
        guard head.tokens("upgrade").contains(where: { $0.lowercased() == "websocket" }) else {
            self = .refused(.upgradeRequired)
            return
        }
        guard head.tokens("connection").contains(where: { $0.lowercased() == "upgrade" }) else {
            self = .refused(.head)
            return
        }
        guard head.values("sec-websocket-version") == ["13"] else {
            self = .refused(.version)
            return
        }
        let keys = head.values("sec-websocket-key")
        guard keys.count == 1, let key = keys.first, Self.isKey(key) else {
            self = .refused(.head)
            return
        }
        guard head.tokens("sec-websocket-protocol").contains(Self.subprotocol) else {
            self = .refused(.subprotocol)
            return
        }
        self = .accepted(
            Upgrade(
                accept: Self.accept(key), origin: head.values("origin").first,
                authorization: head.values("authorization")))
    }

    /// Sixteen bytes in base64, spelled as an encoder spells them.
    private static func isKey(_ key: String) -> Bool {
        guard let bytes = Data(base64Encoded: key) else { return false }
        return bytes.count == 16 && bytes.base64EncodedString() == key
    }

    /// SHA-1 shows that the server understood the handshake; it keeps no secret.
    private static func accept(_ key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    /// What goes out, to its last byte. A refusal closes the connection.
    var response: String {
        switch self {
        case .accepted(let upgrade):
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                + "sec-websocket-accept: \(upgrade.accept)\r\nsec-websocket-protocol: \(Self.subprotocol)\r\n\r\n"
        case .refused(let refused): refused.response
        }
    }
}

extension Handshake.Refused {
    var status: String {
        switch self {
        case .head, .subprotocol: "400 Bad Request"
        case .upgradeRequired, .version: "426 Upgrade Required"
        case .tooMany: "429 Too Many Requests"
        }
    }

    private var fields: String {
        switch self {
        case .head, .subprotocol: ""
        // Both name what would be taken (RFC 9110 §15.5.22, RFC 6455 §4.4).
        case .upgradeRequired, .version: "upgrade: websocket\r\nsec-websocket-version: 13\r\n"
        case .tooMany: "retry-after: 1\r\n"
        }
    }

    fileprivate var response: String {
        let body =
            switch self {
            case .head, .upgradeRequired, .version:
                #"{"ok":false,"error":{"code":"bad_request","message":"The request is not valid."}}"#
            case .subprotocol:
                #"{"ok":false,"error":{"code":"bad_request","field":"sec-websocket-protocol","message":"The request is not valid."}}"#
            case .tooMany:
                #"{"ok":false,"error":{"code":"rate_limited","message":"Too many requests.","retry_after_ms":1000}}"#
            }
        let connection = self == .upgradeRequired || self == .version ? "close, Upgrade" : "close"
        return "HTTP/1.1 \(status)\r\n\(fields)content-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n"
            + "connection: \(connection)\r\n\r\n\(body)"
    }
}
