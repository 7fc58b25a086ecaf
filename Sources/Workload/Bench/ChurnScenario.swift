/// Connections that come, say hello and go, again and again: what is left of them in memory.
struct ChurnScenario {
    let run: BenchRun

    /// Open at a time.
    private static let atOnce = 200
    /// Different people among them: each is a row in the tenant's file, and nothing is to stay of their connections.
    private static let users = 1_000
    /// Measured at the end of each part: the first of them fills caches and pools, the others are to add nothing.
    private static let parts = 5

    func measure() throws -> [BenchReport.Part] {
        let count = run.options.connections ?? 100_000
        var done = 0
        var resident: [[String: UInt64]] = []
        let usage = try run.measured {
            for part in 1...Self.parts {
                let end = count * part / Self.parts
                run.options.progress("connecting up to \(end)")
                while done < end {
                    let portion = min(Self.atOnce, end - done)
                    let places = try run.connect(
                        (done..<done + portion).map {
                            TokenRequest(tenant: run.tenant, user: "c\($0 % Self.users)")
                        })
                    for place in places { run.loop.end(place) }
                    done += portion
                }
                resident.append(residentByRole())
            }
        }
        var figures = [
            Figure("connects", Double(done)),
            Figure("connects_per_s", Double(done) * 1e9 / Double(max(1, usage.elapsed))),
        ]
        figures += Figures.cpu(usage, per: Double(max(1, done)), of: "connect", run.options.processes)
        for role in Set(run.options.processes.map(\.role)).sorted() {
            for (place, bytes) in resident.enumerated() {
                let mebibytes = Double(bytes[role] ?? 0) / 1_048_576
                figures.append(Figure("resident_mib_\(role)_after_\(place + 1)_of_\(Self.parts)", mebibytes))
            }
        }
        return [BenchReport.Part("churn", figures)]
    }

    private func residentByRole() -> [String: UInt64] {
        run.options.processes.reduce(into: [:]) { $0[$1.role, default: 0] += ProcessUsage.residentBytes(of: $1.pid) }
    }
}
