#define _GNU_SOURCE
#include "CSandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define PARLEY_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define PARLEY_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "The filter of system calls is written for x86-64 and arm64."
#endif

#define ALLOW(name) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(name, code) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))

static int filter_system_calls(void) {
    struct sock_filter filter[] = {
        // Numbers mean something for one architecture only.
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PARLEY_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        // The descriptors that are open.
        ALLOW(read), ALLOW(pread64), ALLOW(readv), ALLOW(write), ALLOW(pwrite64), ALLOW(writev), ALLOW(lseek), ALLOW(fstat),
        ALLOW(ftruncate), ALLOW(newfstatat), ALLOW(close), ALLOW(dup), ALLOW(ppoll), ALLOW(fadvise64),
        // Memory.
        ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect), ALLOW(madvise),
        // Threads, and the process itself.
        ALLOW(futex), ALLOW(set_robust_list), ALLOW(sched_yield), ALLOW(sched_getaffinity), ALLOW(sched_getparam),
        ALLOW(sched_getscheduler), ALLOW(gettid), ALLOW(getpid), ALLOW(exit), ALLOW(exit_group), ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(sigaltstack), ALLOW(restart_syscall), ALLOW(membarrier),
        ALLOW(sysinfo),
#ifdef __NR_rseq
        ALLOW(rseq),
#endif
#ifdef __NR_poll
        ALLOW(poll),
#endif
        // glibc asks for clone3 first, whose flags lie where a filter can't look, and then takes clone.
        REFUSE(clone3, ENOSYS),
        // Time and chance.
        ALLOW(clock_gettime), ALLOW(clock_getres), ALLOW(clock_nanosleep), ALLOW(nanosleep), ALLOW(gettimeofday),
        ALLOW(getrandom),
        // What a descriptor is, and a copy of it: whom it signals (F_SETOWN, F_SETSIG) would be a way to end others.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_fcntl, 0, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_DUPFD, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GETFD, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETFD, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GETFL, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETFL, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_DUPFD_CLOEXEC, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        // Threads yes, processes no.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

static int limit(int what, uint64_t value) {
    struct rlimit limit = {value, value};
    return setrlimit(what, &limit) == 0 ? 0 : errno;
}

int parley_sandbox_prepare(void) {
    // A handler that reports crashes would itself read what it should not, and need rights that are gone.
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
    if (syscall(SYS_close_range, 3, ~0U, 0) != 0 || chdir("/") != 0) return errno;
    if (clearenv() != 0) return ENOMEM;
    // Chat comes first: beside a busy process, one of this kind gets about a third of what that gets (sched(7)).
    setpriority(PRIO_PROCESS, 0, 5);
    return limit(RLIMIT_CORE, 0);
}

int parley_sandbox_confine(const struct parley_sandbox_limits *limits) {
    pid_t parent = getppid();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // It may have ended before it could be told of.
    if (getppid() != parent || parent == 1) return ESRCH;
    int code = limit(RLIMIT_AS, limits->memory_bytes);
    if (code == 0) code = limit(RLIMIT_CPU, limits->cpu_s);
    if (code == 0) code = limit(RLIMIT_FSIZE, limits->file_bytes);
    if (code == 0) code = limit(RLIMIT_NOFILE, limits->descriptors);
    // RLIMIT_NPROC counts all threads of the user on the machine, the gateway's own included: the filter keeps processes from
    // being made instead.
    return code == 0 ? filter_system_calls() : code;
}

pid_t parley_sandbox_fork(void) { return fork(); }

void parley_sandbox_exit(int code) { _exit(code); }
