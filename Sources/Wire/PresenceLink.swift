/// What gateways and routers tell each other of who is here (Wire/Link.swift).

/// One user at one gateway.
public struct Attending: Equatable, Sendable {
    public let user: UserID
    public let attendance: Attendance

    public init(_ user: UserID, _ attendance: Attendance) {
        self.user = user
        self.attendance = attendance
    }
}

/// Which users' presence a gateway wants to hear of, or no longer.
public struct PresenceInterest: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// From now on; what holds at this moment is answered otherwise.
        case begins = 0
        /// As before: the link is new, and what was told on the former one may be lost, so what holds is told again.
        case goesOn = 1
        case ends = 2
    }

    public let kind: Kind
    public let users: [UserID]

    public init(_ kind: Kind, _ users: [UserID]) {
        self.kind = kind
        self.users = users
    }
}

/// A `presence` event on its way to the connections that watch its user.
public struct PresenceNews: Equatable, Sendable {
    public let user: UserID
    /// Nobody else gets it; nil: everybody who watches, but for `except`.
    public let only: UserID?
    /// A block stands between these and the user.
    public let except: [UserID]
    /// The event's JSON.
    public let json: [UInt8]

    public init(user: UserID, only: UserID? = nil, except: [UserID] = [], json: [UInt8]) {
        self.user = user
        self.only = only
        self.except = except
        self.json = json
    }

    /// - Parameter viewer: nil for a service that acts for nobody.
    public func concerns(_ viewer: UserID?) -> Bool {
        guard let viewer else { return only == nil }
        return only.map { $0 == viewer } ?? !except.contains(viewer)
    }
}

extension Attending {
    func write(to writer: inout BinaryWriter) {
        writer.put(user.text)
        writer.put(attendance.status.rawValue)
        writer.putOptional(attendance.text) { $0.put($1) }
        writer.put(UInt64(bitPattern: attendance.setAt.milliseconds))
        writer.put(attendance.isPolling)
    }

    init(from reader: inout BinaryReader) throws(BinaryFault) {
        user = try reader.user()
        guard let status = Attendance.Status(rawValue: try reader.byte()) else { throw BinaryFault("attendance") }
        let text = try reader.optional { (reader) throws(BinaryFault) in try reader.text() }
        let setAt = Timestamp(milliseconds: Int64(bitPattern: try reader.integer()))
        attendance = Attendance(status, text: text, setAt: setAt, isPolling: try reader.flag())
    }
}

extension PresenceInterest {
    func write(to writer: inout BinaryWriter) {
        writer.put(kind.rawValue)
        writer.put(users: users)
    }

    init(from reader: inout BinaryReader) throws(BinaryFault) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw BinaryFault("interest") }
        self.kind = kind
        users = try reader.users()
    }
}

extension PresenceNews {
    func write(to writer: inout BinaryWriter) {
        writer.put(user.text)
        writer.putOptional(only) { $0.put($1.text) }
        writer.put(users: except)
        writer.put(json)
    }

    init(from reader: inout BinaryReader) throws(BinaryFault) {
        user = try reader.user()
        only = try reader.optional { (reader) throws(BinaryFault) in try reader.user() }
        except = try reader.users()
        json = try reader.blob()
    }
}
