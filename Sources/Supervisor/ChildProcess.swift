internal import Foundation
internal import Operations

/// One life of a child: started with its output in a pipe of ours, followed by two threads that end with it.
struct ChildProcess: Sendable {
    let pid: pid_t

    /// - Parameters:
    ///   - leash: what the child reads as standard input: it ends when we do (`Supervised`).
    ///   - output: gets each line, without its newline, on a thread of its own.
    ///   - ended: called once, on a thread of its own.
    /// - Throws: `ProcessFailure` 74 where the system refuses.
    static func start(
        _ executable: String, _ arguments: [String], leash: Int32, output: @escaping @Sendable (String) -> Void,
        ended: @escaping @Sendable (ChildEnd) -> Void
    ) throws -> ChildProcess {
        let pipe = try DescriptorPair()
        let reading = pipe.reading
        defer { close(pipe.writing) }
        do {
            let pid = try spawn(executable, arguments, input: leash, output: pipe.writing)
            Thread.detachNewThread { readLines(reading, output) }
            Thread.detachNewThread { ended(wait(for: pid)) }
            return ChildProcess(pid: pid)
        } catch {
            close(reading)
            throw error
        }
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    private static func spawn(_ executable: String, _ arguments: [String], input: Int32, output: Int32) throws -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        // A group of its own: Ctrl-C in a terminal reaches the supervisor alone, which stops its children in order.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var environment = ProcessInfo.processInfo.environment
        environment[Supervised.variable] = "1"
        var words = (["parley"] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw refusal(executable, code) }
        return pid
    }

    private static func wait(for pid: pid_t) -> ChildEnd {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return .notStarted(reason: String(cString: strerror(errno))) }
        }
        // As <sys/wait.h> takes it apart; its macros are not visible from here.
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
    }

    private static func readLines(_ descriptor: Int32, _ output: (String) -> Void) {
        defer { close(descriptor) }
        var lines = LineSplitter()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            for line in lines.append(chunk[..<count]) { output(line) }
        }
        if let line = lines.rest { output(line) }
    }

    private static func refusal(_ what: String, _ code: Int32) -> ProcessFailure {
        ProcessFailure(.inputOutput, "\(what): \(String(cString: strerror(code)))")
    }
}

/// Takes a stream of bytes apart into lines.
struct LineSplitter: Equatable, Sendable {
    /// A longer line is passed on in pieces, so that a child that never ends one costs no memory.
    static let bytesMax = 65_536

    private var partial: [UInt8] = []

    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte != UInt8(ascii: "\n") { partial.append(byte) }
            guard byte == UInt8(ascii: "\n") || partial.count >= Self.bytesMax else { continue }
            lines.append(String(decoding: partial, as: UTF8.self))
            partial.removeAll(keepingCapacity: true)
        }
        return lines
    }

    /// What came after the last newline.
    var rest: String? { partial.isEmpty ? nil : String(decoding: partial, as: UTF8.self) }
}
