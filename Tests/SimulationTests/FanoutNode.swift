import Bus
import Seeded

@testable import Fanout

/// A fan-out worker.
final class FanoutNode: Node {
    private static let tick: Duration = .milliseconds(100)

    let place: Place
    private(set) var isAlive = true
    var isStopped = false
    private let world: World
    private var random: SeededGenerator
    private let bus: SimulatedBus<FanoutDriver>
    private var isTurnDue = false

    /// - Parameter ringEvents: what it keeps of each tenant; a small ring sends gateways on to the router.
    init(_ world: World, _ number: Int, ringEvents: Int, _ random: SeededGenerator) throws {
        self.world = world
        self.random = random
        place = World.fanout(number)
        let ring = Ring.Bounds(events: ringEvents, bytes: 1 << 20, age: .seconds(60))
        bus = try SimulatedBus(
            world.network, place, inputsMax: 1, tick: Self.tick, world.agenda.clock,
            FanoutDriver(
                .init(
                    routerEvents: [World.endpoint(World.router, "events")],
                    routerReplay: [World.endpoint(World.router, "replay")],
                    events: World.endpoint(place, "events"), replay: World.endpoint(place, "replay")),
                bounds: Relay.Bounds(
                    tenants: Tenants.Bounds(ring: ring, tenants: 8, bytes: 1 << 22), asksMax: 64,
                    askTimeout: .seconds(2)),
                queueMax: 10_000, report: .init(bound: { _, _ in }, counts: { _, _ in }, silentRouters: { _, _ in })))
        tickSoon()
    }

    func pump() {
        guard isAlive, !isStopped, bus.hasWork, !isTurnDue else { return }
        isTurnDue = true
        world.agenda.after(random.pick(10...300)) { [weak self] in
            guard let self, isAlive else { return }
            isTurnDue = false
            if !isStopped { bus.turn() }
        }
    }

    func kill() {
        guard isAlive else { return }
        isAlive = false
        bus.close()
    }

    private func tickSoon() {
        world.agenda.after(Microseconds.milliseconds(100)) { [weak self] in
            guard let self, isAlive else { return }
            if !isStopped { bus.turn() }
            tickSoon()
        }
    }
}
