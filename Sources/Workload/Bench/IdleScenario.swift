/// Connections that do nothing but be there, each of a user in a group: their memory, and the CPU to let them in.
struct IdleScenario {
    let run: BenchRun

    /// Members of each group that the connections subscribe to.
    private static let groupMembers = 10

    func measure() throws -> [BenchReport.Part] {
        let count = run.options.connections ?? 5_000
        let users = (0..<count).map { "i\($0)" }
        run.options.progress("making \(count) users")
        let service = try run.service(of: run.tenant)
        let groups = stride(from: 0, to: count, by: Self.groupMembers).map {
            Array(users[$0..<min(count, $0 + Self.groupMembers)])
        }
        _ = try run.makeGroups(groups, in: run.tenant, service: service)
        run.loop.close(service)
        let requests = users.map { TokenRequest(tenant: run.tenant, user: $0) }
        let gateways = run.options.processes.filter { $0.role == "gateway" }
        let before = gateways.reduce(0) { $0 + ProcessUsage.proportionalBytes(of: $1.pid) }
        run.options.progress("connecting \(count)")
        let usage = try run.measured { _ = try run.connect(requests) }
        let after = gateways.reduce(0) { $0 + ProcessUsage.proportionalBytes(of: $1.pid) }
        run.options.progress("idle, \(run.options.seconds) s")
        let end = run.now + UInt64(run.options.seconds) * 1_000_000_000
        let quiet = run.measured {
            while run.now < end { run.loop.poll(milliseconds: 100) { _, _ in } }
        }
        try run.checkConnections()
        run.options.progress("floor")
        let floor = try ConnectFloor.measure(connections: count, atOnce: BenchRun.openingMax)
        var figures = [
            Figure("connections", Double(count)),
            Figure("connects_per_s", Double(count) * 1e9 / Double(max(1, usage.elapsed))),
        ]
        if !gateways.isEmpty {
            figures.append(Figure("pss_bytes_per_connection", Double(after - min(after, before)) / Double(count)))
            figures += Figures.cpu(usage, per: Double(count), of: "connect", run.options.processes)
            figures.append(Figure("floor_cpu_us_per_connect", floor / 1e3))
            figures.append(Figure("cpu_to_floor", Double(usage.all) / Double(count) / max(1, floor)))
            let seconds = Double(quiet.elapsed) / 1e9
            figures.append(Figure("idle_cpu_ms_per_s", Double(quiet.all) / 1e6 / max(0.001, seconds)))
        }
        return [BenchReport.Part("idle", figures)]
    }
}
