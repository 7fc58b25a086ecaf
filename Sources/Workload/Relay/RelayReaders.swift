internal import Bus
internal import Wire

/// Subscribers of a fan-out worker, each on a socket of its own: as gateways are, or as integrators' taps.
struct RelayReaders: BusDriver {
    /// One subscriber: its number in the flow, and where it connects.
    struct Reader: Sendable {
        let number: Int
        let endpoint: String
        let security: SocketSecurity
    }

    private let readers: [Reader]
    private let flow: RelayFlow
    private var numbers: [SocketID: Int] = [:]

    init(_ readers: [Reader], flow: RelayFlow) {
        self.readers = readers
        self.flow = flow
    }

    mutating func started(_ sockets: BusSockets) throws {
        for reader in readers {
            var options = SocketOptions(name: "reader")
            options.security = reader.security
            // A tap's publisher opens once its tenant is known to the worker.
            options.reconnectIntervalMax = .milliseconds(100)
            options.linger = .zero
            let socket = try sockets.open(.sub, options, connect: [reader.endpoint])
            try sockets.subscribe(Array("tenant_".utf8), on: socket)
            numbers[socket] = reader.number
        }
    }

    mutating func received(_ message: [[UInt8]], on socket: SocketID, _ sockets: BusSockets) {
        guard let reader = numbers[socket] else { return }
        switch message.count {
        case 2:
            guard let span = Self.span(ofPack: message[1]) else { return }
            flow.arrived(span.lowerBound, through: span.upperBound, at: reader)
        case 3:
            var offset = BinaryReader(message[1])
            // Heartbeats have no offset of their own.
            guard let offset = try? offset.integer(UInt64.self), offset > 0 else { return }
            flow.arrived(offset, through: offset, at: reader)
        default: break
        }
    }

    mutating func handle(_ input: Never, _ sockets: BusSockets) {}
    mutating func ticked(now: ContinuousClock.Instant, _ sockets: BusSockets) {}

    /// The offsets of a pack of the source's, whose events follow each other: so its head tells them all.
    private static func span(ofPack bytes: [UInt8]) -> ClosedRange<UInt64>? {
        var reader = BinaryReader(bytes)
        guard (try? reader.tenant()) != nil, (try? reader.text()) != nil,
            let count = try? reader.integer(UInt32.self), count > 0, let first = try? reader.integer(UInt64.self)
        else { return nil }
        return first...(first + UInt64(count) - 1)
    }
}
