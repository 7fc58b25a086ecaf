internal import Hummingbird
internal import Logging
internal import ServiceLifecycle

/// The operations port: `/healthz` (the process answers), `/readyz` (it can do its work), `/metrics`.
struct OperationsServer: Service {
    /// More than scrapers, probes and people ask at once, and few enough to leave the process its descriptors.
    private static let connectionsMax = 64

    let address: Address
    let context: ProcessContext

    func run() async throws {
        let router = Router()
        let readiness = context.readiness
        let metrics = context.metrics
        router.get("healthz") { _, _ in Self.answer(.ok, "text/plain; charset=utf-8", "ok\n") }
        router.get("readyz") { _, _ in
            let snapshot = readiness.snapshot
            return Self.answer(snapshot.ready ? .ok : .serviceUnavailable, "application/json", snapshot.json)
        }
        router.get("metrics") { _, _ in
            Self.answer(.ok, "text/plain; version=0.0.4; charset=utf-8", metrics.text)
        }
        let logger = context.logger
        let application = Application(
            router: router,
            // A scraper that opens a connection and says nothing is let go after 30 s.
            server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: .init(
                address: .hostname(address.host, port: address.port), serverName: "parley",
                availableConnectionsDelegate: .maximum(Self.connectionsMax, logger: context.quietLogger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                let bound = Address(host: address.host, port: port)
                logger.info("operations port open", metadata: ["address": "\(bound)"])
            },
            logger: context.quietLogger)
        do {
            try await application.run()
        } catch let error as ProcessFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ProcessFailure(.inputOutput, "operations: can't listen on \(address): \(error)")
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
