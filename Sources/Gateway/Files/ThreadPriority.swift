internal import Glibc

/// Threads that work on files come after the event loops, so that talk does not wait for files.
enum ThreadPriority {
    /// Where both want a processor, a thread that is so much nicer gets a third of what the other one gets (sched(7)).
    private static let nicer: Int32 = 5
    private static let niceMax: Int32 = 19

    /// Of the calling thread, as often as one likes: below what the process was started with, which its first thread keeps. Linux
    /// gives each thread a niceness of its own.
    static func lower() {
        let ofProcess = __priority_which_t(PRIO_PROCESS.rawValue)
        setpriority(ofProcess, 0, min(niceMax, getpriority(ofProcess, id_t(getpid())) + nicer))
    }
}
