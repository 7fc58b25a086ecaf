/// What `parley tenant create --set NAME=VALUE` can set (docs/protocol.md §8).
public struct TenantSettings: Equatable, Sendable {
    public enum Name: String, CaseIterable, Sendable {
        case textMax = "text_max"
        case fileBytesMax = "file_bytes_max"
        case storageBytesMax = "storage_bytes_max"
        case uploadExpirySeconds = "upload_expiry_s"
        case uploadMacros = "upload_macros"
        case uploadEncrypted = "upload_encrypted"
        case uploadUnscanned = "upload_unscanned"
        case editWindowSeconds = "edit_window_s"
        case rateCommandsPerSecond = "rate_commands_per_s"
        case rateBurst = "rate_burst"
        case inFlightMax = "in_flight_max"
        case connectionsPerUser = "connections_per_user"
        case logRetentionSeconds = "log_retention_s"
        case logRetentionEvents = "log_retention_events"

        public var `default`: UInt64 {
            switch self {
            case .textMax: 10_000
            case .fileBytesMax: 52_428_800
            case .storageBytesMax: 10_737_418_240
            case .uploadExpirySeconds: 86_400
            case .uploadMacros, .uploadEncrypted, .uploadUnscanned: 0
            case .editWindowSeconds: 300
            case .rateCommandsPerSecond: 20
            case .rateBurst: 60
            case .inFlightMax: 64
            case .connectionsPerUser: 20
            // 0 keeps everything.
            case .logRetentionSeconds, .logRetentionEvents: 0
            }
        }

        /// Inclusive.
        public var allowed: ClosedRange<UInt64> {
            switch self {
            case .textMax: 1...10_000
            case .fileBytesMax: 1...10_737_418_240
            case .storageBytesMax: 0...1_125_899_906_842_624
            case .uploadExpirySeconds: 1...31_536_000
            // 1: they are taken.
            case .uploadMacros, .uploadEncrypted, .uploadUnscanned: 0...1
            case .editWindowSeconds: 0...31_536_000
            case .rateCommandsPerSecond: 1...1_000_000
            case .rateBurst: 1...1_000_000
            case .inFlightMax: 1...4_096
            case .connectionsPerUser: 1...1_000_000
            case .logRetentionSeconds, .logRetentionEvents: 0...1_000_000_000_000
            }
        }
    }

    /// Settings that are a list of file extensions, in lower case and without dots.
    public enum ListName: String, CaseIterable, Sendable {
        /// In place of the default list.
        case uploadAllow = "upload_allow"
        /// On top of the default list.
        case uploadDeny = "upload_deny"

        public static let countMax = 200
        public static let lengthMax = 32

        /// Whether all of them may be extensions.
        public static func allows(_ list: [String]) -> Bool {
            list.count <= countMax
                && list.allSatisfy { word in
                    (1...lengthMax).contains(word.utf8.count)
                        && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
                }
        }
    }

    /// Those that were set.
    public private(set) var lists: [ListName: [String]] = [:]

    /// Nil: not set. What can be no list of extensions counts as not set.
    public subscript(name: ListName) -> [String]? {
        get { lists[name] }
        set { lists[name] = newValue.flatMap { ListName.allows($0) && !$0.isEmpty ? $0 : nil } }
    }

    /// Only what differs from the default.
    public private(set) var changed: [Name: UInt64] = [:]

    public init() {}

    /// Keeps within `Name.allowed`: the caller has checked the value where a person gave it.
    public subscript(name: Name) -> UInt64 {
        get { changed[name] ?? name.default }
        set {
            let value = min(max(newValue, name.allowed.lowerBound), name.allowed.upperBound)
            changed[name] = value == name.default ? nil : value
        }
    }

    public var textMax: Int { Int(self[.textMax]) }
    public var inFlightMax: Int { Int(self[.inFlightMax]) }
}
