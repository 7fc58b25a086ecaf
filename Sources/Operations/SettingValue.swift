/// A value that has passed its kind's check.
enum SettingValue: Equatable, Sendable {
    case text(String)
    case integer(Int)
    case duration(Duration)
    case flag(Bool)
    case list([String])

    /// Nil where `texts` is not what `kind` allows. An empty `texts`, or one empty text, is «not set».
    init?(_ kind: Setting.Kind, _ texts: [String]) {
        if case .list(let element) = kind {
            let filled = texts.filter { !$0.isEmpty }
            guard filled.allSatisfy({ SettingValue(element, [$0]) != nil }) else { return nil }
            self = .list(filled)
            return
        }
        guard texts.count <= 1 else { return nil }
        self.init(kind, texts.first ?? "")
    }

    private init?(_ kind: Setting.Kind, _ text: String) {
        switch kind {
        case .integer(let range, _):
            guard let number = Int(text), range.contains(number) else { return nil }
            self = .integer(number)
        case .duration(let range):
            guard let duration = DurationText.duration(text), range.contains(duration) else { return nil }
            self = .duration(duration)
        case .flag:
            guard let flag = Bool(text) else { return nil }
            self = .flag(flag)
        case .choice(let values):
            guard values.contains(text) else { return nil }
            self = .text(text)
        case .text, .path, .secret:
            guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                return nil
            }
            self = .text(text)
        case .address:
            guard text.isEmpty || Address(text) != nil else { return nil }
            self = .text(text)
        case .endpoint:
            guard text.isEmpty || Self.isEndpoint(text) else { return nil }
            self = .text(text)
        case .origin:
            guard text.isEmpty || Self.isOrigin(text) else { return nil }
            self = .text(text)
        case .list: return nil
        }
    }

    private static func isEndpoint(_ text: String) -> Bool {
        if text.hasPrefix("ipc://") { return (1...107).contains(text.utf8.count - "ipc://".utf8.count) }
        guard text.hasPrefix("tcp://") else { return false }
        return Address(String(text.dropFirst("tcp://".count))) != nil
    }

    private static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        let legal = rest.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789.-:[]".unicodeScalars.contains(scalar))
        }
        return legal && !rest.isEmpty
    }
}

/// A host and a port, as `--listen` and `--operations` take them.
public struct Address: Equatable, Sendable, CustomStringConvertible {
    /// Without brackets.
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:8080`, `localhost:0`, `[::1]:8080`; nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        self.init(host: String(host), port: Int(port))
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Durations as people write them: a whole number and a unit.
public enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Nil for anything but digits and `ms`, `s`, `m`, `h` or `d`.
    public static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), let unit = units.first(where: { $0.suffix == text[digits.endIndex...] }) else {
            return nil
        }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// In the largest unit that keeps it whole.
    public static func text(of duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let fitting = units.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        let unit = fitting ?? ("s", 1_000)
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }
}
