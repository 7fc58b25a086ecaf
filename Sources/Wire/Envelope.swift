/// One event on the bus: the JSON that clients get, encoded once by the router, behind what a gateway needs to know
/// to hand it out without reading it.
public struct Envelope: Equatable, Sendable {
    /// How long an event lives.
    public enum Durability: UInt8, Sendable {
        /// Stored before anyone sees it; has an offset and can be replayed.
        case durable = 1
        /// Tells a stored latest value; no offset.
        case state = 2
        /// Typing, presence: no offset, never replayed, shed first.
        case ephemeral = 3
    }

    /// What an event does to a gateway's index of who is in which conversation.
    public enum Effect: Equatable, Sendable {
        case none
        /// These users are members from this event on and get the event itself.
        case joins([UserID])
        /// These users get this event and nothing of the conversation after it.
        case leaves([UserID])
    }

    /// The event's place in the tenant's log, from 1; 0 where it has none.
    public let offset: UInt64
    public let durability: Durability
    /// Of one that is not durable: the newest offset when it happened. Who is a member is known only up to there, so
    /// nobody hands it out before what comes up to `after`. 0 of a durable one.
    public let after: UInt64
    public let scope: Scope
    public let effect: Effect
    /// Members that don't get it: a block between them and the event's author, or the typist.
    public let except: [UserID]
    /// Members that get `hidden` in its place, since they block its author.
    public let hiddenFor: [UserID]
    /// The JSON of the `message.hidden` twin; empty where `hiddenFor` is.
    public let hidden: [UInt8]
    /// The event's JSON, UTF-8, byte for byte what clients get.
    public let json: [UInt8]

    public init(
        offset: UInt64, durability: Durability, after: UInt64 = 0, scope: Scope, effect: Effect = .none,
        except: [UserID] = [], hiddenFor: [UserID] = [], hidden: [UInt8] = [], json: [UInt8]
    ) {
        self.offset = offset
        self.durability = durability
        self.after = after
        self.scope = scope
        self.effect = effect
        self.except = except
        self.hiddenFor = hiddenFor
        self.hidden = hidden
        self.json = json
    }

    public func write(to writer: inout BinaryWriter) {
        writer.put(offset)
        writer.put(durability.rawValue)
        if durability != .durable { writer.put(after) }
        switch scope {
        case .system: writer.put(UInt8(0))
        case .conversation(let id):
            writer.put(UInt8(1))
            writer.put(id)
        case .user(let id):
            writer.put(UInt8(2))
            writer.put(id.text)
        }
        switch effect {
        case .none: writer.put(UInt8(0))
        case .joins(let users):
            writer.put(UInt8(1))
            writer.put(users: users)
        case .leaves(let users):
            writer.put(UInt8(2))
            writer.put(users: users)
        }
        writer.put(users: except)
        writer.put(users: hiddenFor)
        writer.put(hidden)
        writer.put(json)
    }

    public init(from reader: inout BinaryReader) throws(BinaryFault) {
        offset = try reader.integer()
        guard let durability = Durability(rawValue: try reader.byte()) else { throw BinaryFault("durability") }
        self.durability = durability
        // Workers go by the durability and gateways by the offset: they have to mean the same.
        guard (offset > 0) == (durability == .durable) else { throw BinaryFault("offset") }
        after = durability == .durable ? 0 : try reader.integer()
        switch try reader.byte() {
        case 0: scope = .system
        case 1: scope = .conversation(try reader.identifier())
        case 2: scope = .user(try reader.user())
        default: throw BinaryFault("scope")
        }
        switch try reader.byte() {
        case 0: effect = .none
        case 1: effect = .joins(try reader.users())
        case 2: effect = .leaves(try reader.users())
        default: throw BinaryFault("effect")
        }
        except = try reader.users()
        hiddenFor = try reader.users()
        hidden = try reader.blob()
        json = try reader.blob()
    }
}

/// What one commit of one tenant published, in order: one ZeroMQ message of two frames, `Scope.prefix(of:)` as topic
/// and this. Packing many envelopes into one frame is what makes the bus fast (ARCHITECTURE.md).
public struct EventPack: Equatable, Sendable {
    public let tenant: TenantSlug
    public let epoch: String
    public let envelopes: [Envelope]

    public init(tenant: TenantSlug, epoch: String, envelopes: [Envelope]) {
        self.tenant = tenant
        self.epoch = epoch
        self.envelopes = envelopes
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter(capacity: 64 + envelopes.reduce(0) { $0 + $1.json.count + $1.hidden.count + 96 })
        writer.put(tenant.text)
        writer.put(epoch)
        writer.putList(envelopes) { $1.write(to: &$0) }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        tenant = try reader.tenant()
        epoch = try reader.text()
        envelopes = try reader.list { (reader) throws(BinaryFault) in try Envelope(from: &reader) }
        try reader.finish()
    }
}

/// The newest offset of each tenant that a router has in hand, published every second under `topic`, so that a lost
/// last event shows.
public struct Heartbeat: Equatable, Sendable {
    public struct Position: Equatable, Sendable {
        public let tenant: TenantSlug
        public let epoch: String
        public let offset: UInt64

        public init(tenant: TenantSlug, epoch: String, offset: UInt64) {
            self.tenant = tenant
            self.epoch = epoch
            self.offset = offset
        }
    }

    /// No tenant's prefix begins like it.
    public static let topic = "heartbeat"
    public let positions: [Position]

    public init(positions: [Position]) { self.positions = positions }

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.putList(positions) { writer, position in
            writer.put(position.tenant.text)
            writer.put(position.epoch)
            writer.put(position.offset)
        }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        positions = try reader.list { (reader) throws(BinaryFault) in
            Position(tenant: try reader.tenant(), epoch: try reader.text(), offset: try reader.integer())
        }
        try reader.finish()
    }
}

extension BinaryWriter {
    public mutating func put(users: [UserID]) { putList(users) { $0.put($1.text) } }
}

extension BinaryReader {
    public mutating func users() throws(BinaryFault) -> [UserID] {
        try list { (reader) throws(BinaryFault) in try reader.user() }
    }
}
