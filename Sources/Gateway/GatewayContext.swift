internal import Logging
internal import NIOCore
internal import Synchronization
internal import Wire

/// What all parts of one gateway share. Nothing in it knows the parts.
struct GatewayContext: Sendable {
    let policy: Policy
    let directory: Directory
    let origins: OriginsBox
    let accounts: Accounts
    let greetings: Greetings
    let returns = Returns()
    let talk = Talk()
    let health: Health
    let metrics: GatewayMetrics
    let logger: Logger
    let clock: @Sendable () -> ContinuousClock.Instant
    let wallClock: @Sendable () -> Timestamp

    var admission: Admission { Admission(directory: directory, origins: origins.value) }
}

/// The gateway's own origins depend on the port that it gets, which is known only once it listens.
final class OriginsBox: Sendable {
    private let origins: Mutex<Origins>
    init(_ origins: Origins) { self.origins = Mutex(origins) }
    var value: Origins { origins.withLock { $0 } }
    func set(_ new: Origins) { origins.withLock { $0 = new } }
}

/// What event loops have to know of the bus.
final class Health: Sendable {
    private let routerLost = Atomic<Bool>(false)
    private let draining = Atomic<Bool>(false)

    /// No router has answered for so long that new connections make no sense.
    var isRouterLost: Bool {
        get { routerLost.load(ordering: .relaxed) }
        set { routerLost.store(newValue, ordering: .relaxed) }
    }

    var isDraining: Bool {
        get { draining.load(ordering: .relaxed) }
        set { draining.store(newValue, ordering: .relaxed) }
    }
}
