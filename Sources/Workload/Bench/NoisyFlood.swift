internal import Foundation
internal import Synchronization

/// A tenant that talks as fast as it can, from a thread and a load loop of its own: sharing one with those whose
/// latency is measured would count the generator's own queue as the server's.
final class NoisyFlood: Sendable {
    private enum Phase: Equatable {
        case connecting
        case waiting
        case flooding
        case ending
        case ended
    }

    private struct State {
        var phase = Phase.connecting
        var acknowledged: UInt64 = 0
        var refused: UInt64 = 0
        var failure: (any Error)?
    }

    /// A connection of the tenant's, and which refs are free to be used again.
    private struct Talker {
        let place: Int
        let conversation: String
        var sent: UInt64 = 0
        var free: [Int]
    }

    /// Commands in flight on each connection: as many as the contract lets it have.
    private static let window = 64

    private let state = Mutex(State())
    private let changed = NSCondition()

    /// Connects, and returns when all are there.
    init(_ options: BenchOptions, tenant: String, connections: Int) throws {
        var options = options
        options.tenants = [tenant]
        let thread = Thread { [self, options] in
            do { try flood(BenchRun(options), connections) } catch { state.withLock { $0.failure = error } }
            enter(.ended)
        }
        thread.name = "noisy"
        thread.start()
        try leave(.connecting)
    }

    func begin() { enter(.flooding) }

    /// Ends the flood; what was acknowledged and refused of it.
    func end() throws -> (acknowledged: UInt64, refused: UInt64) {
        enter(.ending)
        try leave(.ending)
        return state.withLock { ($0.acknowledged, $0.refused) }
    }

    private func enter(_ phase: Phase) {
        changed.withLock {
            state.withLock { state in if state.phase != .ended { state.phase = phase } }
            changed.broadcast()
        }
    }

    /// Waits until the phase is another one.
    private func leave(_ phase: Phase) throws {
        changed.withLock { while state.withLock({ $0.phase == phase }) { changed.wait() } }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private var isFlooding: Bool { state.withLock { $0.phase == .flooding } }

    private func flood(_ run: BenchRun, _ count: Int) throws {
        let users = (0..<count).map { "n\($0)" }
        let service = try run.service(of: run.tenant)
        let conversations = try run.makeGroups(users.map { [$0] }, in: run.tenant, service: service)
        run.loop.close(service)
        let places = try run.connect(users.map { TokenRequest(tenant: run.tenant, user: $0) })
        var talkers = zip(places, conversations).map {
            Talker(place: $0, conversation: $1, free: Array(0..<Self.window))
        }
        let byPlace = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
        enter(.waiting)
        try leave(.waiting)
        var acknowledged: UInt64 = 0
        for talker in talkers.indices { Self.fill(run, &talkers[talker]) }
        while isFlooding {
            run.loop.poll(milliseconds: 10) { place, payload in
                guard let talker = byPlace[place], let ref = run.replyRef(payload) else { return }
                acknowledged += 1
                talkers[talker].free.append(ref)
                Self.fill(run, &talkers[talker])
            }
            try run.checkConnections()
        }
        state.withLock { state in
            state.acknowledged = acknowledged
            state.refused = run.refused
        }
    }

    private static func fill(_ run: BenchRun, _ talker: inout Talker) {
        while let ref = talker.free.popLast() {
            run.loop.send(run.message(talker.sent, to: talker.conversation, ref: ref), on: talker.place)
            talker.sent += 1
        }
    }
}
