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
        kilobytes("Pss:", in: "/proc/\(pid)/smaps_rollup") * 1_024
    }

    /// Bytes of a process that are in memory, shared pages too.
    static func residentBytes(of pid: Int32) -> UInt64 { kilobytes("VmRSS:", in: "/proc/\(pid)/status") * 1_024 }

    private static func kilobytes(_ name: String, in file: String) -> UInt64 {
        guard let text = SystemCalls.text(ofFile: file) else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return (line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0)
        }
        return 0
    }
}
