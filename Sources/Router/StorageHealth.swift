internal import Foundation
internal import Logging
internal import Operations
internal import SQLiteStore
internal import Synchronization
internal import Wire

/// Whether commits reach the disk, for readiness. A full or failing disk makes the router not ready until something
/// is stored again; trouble with one tenant's file is that tenant's alone.
final class StorageHealth: Sendable {
    static let check = "storage"
    static let lanesCheck = "lanes"
    /// A disk that takes so long over one batch does not answer. Gateways give a command up after 10 s.
    static let stuckAfter: Duration = .seconds(5)
    /// More than one commit of a busy tenant takes.
    private static let probeBytes = 1 << 20

    private let isFailing = Atomic(false)
    private let log = Mutex(LogPace())
    /// Since when each lane has been at its batch.
    private let atWork = Mutex<[Int: ContinuousClock.Instant]>([:])
    private let directory: String
    private let readiness: Readiness
    private let logger: Logger

    init(directory: String, readiness: Readiness, logger: Logger) {
        self.directory = directory
        self.readiness = readiness
        self.logger = logger
        readiness.set(Self.check, ready: true)
        readiness.set(Self.lanesCheck, ready: true)
    }

    func began(lane: Int, now: ContinuousClock.Instant) { atWork.withLock { $0[lane] = now } }
    func ended(lane: Int) { _ = atWork.withLock { $0.removeValue(forKey: lane) } }

    /// Whether some lane has waited too long for the disk: its commands wait, and no error says so.
    func look(now: ContinuousClock.Instant) {
        let isStuck = atWork.withLock { $0.values.contains { $0 + Self.stuckAfter <= now } }
        readiness.set(Self.lanesCheck, ready: !isStuck, reason: "the disk does not answer")
    }

    /// Tries to write where that failed last: clients that were refused may not come back by themselves.
    func probe() {
        guard isFailing.load(ordering: .relaxed) else { return }
        let file = URL(fileURLWithPath: directory + "/.probe")
        do {
            try Data(count: Self.probeBytes).write(to: file, options: .atomic)
            try FileManager.default.removeItem(at: file)
        } catch { return }
        succeeded()
    }

    func failed(_ error: any Error, tenant: TenantSlug) {
        if let unlogged = log.withLock({ $0.take(now: .now) }) {
            logger.error(
                "transaction failed",
                metadata: ["tenant": "\(tenant)", "error": "\(error)", "unlogged": "\(unlogged)"])
        }
        guard let failure = error as? StoreFailure, failure.reason == .full || failure.reason == .io else { return }
        isFailing.store(true, ordering: .relaxed)
        readiness.set(Self.check, ready: false, reason: failure.reason == .full ? "the disk is full" : "the disk fails")
    }

    func succeeded() {
        guard isFailing.load(ordering: .relaxed) else { return }
        isFailing.store(false, ordering: .relaxed)
        readiness.set(Self.check, ready: true)
        logger.notice("the disk takes data again")
    }
}

/// One line a second at most: a full disk fails every transaction, and its log may lie on it.
struct LogPace {
    private static let interval: Duration = .seconds(1)

    private var next: ContinuousClock.Instant?
    private var unlogged = 0

    /// - Returns: how many were left out since the last line; nil where this one is left out too.
    mutating func take(now: ContinuousClock.Instant) -> Int? {
        if let next, now < next {
            unlogged += 1
            return nil
        }
        next = now + Self.interval
        defer { unlogged = 0 }
        return unlogged
    }
}
