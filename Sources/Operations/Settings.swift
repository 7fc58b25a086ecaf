internal import Foundation

/// A process's effective settings, and where each value came from. A flag counts before the environment, that before
/// the file, that before the default.
public struct Settings: Equatable, Sendable {
    public enum Origin: Equatable, Sendable, CustomStringConvertible {
        case flag(String)
        case environment(String)
        case file(String)
        case `default`

        public var description: String {
            switch self {
            case .flag(let name): "flag --\(name)"
            case .environment(let variable): "environment \(variable)"
            case .file(let path): "file \(path)"
            case .default: "default"
            }
        }
    }

    struct Entry: Equatable, Sendable {
        let value: SettingValue
        let texts: [String]
        let origin: Origin
    }

    public let table: [Setting]
    var entries: [String: Entry] = [:]

    /// - Parameters:
    ///   - table: every setting that the process has, the common ones included.
    ///   - process: its name, for the variables.
    ///   - flags: what the command line said, by name; several values where a flag was repeated.
    ///   - file: the file that `--config` named, already read.
    ///   - requiresAll: refuse where something that must be given is not.
    /// - Throws: `ProcessFailure`: 65 for a flag's value; 78 for the environment, the file, or what is missing.
    public init(
        table: [Setting], process: String, flags: [String: [String]] = [:], environment: [String: String] = [:],
        file: SettingsFile? = nil, requiresAll: Bool = true
    ) throws {
        self.table = table
        if let file,
            let stranger = file.values.keys.sorted().first(where: { name in !table.contains { $0.names(name) } })
        {
            throw ProcessFailure(
                .configuration, "\(file.path): there is no setting '\(stranger)': see 'parley \(process) --help'")
        }
        for setting in table {
            let (texts, origin) = try Self.given(setting, process, flags, environment, file)
            if texts.joined().isEmpty, setting.default == nil, !requiresAll {
                entries[setting.name] = Entry(value: setting.isList ? .list([]) : .text(""), texts: [], origin: origin)
                continue
            }
            guard let value = SettingValue(setting.kind, texts), !(texts.joined().isEmpty && setting.default == nil)
            else { throw Self.refusal(setting, texts, origin) }
            entries[setting.name] = Entry(value: value, texts: texts, origin: origin)
        }
    }

    private static func given(
        _ setting: Setting, _ process: String, _ flags: [String: [String]], _ environment: [String: String],
        _ file: SettingsFile?
    ) throws -> ([String], Origin) {
        let variable = setting.variable(of: process)
        if setting.isSecret {
            let path: (String, Origin)? =
                environment[variable + "_FILE"].map { ($0, .environment(variable + "_FILE")) }
                ?? file.flatMap { file in file.values[setting.name + "-file"]?.first.map { ($0, .file(file.path)) } }
            if let text = environment[variable] { return ([text], .environment(variable)) }
            if let (path, origin) = path { return ([try secret(setting, in: path)], origin) }
            return ([setting.default ?? ""], .default)
        }
        if let texts = flags[setting.name] { return (texts, .flag(setting.name)) }
        for variable in setting.variables(of: process) {
            guard let text = environment[variable] else { continue }
            let texts = setting.isList ? text.split(separator: ",").map { $0.trimmed } : [text]
            return (texts, .environment(variable))
        }
        if let file, let texts = file.values[setting.name] { return (texts, .file(file.path)) }
        let texts = setting.default ?? ""
        return (setting.isList ? texts.split(separator: ",").map { $0.trimmed } : [texts], .default)
    }

    /// The bytes of the file less one final newline.
    private static func secret(_ setting: Setting, in path: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(data: bytes, encoding: .utf8)
        else {
            throw ProcessFailure(.configuration, "\(setting.name)-file: '\(path)' can't be read as text")
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private static func refusal(_ setting: Setting, _ texts: [String], _ origin: Origin) -> ProcessFailure {
        let code: ExitCode = if case .flag = origin { .badData } else { .configuration }
        guard !texts.joined().isEmpty else {
            return ProcessFailure(code, "\(setting.name) must be given: \(setting.kind.allowed)")
        }
        let shown = setting.isSecret ? "the value" : "'\(texts.joined(separator: ", ").escapedForLogs)'"
        return ProcessFailure(
            code, "\(setting.name): \(shown) is not allowed (\(origin)): it takes \(setting.kind.allowed)")
    }
}

extension Settings {
    /// The text of a text, choice, path, address, endpoint, origin or secret; empty where it is not set.
    public func text(_ name: String) -> String {
        if case .text(let text) = value(name) { text } else { "" }
    }

    public func integer(_ name: String) -> Int {
        if case .integer(let number) = value(name) { number } else { 0 }
    }

    public func duration(_ name: String) -> Duration {
        if case .duration(let duration) = value(name) { duration } else { .zero }
    }

    public func flag(_ name: String) -> Bool {
        if case .flag(let flag) = value(name) { flag } else { false }
    }

    public func list(_ name: String) -> [String] {
        if case .list(let texts) = value(name) { texts } else { [] }
    }

    /// Nil where it is not set.
    public func address(_ name: String) -> Address? { Address(text(name)) }

    public func origin(_ name: String) -> Origin { entries[name]?.origin ?? .default }

    /// The value as a person would write it; a secret only says whether it is set.
    public func shown(_ name: String) -> String {
        guard let entry = entries[name], let setting = table.first(where: { $0.name == name }) else { return "" }
        if setting.isSecret { return entry.texts.joined().isEmpty ? "" : "(set, not shown)" }
        return entry.texts.joined(separator: ",")
    }

    private func value(_ name: String) -> SettingValue? {
        assert(entries[name] != nil, "there is no setting \(name)")
        return entries[name]?.value
    }
}

extension Setting {
    /// A file names a secret's file, never the secret.
    fileprivate func names(_ key: String) -> Bool { isSecret ? key == name + "-file" : key == name }
}

extension Substring {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
