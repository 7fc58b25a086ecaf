/// Why the gateway closes a WebSocket (docs/protocol.md §5 and RFC 6455 §7.4.1).
enum CloseCode: UInt16, CaseIterable {
    case normal = 1000
    case goingAway = 1001
    case protocolError = 1002
    case notUTF8 = 1007
    /// Not a JSON object, binary, or anything but `hello` first.
    case broken = 4000
    case unauthenticated = 4001
    case protocolVersion = 4002
    case origin = 4003
    case suspended = 4004
    case noHello = 4007
    case tooLarge = 4009
    case rateLimited = 4101
    case `internal` = 4102
    /// The router is out of reach for too long, or the user has too many connections.
    case unavailable = 4103
    case draining = 4200
    case lost = 4201
    case tooSlow = 4202
    case tokenExpired = 4203

    /// What to wait for at least; travels as `retry=<ms>` in the close reason.
    var retryAfterMs: Int? {
        switch self {
        case .rateLimited: 10_000
        case .internal, .unavailable: 5_000
        default: nil
        }
    }
}
