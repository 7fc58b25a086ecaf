import CSandbox
import Glibc
import Testing

/// What a confined process may do with what it has; that it gets nothing more is in Tests/process/test_inspect.py.
@Suite struct SandboxTests {
    /// What `body` returns in a confined copy of this process; 255 where it could not be confined.
    private func confined(_ body: () -> Bool) -> Int32 {
        var limits = parley_sandbox_limits(memory_bytes: 1 << 46, cpu_s: 20, file_bytes: 1 << 20, descriptors: 1_024)
        let child = parley_sandbox_fork()
        if child == 0 {
            guard parley_sandbox_confine(&limits) == 0 else { parley_sandbox_exit(255) }
            parley_sandbox_exit(body() ? 1 : 0)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 255
    }

    @Test func itSignalsNobodyByWayOfADescriptor() {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let (end, parent) = (ends[0], getpid())
        #expect(confined { fcntl(end, F_GETFL) >= 0 && fcntl(end, F_SETFD, FD_CLOEXEC) == 0 } == 1)
        #expect(confined { fcntl(end, F_SETOWN, parent) == 0 || errno != EPERM } == 0)
        // F_SETSIG, which headers have for GNU programs alone.
        #expect(confined { fcntl(end, 10, SIGKILL) == 0 || errno != EPERM } == 0)
        #expect(confined { kill(parent, 0) == 0 || errno != EPERM } == 0)
    }
}
