/// What a tap asks on its stream: the frames behind the routing id (docs/protocol.md §7).
public enum TapRequest: Equatable, Sendable {
    /// Everything from that offset on, then live, at most `credit` messages ahead.
    case stream(from: UInt64, credit: UInt32)
    /// So many messages more.
    case credit(UInt32)
    /// A closed range; `to` 0 stands for the newest.
    case replay(from: UInt64, to: UInt64)

    /// The longest name and two numbers of eight bytes are under this.
    public static let frameBytesMax = 16

    /// Nil for anything that is not exactly one of the three.
    public init?(_ frames: some RandomAccessCollection<[UInt8]>) {
        let frames = Array(frames)
        guard let name = frames.first else { return nil }
        if name.elementsEqual("STREAM".utf8), frames.count == 3, let from = UInt64(bigEndian: frames[1]),
            let credit = UInt32(bigEndian: frames[2])
        {
            self = .stream(from: from, credit: credit)
        } else if name.elementsEqual("CREDIT".utf8), frames.count == 2, let more = UInt32(bigEndian: frames[1]) {
            self = .credit(more)
        } else if name.elementsEqual("REPLAY".utf8), frames.count == 3, let from = UInt64(bigEndian: frames[1]),
            let to = UInt64(bigEndian: frames[2])
        {
            self = .replay(from: from, to: to)
        } else {
            return nil
        }
    }

    public var frames: [[UInt8]] {
        switch self {
        case .stream(let from, let credit): [Array("STREAM".utf8), from.bigEndianBytes, credit.bigEndianBytes]
        case .credit(let more): [Array("CREDIT".utf8), more.bigEndianBytes]
        case .replay(let from, let to): [Array("REPLAY".utf8), from.bigEndianBytes, to.bigEndianBytes]
        }
    }
}

/// What a tap gets: events in three frames, the rest in two.
public enum TapMessage: Equatable, Sendable {
    /// `offset` is 0 for an event without one.
    case event(topic: [UInt8], offset: UInt64, json: [UInt8])
    /// A replay is over; everything up to the offset has been sent.
    case end(UInt64)
    /// The log no longer reaches back so far: the oldest offset that it has.
    case gone(oldest: UInt64)
    case refused(Refusal.Code)

    public var frames: [[UInt8]] {
        switch self {
        case .event(let topic, let offset, let json): [topic, offset.bigEndianBytes, json]
        case .end(let offset): [Array("END".utf8), offset.bigEndianBytes]
        case .gone(let oldest): [Array("GONE".utf8), oldest.bigEndianBytes]
        case .refused(let code): [Array("REFUSED".utf8), Array(code.rawValue.utf8)]
        }
    }

    /// Nil for anything that is none of the four.
    public init?(_ frames: [[UInt8]]) {
        if frames.count == 3, let offset = UInt64(bigEndian: frames[1]) {
            self = .event(topic: frames[0], offset: offset, json: frames[2])
        } else if frames.count == 2, frames[0].elementsEqual("END".utf8), let offset = UInt64(bigEndian: frames[1]) {
            self = .end(offset)
        } else if frames.count == 2, frames[0].elementsEqual("GONE".utf8), let oldest = UInt64(bigEndian: frames[1]) {
            self = .gone(oldest: oldest)
        } else if frames.count == 2, frames[0].elementsEqual("REFUSED".utf8),
            let code = Refusal.Code(rawValue: String(decoding: frames[1], as: UTF8.self))
        {
            self = .refused(code)
        } else {
            return nil
        }
    }

    /// `{"event":"heartbeat","offset":N,"epoch":E}` on the tenant's `system` topic: so that a lost last event shows.
    public static func heartbeat(of tenant: TenantSlug, epoch: String, offset: UInt64) -> TapMessage {
        var writer = JSONWriter(capacity: 96)
        writer.beginObject()
        writer.field("event", "heartbeat")
        writer.field("offset", offset)
        writer.field("epoch", epoch)
        writer.endObject()
        return .event(topic: Array(Scope.system.topic(in: tenant).utf8), offset: 0, json: writer.bytes)
    }
}

extension Envelope {
    /// The event's name, as its JSON begins: `message.created`. Empty where the JSON is none of Parley's events.
    public var eventName: String {
        let opening = Array(#"{"event":""#.utf8)
        guard json.starts(with: opening) else { return "" }
        return String(decoding: json[opening.count...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    /// As a tap gets it, without regard to its scope.
    public func tapMessage(in tenant: TenantSlug, showsText: Bool = true) -> TapMessage {
        let isDurable = durability == .durable
        return .event(
            topic: Array(scope.topic(in: tenant).utf8), offset: isDurable ? offset : 0,
            json: showsText ? json : TextRemoval.emptied(json))
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }

    fileprivate init?(bigEndian bytes: [UInt8]) {
        guard bytes.count == Self.bitWidth / 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
