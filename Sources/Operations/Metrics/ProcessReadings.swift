internal import Foundation

/// What Prometheus' client libraries call the process metrics, read from `/proc` when somebody asks.
public enum ProcessReadings {
    public static func register(in metrics: Metrics) {
        metrics.gauge("parley_build_info", help: "Always 1; the version is a label.", labels: ["version": Version.text])
        { 1 }
        metrics.counter("process_cpu_seconds_total", help: "User and system CPU time spent, in seconds.") {
            var usage = rusage()
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .nan }
            return seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
        metrics.gauge("process_resident_memory_bytes", help: "Resident memory, in bytes.") {
            let statm = FileManager.default.contents(atPath: "/proc/self/statm").map {
                String(decoding: $0, as: UTF8.self)
            }
            let pages = statm?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
            return (pages ?? .nan) * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        metrics.gauge("process_open_fds", help: "Open file descriptors.") {
            Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0)
        }
        metrics.gauge("process_max_fds", help: "How many file descriptors may be open.") {
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : .nan
        }
        let started = Date().timeIntervalSince1970
        metrics.gauge("process_start_time_seconds", help: "When the process started, in seconds since 1970.") {
            started
        }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
