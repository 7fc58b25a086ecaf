internal import Foundation
internal import Yams

/// A configuration file: YAML, one flat mapping of setting names to a scalar or a list of scalars.
public struct SettingsFile: Equatable, Sendable {
    public let path: String
    /// Each value as it is written in the file.
    public let values: [String: [String]]

    /// - Throws: `ProcessFailure` 78 where the file can't be read or is something else.
    public init(path: String) throws {
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(data: bytes, encoding: .utf8)
        else {
            throw ProcessFailure(.configuration, "\(path): can't be read as text")
        }
        try self.init(path: path, text: text)
    }

    /// - Throws: `ProcessFailure` 78 where `text` is something else.
    public init(path: String, text: String) throws {
        self.path = path
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            let line = "\(error)".split(separator: "\n").first ?? ""
            throw ProcessFailure(.configuration, "\(path): not YAML: \(String(line).escapedForLogs)")
        }
        guard let node, node.tag.description != "tag:yaml.org,2002:null" else {
            values = [:]
            return
        }
        guard let mapping = node.mapping else {
            throw ProcessFailure(.configuration, "\(path): must be a list of 'name: value' lines")
        }
        var values: [String: [String]] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, values[name] == nil else {
                throw ProcessFailure(.configuration, "\(path): a setting's name is no text, or is given twice")
            }
            let scalars: [String?] = value.sequence.map { $0.map { $0.scalar?.string } } ?? [value.scalar?.string]
            guard scalars.allSatisfy({ $0 != nil }) else {
                throw ProcessFailure(.configuration, "\(path): '\(name)' takes a value or a list of values")
            }
            values[name] = scalars.compactMap { $0 }
        }
        self.values = values
    }
}
