internal import Wire

/// What `GET /v1/events` asks for (docs/protocol.md §6), read as strictly as a command: unknown and repeated parameters
/// are refused.
struct EventsQuery: Equatable {
    static let waitSecondsMax: UInt64 = 30
    /// Where none is given: below the half minute after which many proxies give up.
    static let waitSecondsDefault: UInt64 = 25

    /// The client's position; means something with `epoch` alone.
    private(set) var since: UInt64?
    private(set) var epoch: String?
    private(set) var waitSeconds = waitSecondsDefault

    /// - Parameters:
    ///   - query: what stands after the `?`; nil: nothing.
    ///   - lastEventID: the field that a client of server-sent events comes back with; counts before `since`.
    init(_ query: String?, lastEventID: String? = nil) throws(Refusal) {
        var seen: Set<String> = []
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? parts[1] : Substring().utf8
            let name = String(Substring(parts[0]))
            guard seen.insert(name).inserted else { throw .badRequest(Self.known(name)) }
            switch name {
            case "since": since = try Self.number(value, name)
            case "epoch": epoch = try Self.text(value, name)
            case "wait": waitSeconds = min(try Self.number(value, name), Self.waitSecondsMax)
            default: throw .badRequest(nil)
            }
        }
        if let lastEventID, !lastEventID.isEmpty { since = try Self.number(lastEventID[...].utf8, "last-event-id") }
    }

    /// A refusal names parameters of the contract only, not what a client made up.
    private static func known(_ name: String) -> String? { ["since", "epoch", "wait"].contains(name) ? name : nil }

    /// Digits only; at most 19, so that every such number fits.
    private static func number(_ text: Substring.UTF8View, _ name: String) throws(Refusal) -> UInt64 {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard (1...19).contains(text.count), text.allSatisfy(digits.contains) else { throw .badRequest(name) }
        return text.reduce(0) { $0 * 10 + UInt64($1 - digits.lowerBound) }
    }

    /// As forms write it (WHATWG URL §5.1): `+` for a space, and `%` with two digits for any byte.
    private static func text(_ text: Substring.UTF8View, _ name: String) throws(Refusal) -> String {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal)
                else { throw .badRequest(name) }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.count <= Limits.refCodePoints
        else { throw .badRequest(name) }
        return text
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
