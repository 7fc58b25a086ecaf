internal import Operations

/// The flags of a process's subcommand, read by its table of settings: what can be set has one list.
struct ProcessFlags: Equatable {
    /// By the settings' names.
    var values: [String: [String]] = [:]
    /// What `--config` named.
    var file: String?

    /// - Parameter words: after the subcommand.
    /// - Throws: `ProcessFailure` 64 for a flag that does not exist or lacks its value.
    init(_ words: [String], table: [Setting], process: String) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), word.count > 2 else { throw Self.stranger(word, process) }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            var value = parts.count > 1 ? String(parts[1]) : nil
            if name == "config" {
                file = try Self.value(value, of: name, from: &rest)
                continue
            }
            guard let setting = table.first(where: { $0.name == name && !$0.isSecret }) else {
                throw Self.stranger(word, process)
            }
            if setting.kind == .flag, value == nil {
                let next = rest.first
                value = next == "true" || next == "false" ? rest.popFirst() : "true"
            }
            let text = try Self.value(value, of: name, from: &rest)
            if setting.isList { values[name, default: []].append(text) } else { values[name] = [text] }
        }
    }

    private static func value(_ given: String?, of name: String, from rest: inout ArraySlice<String>) throws -> String {
        guard let value = given ?? rest.popFirst() else {
            throw ProcessFailure(.usage, "--\(name) needs a value")
        }
        return value
    }

    private static func stranger(_ word: String, _ process: String) -> ProcessFailure {
        ProcessFailure(.usage, "unknown flag '\(word.escapedForLogs)': see 'parley \(process) --help'")
    }
}
