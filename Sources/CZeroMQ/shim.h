#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmq.h>

/// A counter that `zmq_poll` can wait on beside sockets: what wakes a bus thread. Negative where there is none to be
/// had, with `errno`.
static inline int parley_wakeup_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

/// Names the calling thread; the system keeps 15 bytes.
static inline void parley_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Gives the calling thread a file mode mask of its own. CLONE_FS, 0x200, is declared for GNU sources only, which a
/// module's header can't ask for. Negative where a sandbox forbids it.
static inline long parley_own_file_mode_mask(void) { return syscall(SYS_unshare, 0x200); }
