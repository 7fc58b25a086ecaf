// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "parley",
    products: [.executable(name: "parley", targets: ["parley"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CMagic", pkgConfig: "libmagic", providers: [.apt(["libmagic-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // The page and the SDK, out of Sources/Web into the program.
        .target(name: "CWeb"),
        // What Swift can't call: a process's own confinement, and functions of libvips.
        .target(name: "CImages"),
        .target(name: "CSandbox"),

        // What crosses a socket, and the rules. No NIO, SQLite, libzmq or Foundation.
        .target(name: "Wire"),
        .target(name: "Domain", dependencies: ["Wire"]),

        // Engines.
        .target(name: "SQLiteStore", dependencies: ["Domain", "Wire", grdb, sqlite]),
        .target(name: "Registry", dependencies: ["Wire", grdb]),
        .target(name: "Bus", dependencies: ["Wire", "CZeroMQ", deque]),
        .target(name: "Blobs", dependencies: [asyncHTTPClient, crypto, nioCore, nioPosix, nioHTTP1]),
        .target(name: "Inspect", dependencies: ["CArchive", "CImages", "CMagic", "CSandbox"]),
        .target(
            name: "Operations", dependencies: [hummingbird, logging, serviceLifecycle, unixSignals, yams]),

        // Processes.
        .target(
            name: "Gateway",
            dependencies: [
                "Blobs", "Bus", "CEpoll", "CWeb", "CZlib", "Inspect", "Operations", "Wire", crypto, deque, httpTypes,
                hummingbird,
                hummingbirdCore,
                hummingbirdTLS, jwtKit, logging, nioCore, nioPosix, nioHTTP1, nioSSL, nioWebSocket, serviceLifecycle,
                unixSignals,
            ]),
        .target(
            name: "Router",
            dependencies: [
                "Blobs", "Bus", "Domain", "Operations", "Registry", "SQLiteStore", "Wire", crypto, deque, logging,
            ]),
        .target(name: "Fanout", dependencies: ["Bus", "Operations", "Wire", deque, logging]),
        .target(
            name: "Notifier",
            dependencies: [
                "Bus", "Operations", "Registry", "Tap", "Wire", crypto, grdb, logging, nioCore, nioPosix, nioHTTP1,
                nioSSL,
            ]),
        .target(name: "Supervisor", dependencies: ["Operations", "Wire", logging]),

        // Clients.
        .target(
            name: "Workload",
            dependencies: ["Bus", "CEpoll", "Wire", nioCore, nioPosix, nioHTTP1, nioSSL, nioWebSocket, deque]),
        .target(name: "Terminal", dependencies: ["Wire", "Workload"]),
        .target(name: "Tap", dependencies: ["Bus", "Wire"]),

        .executableTarget(
            name: "parley",
            dependencies: [
                "Blobs", "Bus", "Fanout", "Gateway", "Inspect", "Notifier", "Operations", "Registry", "Router",
                "Supervisor", "Tap",
                "Terminal",
                "Wire", "Workload", crypto, nioCore, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ]
        + tests([
            "Wire": [], "Domain": ["SQLiteStore", "Wire"], "SQLiteStore": ["Domain", "Wire", grdb, sqlite],
            "Registry": ["Wire"],
            "Blobs": [crypto, nioCore, nioPosix], "Bus": ["Wire"], "Inspect": ["CSandbox"], "Operations": [logging],
            "Gateway": [
                "Blobs", "Inspect", "Wire", "Bus", "Operations", crypto, httpTypes, jwtKit, logging, nioCore, nioPosix,
            ],
            "Router": ["Blobs", "Domain", "SQLiteStore", "Registry", "Wire", "Bus", "Operations", grdb, logging],
            "Fanout": ["Wire", "Bus", "Operations", logging],
            "Notifier": ["Bus", "Operations", "Registry", "Tap", "Wire", crypto, grdb],
            "Supervisor": ["Operations"], "Workload": ["Wire"], "Terminal": ["Wire", "Workload"],
            "Tap": ["Wire"],
            "parley": ["Bus", "Notifier", "Operations", "Registry", "Tap", "Wire", crypto],
        ]) + [
            // The style, held by a test, and the files beside the code that must agree with it.
            .testTarget(
                name: "TidyTests", dependencies: ["Fanout", "Gateway", "Notifier", "Operations", "Router", "Wire"]),
            // Random numbers that come again, for all of them.
            .target(name: "Seeded", path: "Tests/Seeded"),
            // Each parser of bytes from outside, for FuzzingTests and for `make fuzz`.
            .target(
                name: "Fuzzing",
                dependencies: [
                    "Blobs", "Gateway", "Inspect", "Notifier", "Operations", "Registry", "Seeded", "Wire", "Workload",
                    nioCore,
                ],
                path: "Tests/Fuzzing"),
            .testTarget(name: "FuzzingTests", dependencies: ["Fuzzing"]),
            // All processes in one thread, over a network and a disk that fail by a seed.
            .target(
                name: "SimulatedDisk", path: "Tests/SimulatedDisk", linkerSettings: [.linkedLibrary("sqlite3")]),
            .testTarget(
                name: "SimulationTests",
                dependencies: [
                    "Bus", "Domain", "Fanout", "Gateway", "Operations", "Router", "SQLiteStore", "Seeded",
                    "SimulatedDisk", "Wire",
                    crypto, deque, logging, nioCore, nioEmbedded,
                ],
                exclude: ["mutations", "mutations.sh"]),
        ]
)

// Set by scripts/fuzz.sh: where libFuzzer lies. Everything of ours is built with its counters then.
let fuzzer = Context.environment["PARLEY_FUZZ"]
if let fuzzer {
    package.products.append(.executable(name: "fuzz", targets: ["FuzzDriver"]))
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/FuzzDriver/CFuzzer"),
        .executableTarget(
            name: "FuzzDriver", dependencies: ["CFuzzer", "Fuzzing"], path: "Tests/FuzzDriver", exclude: ["CFuzzer"],
            linkerSettings: [.unsafeFlags([fuzzer, "-lstdc++"])]),
    ]
}

// One loop, so that no target is built by softer rules than another.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
    if fuzzer != nil, target.name != "FuzzDriver" { target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer"])) }
}

/// A test target beside each target that has a folder for it.
func tests(_ dependencies: KeyValuePairs<String, [Target.Dependency]>) -> [Target] {
    dependencies.map { name, others in
        .testTarget(name: name + "Tests", dependencies: [.byName(name: name), "Seeded"] + others)
    }
}

var asyncHTTPClient: Target.Dependency { .product(name: "AsyncHTTPClient", package: "async-http-client") }
var crypto: Target.Dependency { .product(name: "Crypto", package: "swift-crypto") }
var deque: Target.Dependency { .product(name: "DequeModule", package: "swift-collections") }
var grdb: Target.Dependency { .product(name: "GRDB", package: "GRDB.swift") }
var httpTypes: Target.Dependency { .product(name: "HTTPTypes", package: "swift-http-types") }
var hummingbird: Target.Dependency { .product(name: "Hummingbird", package: "hummingbird") }
var hummingbirdCore: Target.Dependency { .product(name: "HummingbirdCore", package: "hummingbird") }
var hummingbirdTLS: Target.Dependency { .product(name: "HummingbirdTLS", package: "hummingbird") }
var jwtKit: Target.Dependency { .product(name: "JWTKit", package: "jwt-kit") }
var logging: Target.Dependency { .product(name: "Logging", package: "swift-log") }
var nioCore: Target.Dependency { .product(name: "NIOCore", package: "swift-nio") }
var nioEmbedded: Target.Dependency { .product(name: "NIOEmbedded", package: "swift-nio") }
var nioHTTP1: Target.Dependency { .product(name: "NIOHTTP1", package: "swift-nio") }
var nioPosix: Target.Dependency { .product(name: "NIOPosix", package: "swift-nio") }
var nioSSL: Target.Dependency { .product(name: "NIOSSL", package: "swift-nio-ssl") }
var nioWebSocket: Target.Dependency { .product(name: "NIOWebSocket", package: "swift-nio") }
var serviceLifecycle: Target.Dependency {
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
}
var sqlite: Target.Dependency { .product(name: "GRDBSQLite", package: "GRDB.swift") }
var unixSignals: Target.Dependency { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
var yams: Target.Dependency { .product(name: "Yams", package: "Yams") }
