#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What a process may use at most from `parley_sandbox_confine` on.
struct parley_sandbox_limits {
    uint64_t memory_bytes;
    uint64_t cpu_s;
    uint64_t file_bytes;
    uint64_t descriptors;
};

/// For a process that will start confined ones: no new rights by any program it might start, no core dump, not to be read by
/// a debugger, no descriptor but the first three, nothing in the environment, and `/` as its folder. Returns 0 or an errno.
int parley_sandbox_prepare(void);

/// For a process about to read hostile bytes: limits, and a filter that leaves memory, threads, clocks and the descriptors
/// it has; everything else (files, sockets, programs, processes, signals to others) fails with EPERM. There is no way back.
/// Ends with its parent. Returns 0 or an errno.
int parley_sandbox_confine(const struct parley_sandbox_limits *limits);

/// `fork`, for a process with one thread. Swift does not offer it.
pid_t parley_sandbox_fork(void);

/// Ends the process without what `exit` would run.
_Noreturn void parley_sandbox_exit(int code);

/// One datagram with descriptors along it. Returns 0 or an errno.
int parley_sandbox_send(int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count);

/// One datagram and the descriptors along it, at most `*descriptor_count` of them; how many came is written there. Those that
/// come close on exec. Returns the number of bytes, 0 where the peer has gone, or a negative errno; EMSGSIZE where anything was
/// cut off.
ssize_t parley_sandbox_receive(int socket, void *bytes, size_t room, int *descriptors, int *descriptor_count);
