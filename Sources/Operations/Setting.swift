/// One thing that a person may set: by flag `--name`, environment `PARLEY_<PROCESS>_<NAME>`, or `name:` in a file.
public struct Setting: Equatable, Sendable {
    /// What a value may be, and how it is written.
    public indirect enum Kind: Equatable, Sendable {
        /// Any text without control characters.
        case text
        /// A whole number; `unit` is a word for people ("bytes", "threads").
        case integer(ClosedRange<Int>, unit: String)
        /// `250ms`, `10s`, `5m`, `1h`, `7d`.
        case duration(ClosedRange<Duration>)
        /// `true` or `false`; as a flag it may stand alone.
        case flag
        case choice([String])
        /// A path, not looked at here.
        case path
        /// `HOST:PORT`, an IPv6 host in brackets; port 0 lets the system choose.
        case address
        /// `ipc://PATH` or `tcp://HOST:PORT`.
        case endpoint
        /// `http://…` or `https://…`, without a path.
        case origin
        /// Never printed, and never a flag: in the environment, or in the file that `NAME-file` names.
        case secret
        /// Several: a repeated flag, a list in a file, commas in the environment.
        case list(Kind)
    }

    /// In lower case with hyphens: `event-loops`.
    public let name: String
    public let kind: Kind
    /// Written as a person would write it. Empty: not set. Nil: must be given.
    public let `default`: String?
    /// One sentence: what it does, and what happens at its bound.
    public let help: String
    /// The metric that shows whether the value fits.
    public let metric: String?

    public init(_ name: String, _ kind: Kind, default: String?, help: String, metric: String? = nil) {
        self.name = name
        self.kind = kind
        self.default = `default`
        self.help = help
        self.metric = metric
    }

    public var isSecret: Bool { kind == .secret }

    public var isList: Bool { if case .list = kind { true } else { false } }

    /// `PARLEY_GATEWAY_EVENT_LOOPS` for `event-loops` of `gateway`.
    public func variable(of process: String) -> String {
        let words = "parley-\(process)-\(name)"
        return String(words.map { $0 == "-" ? "_" : Character($0.uppercased()) })
    }

    /// Where the environment may say it, the first that is there counts. `PARLEY_DATA` names the data directory to every
    /// command (docs/protocol.md §8).
    func variables(of process: String) -> [String] {
        name == "data" ? [variable(of: process), "PARLEY_DATA"] : [variable(of: process)]
    }

    /// Settings that every process has.
    ///
    /// - Parameter operations: where its operations port listens unless told otherwise.
    public static func common(operations: String) -> [Setting] {
        [
            Setting(
                "operations", .address, default: operations,
                help: "Where /healthz, /readyz and /metrics are served, without authentication: keep it private."),
            Setting(
                "log-level", .choice(LogLevel.allCases.map(\.rawValue)), default: LogLevel.info.rawValue,
                help: "The least severe log lines that are written."),
            Setting(
                "log-format", .choice(LogFormat.allCases.map(\.rawValue)), default: LogFormat.text.rawValue,
                help: "How log lines look on stderr: for people, or one JSON object a line."),
        ]
    }
}

extension Setting.Kind {
    /// What is allowed, in words: `a whole number from 1 to 64 (threads)`.
    public var allowed: String {
        switch self {
        case .text: "a text without control characters"
        case .integer(let range, let unit): "a whole number from \(range.lowerBound) to \(range.upperBound) (\(unit))"
        case .duration(let range):
            "a duration from \(DurationText.text(of: range.lowerBound)) to \(DurationText.text(of: range.upperBound))"
        case .flag: "true or false"
        case .choice(let values): "one of " + values.joined(separator: ", ")
        case .path: "a path"
        case .address: "HOST:PORT"
        case .endpoint: "ipc://PATH or tcp://HOST:PORT"
        case .origin: "http://HOST[:PORT] or https://HOST[:PORT]"
        case .secret: "a secret"
        case .list(let kind): "a list, each " + kind.allowed
        }
    }

    /// The placeholder that stands for a value in `--help`.
    public var placeholder: String {
        switch self {
        case .text: "TEXT"
        case .integer: "N"
        case .duration: "DURATION"
        case .flag: "true|false"
        case .choice(let values): values.joined(separator: "|")
        case .path: "PATH"
        case .address: "HOST:PORT"
        case .endpoint: "ENDPOINT"
        case .origin: "URL"
        case .secret: "SECRET"
        case .list(let kind): kind.placeholder
        }
    }
}
