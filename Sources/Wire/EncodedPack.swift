/// An `EventPack` whose envelopes stay encoded: for a fan-out worker, which passes on and keeps what it does not read.
public struct EncodedPack: Equatable, Sendable {
    public struct Event: Equatable, Sendable {
        /// 0 where the event has no place in the log.
        public let offset: UInt64
        /// One envelope.
        public let bytes: [UInt8]
        /// For a `message.deleted`: the offset of the `message.created` whose text is gone from the log; else 0.
        public let empties: UInt64

        public init(offset: UInt64, bytes: [UInt8], empties: UInt64 = 0) {
            self.offset = offset
            self.bytes = bytes
            self.empties = empties
        }
    }

    public let tenant: TenantSlug
    public let epoch: String
    public let events: [Event]

    public init(tenant: TenantSlug, epoch: String, events: [Event]) {
        self.tenant = tenant
        self.epoch = epoch
        self.events = events
    }

    /// Reads every envelope to its end, so that what is passed on is known to be whole.
    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        tenant = try reader.tenant()
        epoch = try reader.text()
        events = try reader.list { (reader) throws(BinaryFault) in
            let start = reader.position
            let envelope = try Envelope(from: &reader)
            let offset = envelope.durability == .durable ? envelope.offset : 0
            return Event(
                offset: offset, bytes: Array(bytes[start..<reader.position]), empties: envelope.emptiedOffset)
        }
        try reader.finish()
    }

    /// The same bytes as `EventPack.bytes`.
    public var bytes: [UInt8] {
        var header = BinaryWriter(capacity: 64)
        header.put(tenant.text)
        header.put(epoch)
        header.put(UInt32(events.count))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.bytes.count + events.reduce(0) { $0 + $1.bytes.count })
        bytes.append(contentsOf: header.bytes)
        for event in events { bytes.append(contentsOf: event.bytes) }
        return bytes
    }

    /// The same bytes as those of `ReplayAnswer.events`.
    public func answerBytes(id: UInt64) -> [UInt8] { ReplayAnswer.eventsBytes(id: id, pack: bytes) }
}

extension Envelope {
    private static let deletion = Array(#"{"event":"message.deleted""#.utf8)
    private static let empties = Array(#""empties":"#.utf8)

    /// See `EncodedPack.Event.empties`. Looks at the first bytes of all but deletions.
    fileprivate var emptiedOffset: UInt64 {
        guard json.starts(with: Self.deletion) else { return 0 }
        // Ids and numbers are all that stands in a deletion, so that the key is found nowhere else.
        for place in json.indices where json[place...].starts(with: Self.empties) {
            let digits = json[(place + Self.empties.count)...].prefix { (0x30...0x39).contains($0) }
            return UInt64(String(decoding: digits, as: UTF8.self)) ?? 0
        }
        return 0
    }
}
