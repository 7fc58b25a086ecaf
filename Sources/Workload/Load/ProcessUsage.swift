internal import Glibc

/// CPU and memory of other processes, from `/proc`.
enum ProcessUsage {
    /// Nanoseconds of CPU that a process has used: the sum over its threads where the kernel tells (exact), else user and
    /// system time (in ticks).
    static func cpuNanoseconds(of pid: Int32) -> UInt64 {
        let tasks = SystemCalls.names(in: "/proc/\(pid)/task")
        var sum: UInt64 = 0
        for task in tasks {
            guard let text = SystemCalls.text(ofFile: "/proc/\(pid)/task/\(task)/schedstat"),
                let onCPU = text.split(separator: " ").first.flatMap({ UInt64($0) })
            else { return ticks(of: pid) }
            sum += onCPU
        }
        return sum
    }

    static func cpuNanoseconds(of processes: [MeasuredProcess]) -> UInt64 {
        processes.reduce(0) { $0 + cpuNanoseconds(of: $1.pid) }
    }

    /// Bytes of memory that a process has to itself, shared pages divided among their owners.
    static func proportionalBytes(of pid: Int32) -> UInt64 {
        guard let text = SystemCalls.text(ofFile: "/proc/\(pid)/smaps_rollup") else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            return (line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0) * 1_024
        }
        return 0
    }

    private static func ticks(of pid: Int32) -> UInt64 {
        guard let stat = SystemCalls.text(ofFile: "/proc/\(pid)/stat"), let name = stat.lastIndex(of: ")") else {
            return 0
        }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        // utime and stime, fields 14 and 15 of proc(5); the first one here is field 3.
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return 0 }
        return (user + system) * 1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }
}
