import Foundation
import Testing

/// The project's own text files, found from where this file lies.
enum SourceTree {
    struct File: Sendable, CustomTestStringConvertible {
        /// From the top: `Sources/Wire/Event.swift`.
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }

        /// `Wire` for `Sources/Wire/JSON/Fields.swift`.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    static let top = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every file below `folders` with one of the extensions.
    static func files(in folders: [String], _ extensions: Set<String>) -> [File] {
        folders.flatMap { folder -> [File] in
            let root = top.appendingPathComponent(folder)
            let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
            let urls = (found?.allObjects as? [URL]) ?? []
            return urls.filter { extensions.contains($0.pathExtension) }.compactMap { url in
                guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
                return File(path: String(url.path.dropFirst(top.path.count + 1)), text: text)
            }
        }.sorted { $0.path < $1.path }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: top.appendingPathComponent(path), encoding: .utf8)
    }

    static let swift = files(in: ["Sources", "Tests"], ["swift"])
    static let sources = swift.filter { $0.path.hasPrefix("Sources/") }
}
