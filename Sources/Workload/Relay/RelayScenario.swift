internal import Bus
internal import Glibc
internal import Wire

/// What one fan-out worker relays, apart from router and disk: events as a router publishes them, to subscribers as
/// gateways and as taps are.
struct RelayScenario {
    /// Who reads what.
    struct Shape {
        let name: String
        let tenants: Int
        let readersPerTenant: Int
        let isTap: Bool
        /// As many as one commit publishes.
        let eventsPerPack: Int
        /// Of one tenant, on their way at once; under the high-water marks, which count messages.
        let window: UInt64
        /// Of all tenants together; nil for as fast as readers follow.
        var packsPerSecond: Int?
    }

    /// One commit under load holds hundreds of events; 64 is what 16 busy connections make of it.
    private static let packed = 64
    static let shapes = [
        Shape(
            name: "relay to 1 gateway, an event a message", tenants: 1, readersPerTenant: 1, isTap: false,
            eventsPerPack: 1, window: 2_048),
        Shape(
            name: "relay to 1 gateway", tenants: 1, readersPerTenant: 1, isTap: false, eventsPerPack: packed,
            window: 16_384),
        Shape(
            name: "relay to 16 gateways", tenants: 1, readersPerTenant: 16, isTap: false, eventsPerPack: packed,
            window: 16_384),
        Shape(
            name: "relay to 1 tap", tenants: 1, readersPerTenant: 1, isTap: true, eventsPerPack: packed, window: 2_048),
        Shape(
            name: "relay to 16 taps", tenants: 1, readersPerTenant: 16, isTap: true, eventsPerPack: packed,
            window: 2_048),
        Shape(
            name: "relay to a tap of each of 1,000 tenants, an event a second each", tenants: 1_000,
            readersPerTenant: 1, isTap: true,
            eventsPerPack: 1, window: 2_048, packsPerSecond: 1_000),
    ]
    private static let eventBytes = 300
    /// Sockets that one thread reads.
    private static let readersPerThread = 256
    private static let patience: UInt64 = 60_000_000_000

    let run: BenchRun

    func measure() throws -> [BenchReport.Part] { try Self.shapes.map(measure) }

    private func measure(_ shape: Shape) throws -> BenchReport.Part {
        run.options.progress("\(shape.name), \(run.options.seconds) s")
        let worker = try RelayWorker(tenants: shape.tenants)
        defer { worker.stop() }
        let flow = RelayFlow(tenants: shape.tenants, readersPerTenant: shape.readersPerTenant)
        let (readers, taps) = try readers(of: shape, worker)
        let configuration = RelaySource.Configuration(
            events: worker.routerEvents, replay: worker.routerReplay, tenants: try tenants(of: shape),
            eventsPerPack: shape.eventsPerPack, eventBytes: Self.eventBytes, window: shape.window,
            packsPerSecond: shape.packsPerSecond, taps: taps)
        let source = BusThread(name: "source", inputsMax: 1, tick: .milliseconds(100)) {
            RelaySource(configuration, flow: flow)
        }
        try source.start()
        defer { source.stop() }
        let threads = stride(from: 0, to: readers.count, by: Self.readersPerThread).map { first in
            let share = Array(readers[first..<min(readers.count, first + Self.readersPerThread)])
            return BusThread(name: "readers", inputsMax: 1, tick: .milliseconds(100)) {
                RelayReaders(share, flow: flow)
            }
        }
        defer { for thread in threads { thread.stop() } }
        for thread in threads { try thread.start() }
        let deadline = run.now + Self.patience
        while !flow.isEveryoneThere {
            guard run.now < deadline else { throw BenchFailure.unreachable("not all readers get events") }
            SystemCalls.sleep(nanoseconds: 10_000_000)
        }
        return part(shape, worker, flow)
    }

    private func part(_ shape: Shape, _ worker: RelayWorker, _ flow: RelayFlow) -> BenchReport.Part {
        let before = flow.totals
        let cpu = ProcessUsage.cpuNanoseconds(of: worker.pid)
        let start = run.now
        SystemCalls.sleep(nanoseconds: UInt64(run.options.seconds) * 1_000_000_000)
        let elapsed = Double(max(1, run.now - start))
        let used = Double(ProcessUsage.cpuNanoseconds(of: worker.pid) - cpu)
        let after = flow.totals
        let deliveries = Double(after.events - before.events)
        let events = deliveries / Double(shape.readersPerTenant)
        return BenchReport.Part(
            shape.name,
            [
                Figure("tenants", Double(shape.tenants)), Figure("readers_per_tenant", Double(shape.readersPerTenant)),
                Figure("events_per_pack", Double(shape.eventsPerPack)), Figure("event_bytes", Double(Self.eventBytes)),
                Figure("events_per_s", events * 1e9 / elapsed), Figure("deliveries_per_s", deliveries * 1e9 / elapsed),
                Figure("cpu_us_per_event", used / 1e3 / max(1, events)),
                Figure("cpu_us_per_delivery", used / 1e3 / max(1, deliveries)),
                Figure("cpu_ms_per_s", used / elapsed * 1e3),
                Figure("resident_mib", Double(ProcessUsage.residentBytes(of: worker.pid)) / 1_048_576),
                Figure("lost", Double(after.lost - before.lost)),
                Figure("doubled", Double(after.doubled - before.doubled)),
            ])
    }

    private func tenants(of shape: Shape) throws -> [TenantSlug] {
        try (0..<shape.tenants).map { number in
            guard let slug = TenantSlug("relay-\(number)") else { throw BenchFailure.unusable("no such tenant") }
            return slug
        }
    }

    /// The readers, and the taps that the source lets in for them.
    private func readers(
        of shape: Shape, _ worker: RelayWorker
    ) throws -> ([RelayReaders.Reader], [TapDirectory.Tenant]) {
        var readers: [RelayReaders.Reader] = []
        var taps: [TapDirectory.Tenant] = []
        for (place, tenant) in try tenants(of: shape).enumerated() {
            var records: [TapRecord] = []
            for _ in 0..<shape.readersPerTenant {
                guard shape.isTap else {
                    readers.append(.init(number: readers.count, endpoint: worker.events, security: .none))
                    continue
                }
                let keys = try CurveKeyPair.generate()
                records.append(TapRecord(name: "reader-\(readers.count)", key: keys.publicKey))
                readers.append(
                    .init(
                        number: readers.count, endpoint: worker.tapEndpoint(place),
                        security: .client(keys, server: worker.server.publicKey)))
            }
            if shape.isTap { taps.append(.init(tenant: tenant, place: UInt16(place), taps: records)) }
        }
        return (readers, taps)
    }
}
