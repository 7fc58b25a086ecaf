import Blobs
import Foundation
import Logging
import Operations
import Testing
import Wire

@testable import Gateway

/// The port itself, by raw sockets: what `docs/protocol.md` §2 and §6 say about requests, and what HTTP libraries get
/// wrong about them. No router is there.
@Suite(.serialized) struct ListenerTests {
    private static let upgrade = """
        Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r

        """

    private func withGateway(
        _ change: (inout GatewayService.Configuration) -> Void = { _ in }, _ body: (Int) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "gateway-tests-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let nowhere = "ipc:///tmp/parley-nobody-listens-here"
        var configuration = GatewayService.Configuration(
            listen: Address(host: "127.0.0.1", port: 0),
            endpoints: GatewayDriver.Endpoints(
                routerCommands: [nowhere], fanoutEvents: [nowhere], fanoutReplay: [nowhere]),
            files: FileConfiguration(
                store: try DiskBlobStore(root: folder + "/files"), stagingFolder: folder + "/uploads",
                executable: "/bin/false"))
        configuration.policy.drainWindow = .milliseconds(10)
        change(&configuration)
        let service = try await GatewayService(configuration, ProcessContext(logger: Logger(label: "test")))
        do {
            try await body(service.port)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
    }

    /// The whole answer to a request after which the connection closes.
    private func answer(_ request: String, port: Int) throws -> String {
        let socket = try RawSocket(port: port)
        socket.send(request)
        return try socket.receiveAll()
    }

    @Test func aGoodUpgradeBecomesAWebSocketWhateverItsPieces() async throws {
        try await withGateway { port in
            let request = "GET /v1/ws HTTP/1.1\r\n" + Self.upgrade
            for step in [1, 7, request.utf8.count] {
                let socket = try RawSocket(port: port)
                let bytes = Array(request.utf8)
                for start in stride(from: 0, to: bytes.count, by: step) {
                    socket.send(Array(bytes[start..<min(start + step, bytes.count)]))
                }
                let head = try socket.receive(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 101 "))
                #expect(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            }
        }
    }

    @Test func framesRightBehindTheUpgradeAreNotLost() async throws {
        try await withGateway { port in
            let socket = try RawSocket(port: port)
            socket.send(
                Array(("GET /v1/ws HTTP/1.1\r\n" + Self.upgrade).utf8)
                    + WebSocketParserTests.frame(1, Array(#"{"op":"ping","ref":"x"}"#.utf8)))
            let all = try socket.receive(until: #""ref":"x""#)
            #expect(all.contains(#""field":"op""#))
        }
    }

    @Test(arguments: [
        ("GET /v1/ws HTTP/1.1\r\nHost: a\r\n\r\n", "426"),
        ("GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "426"),
        ("GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "426"),
        ("GET /v1/ws HTTP/1.0\r\n\(upgrade)", "400"), ("POST /v1/ws HTTP/1.1\r\n\(upgrade)", "405"),
        ("GET /v1/elsewhere HTTP/1.1\r\n\(upgrade)", "404"), ("GET /v1/wsx HTTP/1.1\r\n\(upgrade)", "404"),
        ("POST /v1/ops HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n", "401"),
        ("GET /v1/ws HTTP/1.1\r\nbroken\r\n\r\n", "400"),
        ("POST /v1/ops HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "400"),
        ("POST /v1/ops HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n", "401"),
    ])
    func everyRequestIsAnsweredAndTheConnectionEnds(request: String, status: String) async throws {
        try await withGateway { port in
            let answer = try answer(request, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test func unknownPathsAndWrongMethodsAreJSONAndTheConnectionGoesOn() async throws {
        try await withGateway { port in
            let socket = try RawSocket(port: port)
            for (line, status, more) in [
                ("GET /nothing", "404", #""code":"not_found""#), ("GET /v1/ops", "405", "POST, OPTIONS"),
                ("DELETE /v1/ws", "405", "GET"), ("GET /v1/ws/", "404", #""code":"not_found""#),
            ] {
                socket.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try socket.receive(until: #"}}"#)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                #expect(answer.contains(more))
            }
        }
    }

    @Test func aPreflightOfTheGatewaysOwnPageIsGrantedAndAnothersIsNot() async throws {
        try await withGateway { port in
            func preflight(_ origin: String) throws -> String {
                let socket = try RawSocket(port: port)
                socket.send(
                    "OPTIONS /v1/ops HTTP/1.1\r\nHost: a\r\nOrigin: \(origin)\r\n"
                        + "Access-Control-Request-Method: POST\r\n\r\n")
                return try socket.receive(until: "\r\n\r\n").lowercased()
            }
            let own = "http://localhost:\(port)"
            let granted = try preflight(own)
            #expect(granted.contains("access-control-allow-origin: \(own)"))
            let other = try preflight("https://evil.example")
            #expect(other.hasPrefix("http/1.1 204") && !other.contains("access-control-allow-origin"))
        }
    }

    @Test func aHeadThatDripsIsCutOff() async throws {
        try await withGateway { configuration in
            configuration.policy.headTimeout = .milliseconds(300)
        } _: { port in
            for begin in ["", "GET /v1/ws HTTP/1.1\r\nHost:"] {
                let socket = try RawSocket(port: port)
                socket.send(begin)
                let rest = try socket.receiveAll()
                #expect(rest.isEmpty)
            }
        }
    }

    @Test func aHeadThatIsTooLongIsRefused() async throws {
        try await withGateway { port in
            let long = "GET /v1/ws HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: HeadPeek.headBytesMax)
            let answer = try answer(long, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func aClientThatClosesItsHalfIsClosed() async throws {
        try await withGateway { port in
            for begin in ["", "GET /v1/ws", "GET /v1/ws HTTP/1.1\r\n" + Self.upgrade] {
                let socket = try RawSocket(port: port)
                socket.send(begin)
                if begin.hasSuffix("\r\n\r\n") { _ = try socket.receive(until: "\r\n\r\n") }
                socket.finish()
                let rest = try socket.receiveAll()
                #expect(rest.isEmpty)
            }
        }
    }

    @Test func tooManyThatHaveNotSaidHelloGet429() async throws {
        try await withGateway {
            $0.greetingsPerAddressMax = 2
        } _: { port in
            var waiting: [RawSocket] = []
            for place in 0..<3 {
                let socket = try RawSocket(port: port)
                socket.send("GET /v1/ws HTTP/1.1\r\n" + Self.upgrade)
                let head = try socket.receive(until: "\r\n\r\n")
                #expect(head.hasPrefix(place < 2 ? "HTTP/1.1 101 " : "HTTP/1.1 429 "))
                waiting.append(socket)
            }
            waiting.removeAll()
            var head = ""
            for _ in 0..<200 where !head.hasPrefix("HTTP/1.1 101 ") {
                let socket = try RawSocket(port: port)
                socket.send("GET /v1/ws HTTP/1.1\r\n" + Self.upgrade)
                head = try socket.receive(until: "\r\n\r\n")
            }
            #expect(head.hasPrefix("HTTP/1.1 101 "))
        }
    }

    @Test(arguments: [1, 3])
    func noMoreThanTheLimitAreAcceptedAndTheNextGetsItsTurn(eventLoops: Int) async throws {
        try await withGateway {
            $0.connectionsMax = 2
            $0.eventLoops = eventLoops
        } _: { port in
            let request = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
            var sockets: [RawSocket] = []
            // One turn may accept a few more than the limit; that many are held open first.
            for _ in 0..<2 {
                let socket = try RawSocket(port: port)
                socket.send(request)
                _ = try socket.receive(until: "}}")
                sockets.append(socket)
            }
            let next = try RawSocket(port: port)
            next.send(request)
            sockets.removeAll()
            let answer = try next.receive(until: "}}")
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test func allEventLoopsTakeConnections() async throws {
        try await withGateway {
            $0.eventLoops = 3
        } _: { port in
            for _ in 0..<60 {
                let answer = try answer("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", port: port)
                #expect(answer.hasPrefix("HTTP/1.1 404 "))
            }
        }
    }

    @Test func aPortThatAnotherGatewayHasIsNotShared() async throws {
        try await withGateway {
            $0.eventLoops = 2
        } _: { port in
            await #expect(throws: ProcessFailure.self) {
                try await withGateway {
                    $0.listen = Address(host: "127.0.0.1", port: port)
                    $0.eventLoops = 2
                } _: { _ in
                }
            }
        }
    }

    @Test func aStopTellsWhoIsThereAndEnds() async throws {
        var socket: RawSocket?
        try await withGateway { port in
            let open = try RawSocket(port: port)
            open.send("GET /v1/ws HTTP/1.1\r\n" + Self.upgrade)
            _ = try open.receive(until: "\r\n\r\n")
            socket = open
        }
        let bytes = try socket?.receive()
        #expect(bytes == [0x88, 0x02, 0x10, 0x68])  // close, 4200
    }
}
