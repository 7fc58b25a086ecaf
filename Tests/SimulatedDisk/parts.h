#ifndef SIMULATED_DISK_PARTS_H
#define SIMULATED_DISK_PARTS_H

#include <pthread.h>
#include <sqlite3.h>

#include "simulated_disk.h"

#define SECTOR 512
#define LOCKS SQLITE_SHM_NLOCK
#define REGIONS_MAX 256

enum sector_state {
    CLEAN = 0,
    /// The next sync makes it durable.
    DIRTY,
    /// A sync has failed on it: the operating system takes it for written, so that no later sync writes it.
    POISONED,
};

/// What all connections to one database share, apart from the disk. Counted, since it outlives a process's death for as
/// long as that one's connections are not closed.
struct shared_memory {
    int references;
    void *regions[REGIONS_MAX];
    int shared[LOCKS];
    int exclusive[LOCKS];
};

struct node {
    char *path;
    struct node *next;
    struct simulated_disk *disk;
    uint64_t random;
    uint8_t *data;
    uint8_t *durable;
    uint8_t *states;
    sqlite3_int64 size;
    sqlite3_int64 durable_size;
    sqlite3_int64 capacity;
    int exists;
    int is_name_durable;
    /// Removed, and a power cut may bring it back.
    int may_return;
    int shared_locks;
    struct file *reserved;
    struct file *exclusive;
    struct shared_memory *memory;
};

struct simulated_disk {
    char *prefix;
    struct simulated_disk *next;
    uint64_t seed;
    struct node *nodes;
    simulated_disk_faults faults;
    simulated_disk_counts counts;
    uint64_t generation;
    /// What is open, of dead processes too.
    uint64_t open_files;
    uint64_t fuse;
    int is_fused;
    int is_dead;
};

struct file {
    sqlite3_file base;
    struct node *node;
    uint64_t generation;
    int level;
    int is_temporary;
    /// The first sync of a journal that is new makes its directory durable, as SQLite's own VFS does.
    int syncs_directory;
    struct shared_memory *memory;
    unsigned shared_mask;
    unsigned exclusive_mask;
};

/// Guards all that follows; functions that are not a VFS's or a file's own want it held.
extern pthread_mutex_t simulated_mutex;
extern simulated_disk *simulated_disks;
/// What SQLite gets for randomness.
extern uint64_t simulated_process_random;
extern const sqlite3_io_methods simulated_file_methods;

uint64_t simulated_random(uint64_t *state);
simulated_disk *simulated_disk_of(const char *path);
/// Makes the VFS the default one, once.
void simulated_install(void);

struct node *node_find(simulated_disk *disk, const char *path);
struct node *node_find_or_make(simulated_disk *disk, const char *path);
int node_chance(struct node *node, uint32_t one_in);
int node_reserve(struct node *node, sqlite3_int64 size);
void node_persist(struct node *node, sqlite3_int64 sector);
void node_truncate(struct node *node, sqlite3_int64 size);
void node_forget(struct node *node);
int node_remove(struct node *node, int is_directory_synced);
/// How much of what was not synced is there: nothing, all, the beginning, whole pages or single sectors of it.
void node_lose_power(struct node *node);

int file_is_dead(struct file *file);
/// Counts one operation that changes something.
int file_dies_now(struct file *file);
void file_release_memory(struct file *file);
int file_shared_map(sqlite3_file *base, int region, int size, int extends, void volatile **bytes);
int file_shared_lock(sqlite3_file *base, int first, int count, int flags);
void file_shared_barrier(sqlite3_file *base);
int file_shared_unmap(sqlite3_file *base, int removes);

#endif
