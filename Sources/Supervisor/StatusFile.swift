internal import Foundation
internal import Operations

/// `DATA/run/status.json`: what `parley up` runs, for `parley status`, `connect` and `bench`.
public struct StatusFile: Codable, Equatable, Sendable {
    public struct Child: Codable, Equatable, Sendable {
        public var name: String
        public var role: Role
        /// Nil while it is not running.
        public var pid: Int32?
        public var restarts: Int
        /// `HOST:PORT`.
        public var operations: String
        /// Gateways only: `http://HOST:PORT`.
        public var url: String?

        public init(name: String, role: Role, pid: Int32?, restarts: Int, operations: String, url: String?) {
            self.name = name
            self.role = role
            self.pid = pid
            self.restarts = restarts
            self.operations = operations
            self.url = url
        }
    }

    /// The supervisor's.
    public var pid: Int32
    public var version: String
    public var children: [Child]

    public init(pid: Int32, version: String, children: [Child]) {
        self.pid = pid
        self.version = version
        self.children = children
    }

    public static func path(data: String) -> String { data + "/run/status.json" }

    /// Nil where nothing runs on `data`: there is no file, it can't be read, or its writer is gone.
    public static func read(data: String) -> StatusFile? {
        guard let bytes = FileManager.default.contents(atPath: path(data: data)),
            let file = try? JSONDecoder().decode(StatusFile.self, from: bytes), kill(file.pid, 0) == 0 || errno == EPERM
        else { return nil }
        return file
    }

    func write(data: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: Self.path(data: data)), options: .atomic)
    }

    static func remove(data: String) {
        // Where it can't be removed it names a process that is gone, which readers check.
        try? FileManager.default.removeItem(atPath: path(data: data))
    }
}
