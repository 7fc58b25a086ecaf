internal import Foundation
public import Logging

public enum LogLevel: String, CaseIterable, Sendable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
}

public enum LogFormat: String, CaseIterable, Sendable {
    case text
    case json
}

/// Writes each line to stderr with one `write`, so that lines of several threads don't mix.
public struct StandardErrorLog: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let process: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// - Parameter write: gets each line with its newline.
    public init(
        process: String, level: LogLevel, format: LogFormat,
        write: @escaping @Sendable (String) -> Void = LogLines.write
    ) {
        self.write = write
        self.process = process
        self.format = format
        logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, given in given }
        let line = Self.line(
            at: Date(), event.level, process, event.message.description, fields.mapValues(\.description), format)
        write(line)
    }

    /// One line with its newline.
    static func line(
        at date: Date, _ level: Logger.Level, _ process: String, _ message: String, _ fields: [String: String],
        _ format: LogFormat
    ) -> String {
        let time = date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        let sorted = fields.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let rest = sorted.map { " \($0.key)=\($0.value.quotedForLogs)" }.joined()
            let name = level.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
            return "\(time)Z \(name) \(process): \(message.escapedForLogs)\(rest)\n"
        case .json:
            let members = [("time", time + "Z"), ("level", level.rawValue), ("process", process), ("message", message)]
            let rest = sorted.map { ($0.key, $0.value) }
            return "{" + (members + rest).map { "\($0.0.jsonText):\($0.1.jsonText)" }.joined(separator: ",") + "}\n"
        }
    }
}

/// The one place that writes to stderr.
public enum LogLines {
    /// - Parameter line: with its newline.
    @Sendable public static func write(_ line: String) {
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            // Nobody reads the log any more, or it can't take more: going on matters more than this line.
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}

extension String {
    /// Control characters as `\u{…}`, so that nobody's text can forge a log line or drive a terminal.
    public var escapedForLogs: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    fileprivate var quotedForLogs: String {
        let text = escapedForLogs
        return text.isEmpty || text.contains(" ") || text.contains("\"") ? "\"\(text)\"" : text
    }

    /// A JSON string, quotes included.
    var jsonText: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7f {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text + "\""
    }
}
