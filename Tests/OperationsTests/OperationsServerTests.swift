import Foundation
import Logging
import Testing

@testable import Operations

/// Runs the real operations port and asks it over a socket.
@Suite struct OperationsServerTests {
    @Test func thePortTellsTheTruth() async throws {
        let context = ProcessContext(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try FreePort.find()
        let server = OperationsServer(address: Address(host: "127.0.0.1", port: port), context: context)
        let running = Task { try await server.run() }
        defer { running.cancel() }
        #expect(try await get("/healthz", port) == 200)
        #expect(try await get("/readyz", port) == 503)
        context.readiness.set("bus", ready: true)
        #expect(try await get("/readyz", port) == 200)
        context.metrics.counter("parley_test_total", help: "A test.").add(3)
        let (text, _) = try await fetch("/metrics", port)
        #expect(text.contains("parley_test_total 3"))
        #expect(try await get("/nothing", port) == 404)
    }

    @Test func aTakenPortIsAnInputOutputFailureThatNamesIt() async throws {
        let holder = try FreePort.hold()
        defer { close(holder.descriptor) }
        let context = ProcessContext(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = OperationsServer(address: Address(host: "127.0.0.1", port: holder.port), context: context)
        let failure = await #expect(throws: ProcessFailure.self) { try await server.run() }
        #expect(failure?.exitCode == .inputOutput)
        #expect(failure?.reason.contains("\(holder.port)") == true)
    }

    private func get(_ path: String, _ port: Int) async throws -> Int { try await fetch(path, port).1 }

    /// Tries until the port is open, for at most 10 s.
    private func fetch(_ path: String, _ port: Int) async throws -> (String, Int) {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            if let answer = FreePort.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", port),
                let status = Int(answer.dropFirst(9).prefix(3))
            {
                return (answer, status)
            }
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

enum FreePort {
    static func hold() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(bound)
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    static func find() throws -> Int {
        let held = try hold()
        close(held.descriptor)
        return held.port
    }

    /// Nil where nobody listens.
    static func exchange(_ request: String, _ port: Int) -> String? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { return nil }
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { return nil }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            answer += chunk.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
