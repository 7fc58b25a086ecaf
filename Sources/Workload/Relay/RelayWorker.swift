internal import Bus
internal import Foundation

/// A fan-out worker of the benchmark's own: the real `parley fanout`, with the benchmark in its router's place.
final class RelayWorker {
    let folder: String
    let server: CurveKeyPair
    /// Streams would be here; the publisher of a tenant is at the ports after it.
    let tapPort: Int
    private let process = Process()

    var pid: Int32 { process.processIdentifier }
    var events: String { "ipc://\(folder)/events" }
    var routerEvents: String { "ipc://\(folder)/router-events" }
    var routerReplay: String { "ipc://\(folder)/router-replay" }

    init(tenants: Int) throws {
        folder =
            FileManager.default.temporaryDirectory.appending(path: "parley-bench-\(UUID().uuidString.prefix(8))")
            .path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        server = try KeyFile.pair("taps", in: folder)
        tapPort = try Self.freePorts(tenants + 1)
        // The program that runs this is the one that is measured.
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "fanout", "--events", events, "--replay", "ipc://\(folder)/replay", "--router-events", routerEvents,
            "--router-replay", routerReplay, "--operations", "127.0.0.1:0", "--log-level", "warning", "--taps",
            "127.0.0.1:\(tapPort)", "--tap-ports", "\(tenants)", "--tap-key", "\(folder)/taps.secret",
        ]
        try process.run()
    }

    func tapEndpoint(_ place: Int) -> String { "tcp://127.0.0.1:\(tapPort + 1 + place)" }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The first of so many ports in a row of which nobody listens at the first and the last; what is between them is
    /// below the ports that the system hands out by itself.
    private static func freePorts(_ count: Int) throws -> Int {
        for first in stride(from: 20_000, to: 32_000 - count, by: 1_111) {
            let taken = [first, first + count - 1].contains { port in
                guard let descriptor = SystemCalls.connect(host: "127.0.0.1", port: port) else { return false }
                close(descriptor)
                return true
            }
            if !taken { return first }
        }
        throw BenchFailure.unusable("no \(count) free ports in a row for taps")
    }
}
