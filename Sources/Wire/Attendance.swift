/// How a user is there: by one connection, by all connections of one gateway, or by all there are. What a gateway tells
/// a router, and what both make one of many by.
public struct Attendance: Equatable, Sendable {
    /// In ascending order of weight.
    public enum Status: UInt8, CaseIterable, Sendable {
        /// There without a status of its own: a long poll, whose user is shown as they last said over HTTP.
        case silent = 0
        case away = 1
        case online = 2
        /// Whoever hides on one device hides on all.
        case invisible = 3
    }

    public let status: Status
    public let text: String?
    /// When `presence.set` said the text; the beginning of time where there is none.
    public let setAt: Timestamp
    /// A long poll is among the connections: what was said over HTTP holds while it is there.
    public let isPolling: Bool

    public init(_ status: Status, text: String? = nil, setAt: Timestamp = .zero, isPolling: Bool = false) {
        self.status = status
        self.isPolling = isPolling
        self.text = text
        self.setAt = setAt
    }

    public init(_ set: PresenceSet, at: Timestamp) {
        let status: Status =
            switch set.status {
            case .online: .online
            case .away: .away
            case .invisible: .invisible
            }
        self.init(status, text: set.text, setAt: set.text == nil ? .zero : at)
    }

    /// Both at once: the status of more weight, and of two texts the later one. In any order it comes to the same.
    public func joined(with other: Attendance) -> Attendance {
        let speaker: Attendance =
            switch (text, other.text) {
            case (nil, nil): setAt < other.setAt ? other : self
            case (_?, nil): self
            case (nil, _?): other
            case (let text?, let otherText?): (setAt, text) < (other.setAt, otherText) ? other : self
            }
        return Attendance(
            status.rawValue < other.status.rawValue ? other.status : status, text: speaker.text, setAt: speaker.setAt,
            isPolling: isPolling || other.isPolling)
    }
}

extension Timestamp {
    /// 1970-01-01T00:00:00Z.
    public static let zero = Timestamp(milliseconds: 0)
}
