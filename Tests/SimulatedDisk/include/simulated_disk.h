#ifndef SIMULATED_DISK_H
#define SIMULATED_DISK_H

#include <stdint.h>

/// A disk in memory beneath SQLite, as a VFS: it knows what a sync has made durable and what only the operating system
/// has taken, and can fail, fill up, lie and lose its power. Every choice follows from a seed and a file's path, so that
/// the order in which files are used changes nothing.
typedef struct simulated_disk simulated_disk;

/// One operation in so many fails; 0: none does.
typedef struct {
    uint32_t reads;
    uint32_t writes;
    uint32_t syncs;
    /// One write in so many makes some of its file durable before any sync, as an operating system does now and then.
    uint32_t writebacks;
    /// Nothing grows any more.
    uint8_t is_full;
    /// Syncs do nothing and say that they did.
    uint8_t lies;
    /// What a sync has failed on is not written by the next one, which succeeds (Linux takes such pages for clean).
    uint8_t forgets;
} simulated_disk_faults;

typedef struct {
    uint64_t writes;
    uint64_t syncs;
    /// Operations that failed on purpose.
    uint64_t failures;
    uint64_t refused_full;
    /// Sectors of 512 bytes that a power cut took back, and files that lost some but not all of theirs.
    uint64_t sectors_lost;
    uint64_t files_torn;
} simulated_disk_counts;

/// Makes every path that begins with `prefix` lie on the new disk; all others stay where they are.
///
/// - Returns: NULL where there is no memory.
simulated_disk *simulated_disk_make(const char *prefix, uint64_t seed);
/// What somebody still has open stays in memory.
void simulated_disk_free(simulated_disk *disk);

void simulated_disk_set_faults(simulated_disk *disk, simulated_disk_faults faults);
simulated_disk_counts simulated_disk_get_counts(simulated_disk *disk);

/// The process that uses the disk dies at its `operations`th write, sync, truncation or removal from now on, 1 and up; 0:
/// at once. From then on every operation fails, until `simulated_disk_restart`.
void simulated_disk_die(simulated_disk *disk, uint64_t operations);
/// Dies later than that, if at all.
void simulated_disk_live(simulated_disk *disk);
int simulated_disk_is_dead(simulated_disk *disk);
/// The next process begins; what the last one has open stays dead. Where the power went too, of all that was not synced
/// each part is there or not.
void simulated_disk_restart(simulated_disk *disk, int is_power_lost);

#endif
