/// A CURVE public key: 32 bytes, 40 characters as text.
public struct CurveKey: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 32
    public let bytes: [UInt8]

    /// Nil for any other number of bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Nil where `text` is no key in Z85.
    public init?(_ text: String) {
        guard let bytes = Z85.bytes(of: text) else { return nil }
        self.init(bytes: bytes)
    }

    public var text: String { Z85.text(of: bytes) }
    public var description: String { text }
}

/// What a tap gets to see of its tenant.
public struct TapScope: Equatable, Sendable {
    /// Empty: all, and what belongs to no conversation too.
    public let conversations: [ConversationID]
    /// Names of events; empty: all.
    public let events: [String]
    /// False: events come with every text in them emptied.
    public let showsText: Bool

    public init(conversations: [ConversationID] = [], events: [String] = [], showsText: Bool = true) {
        self.conversations = conversations
        self.events = events
        self.showsText = showsText
    }

    public static let whole = TapScope()

    /// Only who may see everything may subscribe: a publisher's socket can't filter by subscriber.
    public var isWhole: Bool { self == Self.whole }

    public func admits(_ scope: Scope, event name: some StringProtocol) -> Bool {
        guard events.isEmpty || events.contains(where: { $0 == name }) else { return false }
        guard !conversations.isEmpty else { return true }
        return if case .conversation(let id) = scope { conversations.contains(id) } else { false }
    }
}

/// A credential of an integrator for one tenant.
public struct TapRecord: Equatable, Sendable {
    public let name: String
    public let key: CurveKey
    public let scope: TapScope
    /// Nil: never.
    public let expiresAt: Timestamp?

    public init(name: String, key: CurveKey, scope: TapScope = .whole, expiresAt: Timestamp? = nil) {
        self.name = name
        self.key = key
        self.scope = scope
        self.expiresAt = expiresAt
    }

    public func isInForce(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? true }
}

/// All taps that are in force, as a router tells them to fan-out workers.
public struct TapDirectory: Equatable, Sendable {
    /// Tells one state of one router's taps from any other.
    public struct Version: Equatable, Sendable {
        public let run: UInt64
        public let counter: UInt64

        public init(run: UInt64, counter: UInt64) {
            self.run = run
            self.counter = counter
        }

        /// Of a worker that knows nothing yet.
        public static let none = Version(run: 0, counter: 0)
    }

    public struct Tenant: Equatable, Sendable {
        public let tenant: TenantSlug
        /// Its publisher's port is the first of the range and so many more; kept for good.
        public let place: UInt16
        public let taps: [TapRecord]

        public init(tenant: TenantSlug, place: UInt16, taps: [TapRecord]) {
            self.tenant = tenant
            self.place = place
            self.taps = taps
        }
    }

    public let version: Version
    public let tenants: [Tenant]

    public init(version: Version, tenants: [Tenant]) {
        self.version = version
        self.tenants = tenants
    }
}

/// What a fan-out worker asks of a router several times a second, on the socket for replays: DEALER to ROUTER, two
/// frames, the first of them `marker`. Asking again is what makes up for a lost answer.
public struct TapsRequest: Equatable, Sendable {
    public static let marker = Array("taps".utf8)
    /// What the worker has.
    public let version: TapDirectory.Version

    public init(version: TapDirectory.Version) { self.version = version }

    public var bytes: [UInt8] {
        var writer = BinaryWriter(capacity: 16)
        writer.put(version)
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        version = try reader.tapVersion()
        try reader.finish()
    }
}

/// The answer, behind `TapsRequest.marker` too.
public enum TapsAnswer: Equatable, Sendable {
    /// What the worker has is what there is.
    case unchanged
    case directory(TapDirectory)

    public var bytes: [UInt8] {
        guard case .directory(let directory) = self else { return [0] }
        var writer = BinaryWriter()
        writer.put(UInt8(1))
        writer.put(directory.version)
        writer.putList(directory.tenants) { writer, tenant in
            writer.put(tenant.tenant.text)
            writer.put(tenant.place)
            writer.putList(tenant.taps) { $0.put($1) }
        }
        return writer.bytes
    }

    public init(_ bytes: [UInt8]) throws(BinaryFault) {
        var reader = BinaryReader(bytes)
        switch try reader.byte() {
        case 0: self = .unchanged
        case 1:
            let version = try reader.tapVersion()
            let tenants = try reader.list { (reader) throws(BinaryFault) in
                TapDirectory.Tenant(
                    tenant: try reader.tenant(), place: try reader.integer(),
                    taps: try reader.list { (reader) throws(BinaryFault) in try reader.tap() })
            }
            self = .directory(TapDirectory(version: version, tenants: tenants))
        default: throw BinaryFault("taps answer")
        }
        try reader.finish()
    }
}

extension BinaryWriter {
    fileprivate mutating func put(_ version: TapDirectory.Version) {
        put(version.run)
        put(version.counter)
    }

    fileprivate mutating func put(_ tap: TapRecord) {
        put(tap.name)
        put(tap.key.bytes)
        putList(tap.scope.conversations) { $0.put($1) }
        putList(tap.scope.events) { $0.put($1) }
        put(tap.scope.showsText)
        putOptional(tap.expiresAt) { $0.put(UInt64(bitPattern: $1.milliseconds)) }
    }
}

extension BinaryReader {
    fileprivate mutating func tapVersion() throws(BinaryFault) -> TapDirectory.Version {
        TapDirectory.Version(run: try integer(), counter: try integer())
    }

    fileprivate mutating func tap() throws(BinaryFault) -> TapRecord {
        let name = try text()
        guard let key = CurveKey(bytes: try blob()) else { throw BinaryFault("key") }
        let scope = TapScope(
            conversations: try list { (reader) throws(BinaryFault) in try reader.identifier() },
            events: try list { (reader) throws(BinaryFault) in try reader.text() }, showsText: try flag())
        let expiresAt = try optional { (reader) throws(BinaryFault) in
            Timestamp(milliseconds: Int64(bitPattern: try reader.integer()))
        }
        return TapRecord(name: name, key: key, scope: scope, expiresAt: expiresAt)
    }
}
