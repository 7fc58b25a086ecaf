/* Preloaded into Parley: lets fsync and fdatasync fail, and moves the wall clock, as a page of shared memory says.
 *
 * The file that CHAOS_CONTROL names is that page, of int64: how many syncs more are to fail (below 0: all of them), how
 * many have failed, by how many nanoseconds the wall clock is off, and at which sync from now on the process is to die,
 * before it (above 0) or right after it (below 0); and whether syncs wait (not 0) until that is 0 again, as on a disk that
 * does not answer. The monotonic clock is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int64_t syncs_to_fail;
    _Atomic int64_t syncs_failed;
    _Atomic int64_t clock_offset_ns;
    _Atomic int64_t dies_at;
    _Atomic int64_t syncs_wait;
};

static struct control *control;

__attribute__((constructor)) static void attach(void) {
    const char *path = getenv("CHAOS_CONTROL");
    if (path == NULL) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) control = page;
}

static int sync_fails(void) {
    if (control == NULL) return 0;
    int64_t left = atomic_load(&control->syncs_to_fail);
    while (left != 0) {
        if (left < 0 || atomic_compare_exchange_weak(&control->syncs_to_fail, &left, left - 1)) {
            atomic_fetch_add(&control->syncs_failed, 1);
            return 1;
        }
    }
    return 0;
}

/* Counts towards the sync at which to die: above 0 before it, below 0 after it; 0 where this is not the one. */
static int death(void) {
    if (control == NULL) return 0;
    int64_t left = atomic_load(&control->dies_at);
    while (left != 0) {
        int64_t next = left > 0 ? left - 1 : left + 1;
        if (atomic_compare_exchange_weak(&control->dies_at, &left, next)) return next == 0 ? (left > 0 ? 1 : -1) : 0;
    }
    return 0;
}

static void wait_for_disk(void) {
    const struct timespec pause = {0, 5000000};
    while (control != NULL && atomic_load(&control->syncs_wait) != 0) nanosleep(&pause, NULL);
}

static int sync_file(int file, long call) {
    wait_for_disk();
    int dies = death();
    if (dies > 0) kill(getpid(), SIGKILL);
    if (sync_fails()) { errno = EIO; return -1; }
    int result = (int)syscall(call, file);
    if (dies < 0) kill(getpid(), SIGKILL);
    return result;
}

int fsync(int file) { return sync_file(file, SYS_fsync); }

int fdatasync(int file) { return sync_file(file, SYS_fdatasync); }

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

static void shift(struct timespec *time) {
    if (control == NULL) return;
    int64_t offset = atomic_load(&control->clock_offset_ns);
    if (offset == 0) return;
    int64_t nanoseconds = time->tv_nsec + offset % 1000000000;
    time->tv_sec += offset / 1000000000;
    if (nanoseconds < 0) { nanoseconds += 1000000000; time->tv_sec -= 1; }
    if (nanoseconds >= 1000000000) { nanoseconds -= 1000000000; time->tv_sec += 1; }
    time->tv_nsec = nanoseconds;
}

static int (*real_clock_gettime)(clockid_t, struct timespec *);

int clock_gettime(clockid_t clock, struct timespec *time) {
    /* The vDSO's, by way of the C library: Parley asks too often for a system call each time. */
    if (real_clock_gettime == NULL)
        real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_clock_gettime(clock, time);
    if (result == 0 && is_wall(clock)) shift(time);
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
    time->tv_sec = precise.tv_sec;
    time->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return (time_t)-1;
    if (result != NULL) *result = precise.tv_sec;
    return precise.tv_sec;
}
