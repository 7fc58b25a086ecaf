/// Figures that several scenarios print, under the same names.
enum Figures {
    static func latency(_ histogram: Histogram) -> [Figure] {
        [("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999)].map { name, fraction in
            Figure("latency_\(name)_ms", Double(histogram.percentile(fraction)) / 1e6)
        }
    }

    static func p99Ratio(_ histogram: Histogram, to quiet: Histogram) -> Double {
        Double(histogram.percentile(0.99)) / Double(max(1, quiet.percentile(0.99)))
    }

    /// Over all processes and by role. Nothing where no process is known.
    static func cpu(
        _ usage: BenchRun.Usage, per count: Double, of unit: String, _ processes: [MeasuredProcess]
    ) -> [Figure] {
        guard !processes.isEmpty else { return [] }
        let roles = usage.byRole.sorted { $0.key < $1.key }.map { role, nanoseconds in
            Figure("cpu_us_per_\(unit)_\(role)", Double(nanoseconds) / 1e3 / count)
        }
        return [Figure("cpu_us_per_\(unit)", Double(usage.all) / 1e3 / count)] + roles + [
            Figure("generator_cpu_us_per_\(unit)", Double(usage.generator) / 1e3 / count)
        ]
    }

    static func floor(
        _ floor: Floor.Result, _ usage: BenchRun.Usage, per count: Double, of unit: String,
        _ processes: [MeasuredProcess]
    ) -> [Figure] {
        let figures = [
            Figure("floor_cpu_us_per_send", floor.cpuNanosecondsPerSend / 1e3),
            Figure("floor_sends_per_s", floor.sendsPerSecond),
        ]
        guard !processes.isEmpty else { return figures }
        let ratio = Double(usage.all) / count / max(1, floor.cpuNanosecondsPerSend)
        return figures + [Figure("cpu_to_floor", ratio)]
    }
}
