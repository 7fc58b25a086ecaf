internal import CSandbox
internal import Foundation
internal import Glibc

/// One inspecting process and the socket to it; used by one thread. Started when it is needed, and again after it failed.
struct InspectorSlot {
    /// Until its libraries are loaded, on a machine that is busy.
    private static let startMs: Int32 = 15_000
    /// How much longer than the process itself the gateway waits for it: then it is the one that hangs.
    private static let patienceMs = 5_000

    private struct Child {
        let pid: pid_t
        let socket: Int32
    }

    let executable: String
    private var child: Child?

    init(executable: String) { self.executable = executable }

    /// Why there is no answer.
    enum Failure: Error {
        /// The file's fault, or so it has to be taken.
        case ended
        /// Not the file's fault: it was never asked.
        case notStarted
    }

    /// Starts the process unless it runs. - Returns: whether it runs.
    mutating func start() -> Bool {
        if child == nil { child = Self.spawn(executable) }
        return child != nil
    }

    mutating func ask(_ request: InspectionRequest, _ descriptors: [Int32]) throws(Failure) -> InspectionReport {
        guard let bytes = try? [UInt8](JSONEncoder().encode(request)) else { throw .ended }
        // One that ended while nothing was asked is replaced once.
        for _ in 0..<2 {
            guard start(), let child else { throw .notStarted }
            guard parley_sandbox_send(child.socket, bytes, bytes.count, descriptors, Int32(descriptors.count)) == 0
            else {
                stop()
                continue
            }
            let waitMs = request.limits.wallSeconds * 1_000 + Self.patienceMs
            guard let answer = Self.receive(child.socket, waitMs: Int32(clamping: waitMs)),
                let report = InspectionReport(answer)
            else {
                stop()
                throw .ended
            }
            return report
        }
        throw .notStarted
    }

    /// Ends the process at once, and what it has started with it.
    mutating func stop() {
        guard let child else { return }
        self.child = nil
        close(child.socket)
        kill(child.pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(child.pid, &status, 0) < 0, errno == EINTR {}
    }

    private static func receive(_ socket: Int32, waitMs: Int32) -> [UInt8]? {
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        var ready: Int32
        repeat { ready = poll(&waited, 1, waitMs) } while ready < 0 && errno == EINTR
        guard ready > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: InspectionReport.bytesMax)
        var count: Int32 = 0
        let length = parley_sandbox_receive(socket, &bytes, bytes.count, nil, &count)
        return length > 0 ? Array(bytes[..<length]) : nil
    }

    private static func spawn(_ executable: String) -> Child? {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return nil
        }
        let started = start(executable, input: ends[1])
        // Held here, it would keep the end of a process that fails at once from being seen.
        close(ends[1])
        guard let pid = started else {
            close(ends[0])
            return nil
        }
        guard let bytes = receive(ends[0], waitMs: startMs),
            (try? JSONDecoder().decode(InspectingProcess.Ready.self, from: Data(bytes))) != nil
        else {
            var slot = InspectorSlot(executable: executable)
            slot.child = Child(pid: pid, socket: ends[0])
            slot.stop()
            return nil
        }
        return Child(pid: pid, socket: ends[0])
    }

    private static func start(_ executable: String, input: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        // What libraries print about hostile bytes is nobody's to read.
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = [strdup("parley"), strdup("inspect"), nil]
        // No secret of the gateway's; where the system's own libraries lie is all that the loader may need.
        var variables = [strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C.UTF-8"), strdup("MALLOC_ARENA_MAX=1"), nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, executable, &actions, &attributes, &words, &variables) == 0 else { return nil }
        return pid
    }
}
