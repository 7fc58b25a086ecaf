import Testing

/// Imports only point downwards, as ARCHITECTURE.md draws it.
@Suite struct LayersTests {
    /// What a target may import of the project's own.
    static let layers: [String: Set<String>] = [
        "Wire": [],
        "Domain": ["Wire"],
        "SQLiteStore": ["Domain", "Wire"],
        "Registry": ["Wire"],
        "Bus": ["CZeroMQ", "Wire"],
        "Blobs": [],
        "Inspect": ["CArchive", "CImages", "CMagic", "CSandbox"],
        "Operations": [],
        "Gateway": ["Blobs", "Bus", "CEpoll", "CWeb", "CZlib", "Inspect", "Operations", "Wire"],
        "Router": ["Blobs", "Bus", "Domain", "Operations", "Registry", "SQLiteStore", "Wire"],
        "Fanout": ["Bus", "Operations", "Wire"],
        "Supervisor": ["Operations", "Wire"],
        "Workload": ["Bus", "CEpoll", "Wire"],
        "Terminal": ["Wire", "Workload"],
        "Notifier": ["Bus", "Operations", "Registry", "Tap", "Wire"],
        "Tap": ["Bus", "Wire"],
        "parley": [
            "Blobs", "Bus", "Fanout", "Gateway", "Inspect", "Notifier", "Operations", "Registry", "Router",
            "Supervisor", "Tap",
            "Terminal",
            "Wire", "Workload",
        ],
    ]

    /// The one target that each of these may be seen from.
    static let engines: [String: Set<String>] = [
        "GRDB": ["Notifier", "Registry", "SQLiteStore"], "GRDBSQLite": ["Registry", "SQLiteStore"], "CZeroMQ": ["Bus"],
        "CArchive": ["Inspect"], "CImages": ["Inspect"], "CMagic": ["Inspect"], "CSandbox": ["Inspect"],
        "AsyncHTTPClient": ["Blobs"], "CEpoll": ["Gateway", "Workload"], "CWeb": ["Gateway"], "CZlib": ["Gateway"],
        "Hummingbird": ["Gateway", "Operations"],
        "HummingbirdCore": ["Gateway", "Operations"],
        "HummingbirdTLS": ["Gateway"], "JWTKit": ["Gateway"], "Yams": ["Operations"], "ArgumentParser": ["parley"],
        "NIOCore": ["Blobs", "Gateway", "Notifier", "parley", "Terminal", "Workload"],
        "NIOPosix": ["Blobs", "Gateway", "Notifier", "Terminal", "Workload"],
        "NIOHTTP1": ["Blobs", "Gateway", "Notifier", "Workload"], "NIOSSL": ["Gateway", "Notifier", "Workload"],
        "NIOWebSocket": ["Gateway", "Workload"],
    ]

    private static func imports(of file: SourceTree.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place < 3, words.count > place + 1,
                words[..<place].allSatisfy({ $0.hasPrefix("@") || ["public", "internal", "package"].contains($0) })
            else { return nil }
            let name = words[place + 1]
            let kinds = ["struct", "class", "enum", "func", "protocol", "var", "let", "typealias"]
            let module = kinds.contains(String(name)) && words.count > place + 2 ? words[place + 2] : name
            return String(module.prefix { $0 != "." })
        }
    }

    @Test func everyTargetHasItsRow() {
        let targets = Set(SourceTree.sources.map(\.target))
        #expect(targets.subtracting(Self.layers.keys).isEmpty)
        #expect(!targets.isEmpty)
    }

    @Test(arguments: SourceTree.sources) func importsPointDownwards(file: SourceTree.File) {
        let allowed = Self.layers[file.target] ?? []
        for module in Self.imports(of: file) where Self.layers[module] != nil || module.hasPrefix("C") {
            #expect(allowed.contains(module) || ["Crypto"].contains(module), "\(file.path) imports \(module)")
        }
        for module in Self.imports(of: file) {
            if let homes = Self.engines[module] {
                #expect(homes.contains(file.target), "\(file.path) imports \(module)")
            }
        }
    }

    @Test func wireAndDomainImportNothingElse() {
        for file in SourceTree.sources where ["Wire", "Domain"].contains(file.target) {
            #expect(Set(Self.imports(of: file)).subtracting(["Wire"]).isEmpty, "\(file.path)")
        }
    }

    @Test(arguments: ["UUID()", "Date()", "ContinuousClock.now", ".now()", "SystemRandomNumberGenerator", ".random("])
    func wireAndDomainTakeNoClockAndNoChance(call: String) {
        for file in SourceTree.sources where ["Wire", "Domain"].contains(file.target) {
            #expect(!file.text.contains(call), "\(file.path)")
        }
    }
}
