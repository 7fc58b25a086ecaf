internal import Glibc
internal import Logging

/// How many connections the system's limit of open files allows.
enum Descriptors {
    /// What the process needs beside its clients' sockets: the bus, event loops, the operations port, files.
    private static let reserve = 256
    /// What one turn of an event loop accepts (NIO's `maxMessagesPerRead`), though the limit be reached meanwhile.
    private static let acceptedAhead = 4

    /// Raises the soft limit to the hard one.
    ///
    /// - Parameter wanted: 0 for «as many as there can be».
    static func connectionsMax(wanted: Int, eventLoops: Int, _ logger: Logger) -> Int {
        let fitting = max(limit() - reserve - eventLoops * acceptedAhead, 16)
        guard wanted > fitting else { return wanted > 0 ? wanted : fitting }
        logger.warning(
            "fewer connections are taken than connections-max says: raise the limit of open files",
            metadata: ["connections-max": "\(wanted)", "taken": "\(fitting)"])
        return fitting
    }

    private static func limit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        var raised = limit
        raised.rlim_cur = raised.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
