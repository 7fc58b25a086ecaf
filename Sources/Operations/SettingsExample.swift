/// A configuration file that says what can be set: every setting in a comment, with its default, unit, bounds and metric.
/// `Configs/` holds one for each process.
public enum SettingsExample {
    public static func text(_ table: [Setting], process: String) -> String {
        var lines = [
            "# Settings of parley \(process). Every line is a default: uncomment what you change, and start it with",
            "#     parley \(process) --config \(process).yaml",
            "# A flag (--name) counts before the environment (PARLEY_\(process.uppercased())_NAME), that before this file.",
            "# Check: parley config check \(process) --config \(process).yaml",
        ]
        for setting in table {
            lines.append("")
            lines += setting.help.wrapped(width: 115).map { "# " + $0 }
            lines += remarks(setting, process).wrapped(width: 115).map { "# " + $0 }
            if let metric = setting.metric { lines.append("# Metric: \(metric)") }
            lines += assignment(setting).map { "#" + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What stands in `--help` and in the file alike.
    static func remarks(_ setting: Setting, _ process: String) -> String {
        let given =
            switch setting.default {
            case nil: "Must be given"
            case "": "Not set by default"
            case .some(let text): "Default \(text)"
            }
        let separator = setting.isList ? " (separated by commas)" : ""
        return "\(given); takes \(setting.kind.allowed). Environment: \(setting.variable(of: process))\(separator)."
    }

    private static func assignment(_ setting: Setting) -> [String] {
        if setting.isSecret { return ["\(setting.name)-file: \(setting.kind.placeholder.lowercased())"] }
        let value = setting.default ?? ""
        guard setting.isList else {
            return ["\(setting.name): \(value.isEmpty ? setting.kind.placeholder : value)"]
        }
        let items = value.isEmpty ? [setting.kind.placeholder] : value.split(separator: ",").map(String.init)
        return ["\(setting.name):"] + items.map { "  - \($0)" }
    }
}

extension SettingsExample {
    /// The part of a process's `--help` that its table makes.
    public static func help(_ table: [Setting], process: String) -> String {
        var lines = [
            "Every setting is a flag, an environment variable, and a line in the file that",
            "--config names; a flag counts before the environment, that before the file.",
            "Such a file with every default: parley config example \(process)",
            "", "  --config FILE", "      YAML with 'name: value' lines.",
        ]
        for setting in table {
            let flag = "--\(setting.name) \(setting.kind.placeholder)\(setting.isList ? " …" : "")"
            lines.append("  " + (setting.isSecret ? "\(setting.name) (by file or environment only)" : flag))
            for text in [setting.help, remarks(setting, process)] {
                // ArgumentParser breaks lines anew past 80 characters where there is no terminal.
                lines += text.wrapped(width: 74).map { "      " + $0 }
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// Lines of at most `width` characters, broken between words.
    fileprivate func wrapped(width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
