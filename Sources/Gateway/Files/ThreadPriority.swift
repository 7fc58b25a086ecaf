internal import Glibc

/// Threads that work on files come after the event loops, so that talk does not wait for files.
enum ThreadPriority {
    /// A thread of this niceness gets a third of what one of 0 gets where both want a processor (sched(7)).
    private static let niceness: Int32 = 5

    /// Of the calling thread, for good: Linux gives each thread a niceness of its own.
    static func lower() { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
}
