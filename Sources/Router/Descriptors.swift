internal import Glibc
internal import Logging

/// How many files the system lets a process have open.
enum Descriptors {
    /// What the process needs beside tenants' files: sockets, the registry, libzmq's own.
    private static let reserve = 256

    /// Raises the soft limit to the hard one.
    ///
    /// - Returns: the limit that holds then.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        var raised = limit
        raised.rlim_cur = raised.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }

    /// Fewer open tenants where the limit does not allow for as many: an open tenant has up to three descriptors and
    /// two for each of its readers (SQLiteTenants).
    static func fitted(_ wanted: RouterConfiguration, limit: Int, _ logger: Logger) -> RouterConfiguration {
        let fitting = max((limit - reserve) / (3 + 2 * wanted.readers), 1)
        guard fitting < wanted.openTenants else { return wanted }
        logger.warning(
            "fewer tenants are kept open than open-tenants says: raise the limit of open files",
            metadata: ["open-tenants": "\(wanted.openTenants)", "kept": "\(fitting)", "limit": "\(limit)"])
        var fitted = wanted
        fitted.openTenants = fitting
        return fitted
    }
}
