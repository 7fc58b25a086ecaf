internal import Blobs
internal import Foundation
internal import Inspect
internal import NIOPosix
internal import Operations
internal import Wire

/// What of a gateway has to do with files and has to be ended: threads, processes that look at uploads, and the sweep
/// of what was left.
struct FileDesk: Sendable {
    private static let sweepInterval: Duration = .seconds(10)
    private static let sweepsPerStoreSweep = 60

    let desk: UploadDesk
    private let sweepTask: Task<Void, Never>

    /// - Throws: `ProcessFailure` where the staging folder can't be made.
    init(_ configuration: FileConfiguration, _ context: GatewayContext, _ metrics: Metrics) throws {
        let threads = NIOThreadPool(numberOfThreads: FileConfiguration.threads)
        let staging: Staging
        do { staging = try Staging(configuration.stagingFolder) } catch {
            throw ProcessFailure(.inputOutput, "uploads-folder: can't make \(configuration.stagingFolder)")
        }
        threads.start()
        let inspector = Inspector(
            executable: configuration.executable, slots: configuration.inspectors,
            waitingMax: configuration.inspectionsWaitingMax, scanner: configuration.scanner)
        metrics.gauge("parley_gateway_inspections_waiting", help: "Uploads that wait to be looked at.") {
            [weak inspector] in
            Double(inspector?.waiting ?? 0)
        }
        desk = UploadDesk(
            context: context, metrics: FileMetrics(metrics), staging: staging, store: configuration.store,
            inspector: inspector,
            seats: UploadSeats(max: configuration.uploadsMax, perUserMax: configuration.uploadsPerUserMax),
            threads: threads, sender: FileSender(), bytesPerSecondMin: configuration.bytesPerSecondMin)
        sweepTask = Task { [desk] in
            var round = 0
            while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
                let now = context.wallClock().milliseconds
                await desk.run { desk.staging.sweep(now: now) }
                round += 1
                // The store may be far away, and little is left in it.
                guard round.isMultiple(of: Self.sweepsPerStoreSweep) else { continue }
                try? await desk.store.removeLeftovers(before: now / 1_000 - Staging.leftoverSeconds)
            }
        }
    }

    func stop() async {
        sweepTask.cancel()
        await desk.inspector.shutdown()
        try? await desk.threads.shutdownGracefully()
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [sender = desk.sender] in
                sender.stop()
                continuation.resume()
            }
        }
    }
}
