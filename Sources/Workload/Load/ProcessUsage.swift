internal import Glibc

/// CPU and memory of other processes.
enum ProcessUsage {
    /// Nanoseconds of CPU that a process has used, all its threads together, those that have ended too; 0 where there is
    /// no such process.
    static func cpuNanoseconds(of pid: Int32) -> UInt64 {
        var clock = clockid_t()
        guard pid > 0, clock_getcpuclockid(pid, &clock) == 0 else { return 0 }
        return SystemCalls.nanoseconds(of: clock)
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
}
