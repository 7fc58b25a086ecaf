/// Asks a fan-out worker, or behind it the router, for a closed range of a tenant's log: DEALER to ROUTER, one frame.
public struct ReplayRequest: Equatable, Sendable {
    /// At most so many events in one answer; the asker goes on from the last.
    public static let eventsMax: UInt64 = 500

    public let id: UInt64
    public let tenant: TenantSlug
    /// Inclusive, both.
    public let from: UInt64
    public let to: UInt64

    public init(id: UInt64, tenant: TenantSlug, from: UInt64, to: UInt64) {
        self.id = id
        self.tenant = tenant
        self.from = from
        self.to = to
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.put(id)
        writer.put(tenant.text)
        writer.put(from)
        writer.put(to)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        id = try reader.integer()
        tenant = try reader.tenant()
        from = try reader.integer()
        to = try reader.integer()
        try reader.finish()
    }
}

/// The answer: contiguous durable events from `ReplayRequest.from` on, or why there are none.
public enum ReplayAnswer: Equatable, Sendable {
    /// As far as one answer reaches; never empty.
    case events(id: UInt64, EventPack)
    /// The log no longer reaches back that far; `oldest` is the first offset kept.
    case gone(id: UInt64, oldest: UInt64)
    /// Nothing is known of the tenant or range at the moment: ask again later.
    case unavailable(id: UInt64)

    public var id: UInt64 {
        switch self {
        case .events(let id, _), .gone(let id, _), .unavailable(let id): id
        }
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        switch self {
        case .events(let id, let pack): return Self.eventsBytes(id: id, pack: pack.bytes)
        case .gone(let id, let oldest):
            writer.put(UInt8(2))
            writer.put(id)
            writer.put(oldest)
        case .unavailable(let id):
            writer.put(UInt8(3))
            writer.put(id)
        }
        return writer.bytes
    }

    /// The bytes of `events` around a pack that is already encoded.
    static func eventsBytes(id: UInt64, pack: [UInt8]) -> [UInt8] {
        var writer = BinaryWriter(capacity: pack.count + 13)
        writer.put(UInt8(1))
        writer.put(id)
        writer.put(pack)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        switch try reader.byte() {
        case 1: self = .events(id: try reader.integer(), try EventPack(try reader.blob()))
        case 2: self = .gone(id: try reader.integer(), oldest: try reader.integer())
        case 3: self = .unavailable(id: try reader.integer())
        default: throw BinaryFault("replay answer")
        }
        try reader.finish()
    }
}
