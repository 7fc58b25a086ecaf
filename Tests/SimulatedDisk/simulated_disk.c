#include "simulated_disk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

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

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static simulated_disk *disks;
static sqlite3_vfs *original;
static sqlite3_vfs simulated;
static uint64_t process_random = 1;

// SplitMix64 (S. Vigna, 2015).
static uint64_t next_random(uint64_t *state) {
    uint64_t mixed = *state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

static int chance(struct node *node, uint32_t one_in) { return one_in > 0 && next_random(&node->random) % one_in == 0; }

static simulated_disk *disk_of(const char *path) {
    for (simulated_disk *disk = disks; path && disk; disk = disk->next)
        if (strncmp(path, disk->prefix, strlen(disk->prefix)) == 0) return disk;
    return NULL;
}

static struct node *find(simulated_disk *disk, const char *path) {
    for (struct node *node = disk->nodes; node; node = node->next)
        if (strcmp(node->path, path) == 0) return node;
    return NULL;
}

static struct node *find_or_make(simulated_disk *disk, const char *path) {
    struct node *node = find(disk, path);
    if (node) return node;
    node = calloc(1, sizeof *node);
    if (!node) return NULL;
    node->path = strdup(path);
    node->disk = disk;
    // By what follows the prefix: where the disk lies changes nothing.
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char *byte = path + strlen(disk->prefix); *byte; byte++) hash = (hash ^ (uint8_t)*byte) * 0x100000001B3u;
    node->random = disk->seed ^ hash;
    node->next = disk->nodes;
    disk->nodes = node;
    return node;
}

static int is_dead(struct file *file) {
    return file->node->disk->is_dead || file->generation != file->node->disk->generation;
}

/// Counts one operation that changes something.
static int dies_now(struct file *file) {
    simulated_disk *disk = file->node->disk;
    if (is_dead(file)) return 1;
    if (disk->is_fused && --disk->fuse == 0) disk->is_dead = 1;
    return disk->is_dead;
}

static int reserve(struct node *node, sqlite3_int64 size) {
    if (size <= node->capacity) return 1;
    sqlite3_int64 capacity = node->capacity ? node->capacity : 16 * SECTOR;
    while (capacity < size) capacity *= 2;
    uint8_t *data = realloc(node->data, capacity);
    if (data) node->data = data;
    uint8_t *durable = realloc(node->durable, capacity);
    if (durable) node->durable = durable;
    uint8_t *states = realloc(node->states, capacity / SECTOR);
    if (states) node->states = states;
    if (!data || !durable || !states) return 0;
    memset(data + node->capacity, 0, capacity - node->capacity);
    memset(durable + node->capacity, 0, capacity - node->capacity);
    memset(states + node->capacity / SECTOR, CLEAN, (capacity - node->capacity) / SECTOR);
    node->capacity = capacity;
    return 1;
}

static void persist(struct node *node, sqlite3_int64 sector) {
    memcpy(node->durable + sector * SECTOR, node->data + sector * SECTOR, SECTOR);
    node->states[sector] = CLEAN;
    sqlite3_int64 end = (sector + 1) * SECTOR;
    if (end > node->size) end = node->size;
    if (end > node->durable_size) node->durable_size = end;
}

static void truncate_to(struct node *node, sqlite3_int64 size) {
    if (size >= node->size) return;
    memset(node->data + size, 0, node->size - size);
    for (sqlite3_int64 sector = size / SECTOR; sector * SECTOR < node->size; sector++) node->states[sector] = DIRTY;
    node->size = size;
}

/// Nothing of a file that was removed can come back.
static void forget(struct node *node) {
    node->may_return = 0;
    node->durable_size = 0;
    if (node->capacity) memset(node->states, CLEAN, node->capacity / SECTOR);
}

// MARK: - A file

static int file_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&mutex);
    struct node *node = file->node;
    int result = SQLITE_OK;
    if (is_dead(file)) {
        result = SQLITE_IOERR_READ;
    } else if (chance(node, node->disk->faults.reads)) {
        node->disk->counts.failures++;
        result = SQLITE_IOERR_READ;
    } else {
        sqlite3_int64 there = node->size - offset;
        if (there < 0) there = 0;
        if (there > count) there = count;
        if (there > 0) memcpy(bytes, node->data + offset, there);
        if (there < count) {
            memset((uint8_t *)bytes + there, 0, count - there);
            result = SQLITE_IOERR_SHORT_READ;
        }
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static int write_locked(struct file *file, const void *bytes, int count, sqlite3_int64 offset) {
    struct node *node = file->node;
    simulated_disk *disk = node->disk;
    if (dies_now(file)) return SQLITE_IOERR_WRITE;
    disk->counts.writes++;
    if (disk->faults.is_full && offset + count > node->size) {
        disk->counts.refused_full++;
        return SQLITE_FULL;
    }
    int result = SQLITE_OK;
    if (chance(node, disk->faults.writes)) {
        // Some of it may be there.
        disk->counts.failures++;
        count = (int)(next_random(&node->random) % (uint64_t)(count + 1));
        result = SQLITE_IOERR_WRITE;
    }
    if (!reserve(node, offset + count + SECTOR)) return SQLITE_NOMEM;
    if (count == 0) return result;
    // Between a file's end and what is written behind it there are zeros, which are not durable either.
    for (sqlite3_int64 sector = node->size / SECTOR; sector < offset / SECTOR; sector++) node->states[sector] = DIRTY;
    memcpy(node->data + offset, bytes, count);
    for (sqlite3_int64 sector = offset / SECTOR; sector * SECTOR < offset + count; sector++) node->states[sector] = DIRTY;
    if (offset + count > node->size) node->size = offset + count;
    if (chance(node, disk->faults.writebacks)) {
        for (sqlite3_int64 sector = 0; sector * SECTOR < node->size; sector++)
            if (node->states[sector] == DIRTY && chance(node, 2)) persist(node, sector);
    }
    return result;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    pthread_mutex_lock(&mutex);
    int result = write_locked((struct file *)base, bytes, count, offset);
    pthread_mutex_unlock(&mutex);
    return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&mutex);
    int result = dies_now(file) ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
    if (result == SQLITE_OK) truncate_to(file->node, size);
    pthread_mutex_unlock(&mutex);
    return result;
}

/// What was removed beside the file stays away.
static void sync_directory(struct node *file) {
    size_t length = strrchr(file->path, '/') - file->path;
    for (struct node *node = file->disk->nodes; node; node = node->next) {
        if (strncmp(node->path, file->path, length + 1) != 0) continue;
        if (node->may_return) forget(node);
    }
}

static int sync_locked(struct file *file) {
    struct node *node = file->node;
    simulated_disk *disk = node->disk;
    if (dies_now(file)) return SQLITE_IOERR_FSYNC;
    disk->counts.syncs++;
    if (disk->faults.lies) return SQLITE_OK;
    int fails = chance(node, disk->faults.syncs);
    if (fails) disk->counts.failures++;
    sqlite3_int64 end = node->size > node->durable_size ? node->size : node->durable_size;
    for (sqlite3_int64 sector = 0; sector * SECTOR < end; sector++) {
        if (node->states[sector] != DIRTY) continue;
        if (fails && chance(node, 2)) node->states[sector] = POISONED;
        else persist(node, sector);
    }
    if (fails) return SQLITE_IOERR_FSYNC;
    node->durable_size = node->size;
    node->is_name_durable = 1;
    if (file->syncs_directory) sync_directory(node);
    file->syncs_directory = 0;
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    pthread_mutex_lock(&mutex);
    int result = sync_locked((struct file *)base);
    pthread_mutex_unlock(&mutex);
    return result;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&mutex);
    int result = is_dead(file) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
    *size = result == SQLITE_OK ? file->node->size : 0;
    pthread_mutex_unlock(&mutex);
    return result;
}

static void unlock_locked(struct file *file, int level) {
    struct node *node = file->node;
    if (file->generation == node->disk->generation && level < file->level) {
        if (node->exclusive == file && level < SQLITE_LOCK_PENDING) node->exclusive = NULL;
        if (node->reserved == file && level < SQLITE_LOCK_RESERVED) node->reserved = NULL;
        if (level == SQLITE_LOCK_NONE && file->level >= SQLITE_LOCK_SHARED) node->shared_locks--;
    }
    if (level < file->level) file->level = level;
}

static int file_lock(sqlite3_file *base, int level) {
    struct file *file = (struct file *)base;
    struct node *node = file->node;
    pthread_mutex_lock(&mutex);
    int result = SQLITE_OK;
    if (is_dead(file)) {
        result = SQLITE_IOERR_LOCK;
    } else if (level > file->level) {
        int is_others = (node->exclusive && node->exclusive != file) ||
                        (level >= SQLITE_LOCK_RESERVED && node->reserved && node->reserved != file);
        if (is_others) {
            result = SQLITE_BUSY;
        } else {
            if (file->level == SQLITE_LOCK_NONE) node->shared_locks++;
            if (level >= SQLITE_LOCK_RESERVED) node->reserved = file;
            if (level >= SQLITE_LOCK_PENDING) node->exclusive = file;
            if (level == SQLITE_LOCK_EXCLUSIVE && node->shared_locks > 1) {
                file->level = SQLITE_LOCK_PENDING;
                result = SQLITE_BUSY;
            } else {
                file->level = level;
            }
        }
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static int file_unlock(sqlite3_file *base, int level) {
    pthread_mutex_lock(&mutex);
    unlock_locked((struct file *)base, level);
    pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *base, int *is_reserved) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&mutex);
    *is_reserved = file->node->reserved != NULL;
    pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base) {
    (void)base;
    return 4096;
}

/// As SQLite takes it of every Unix file system.
static int file_characteristics(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// MARK: - Shared memory

static void release(struct file *file) {
    struct shared_memory *memory = file->memory;
    if (!memory) return;
    for (int place = 0; place < LOCKS; place++) {
        if (file->shared_mask & 1u << place) memory->shared[place]--;
        if (file->exclusive_mask & 1u << place) memory->exclusive[place]--;
    }
    file->shared_mask = file->exclusive_mask = 0;
    file->memory = NULL;
    if (--memory->references > 0) return;
    if (file->node->memory == memory) file->node->memory = NULL;
    for (int place = 0; place < REGIONS_MAX; place++) free(memory->regions[place]);
    free(memory);
}

static int map_locked(struct file *file, int region, int size, int extends, void volatile **bytes) {
    struct node *node = file->node;
    if (is_dead(file)) return SQLITE_IOERR_SHMMAP;
    if (region >= REGIONS_MAX) return SQLITE_FULL;
    if (!file->memory) {
        if (!node->memory) node->memory = calloc(1, sizeof *node->memory);
        if (!node->memory) return SQLITE_NOMEM;
        file->memory = node->memory;
        file->memory->references++;
    }
    void **place = &file->memory->regions[region];
    if (!*place && extends) *place = calloc(1, size);
    if (!*place && extends) return SQLITE_NOMEM;
    *bytes = *place;
    return SQLITE_OK;
}

static int shared_map(sqlite3_file *base, int region, int size, int extends, void volatile **bytes) {
    *bytes = NULL;
    pthread_mutex_lock(&mutex);
    int result = map_locked((struct file *)base, region, size, extends, bytes);
    pthread_mutex_unlock(&mutex);
    return result;
}

static int shared_lock_locked(struct file *file, int first, int count, int flags) {
    struct shared_memory *memory = file->memory;
    if (!memory) return flags & SQLITE_SHM_UNLOCK ? SQLITE_OK : SQLITE_IOERR_SHMLOCK;
    unsigned mask = ((1u << count) - 1) << first;
    if (flags & SQLITE_SHM_UNLOCK) {
        for (int place = first; place < first + count; place++) {
            if (file->shared_mask & 1u << place) memory->shared[place]--;
            if (file->exclusive_mask & 1u << place) memory->exclusive[place]--;
        }
        file->shared_mask &= ~mask;
        file->exclusive_mask &= ~mask;
        return SQLITE_OK;
    }
    if (is_dead(file)) return SQLITE_IOERR_SHMLOCK;
    for (int place = first; place < first + count; place++) {
        int own_shared = (file->shared_mask & 1u << place) != 0;
        int own_exclusive = (file->exclusive_mask & 1u << place) != 0;
        if (memory->exclusive[place] > own_exclusive) return SQLITE_BUSY;
        if (flags & SQLITE_SHM_EXCLUSIVE && memory->shared[place] > own_shared) return SQLITE_BUSY;
    }
    for (int place = first; place < first + count; place++) {
        if (flags & SQLITE_SHM_SHARED && !(file->shared_mask & 1u << place)) memory->shared[place]++;
        if (flags & SQLITE_SHM_EXCLUSIVE && !(file->exclusive_mask & 1u << place)) memory->exclusive[place]++;
    }
    if (flags & SQLITE_SHM_SHARED) file->shared_mask |= mask;
    else file->exclusive_mask |= mask;
    return SQLITE_OK;
}

static int shared_lock(sqlite3_file *base, int first, int count, int flags) {
    pthread_mutex_lock(&mutex);
    int result = shared_lock_locked((struct file *)base, first, count, flags);
    pthread_mutex_unlock(&mutex);
    return result;
}

static void shared_barrier(sqlite3_file *base) {
    (void)base;
    __sync_synchronize();
}

static int shared_unmap(sqlite3_file *base, int removes) {
    (void)removes;
    pthread_mutex_lock(&mutex);
    release((struct file *)base);
    pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

// MARK: - The disk

static int remove_locked(struct node *node, int is_directory_synced) {
    simulated_disk *disk = node->disk;
    if (disk->is_dead) return SQLITE_IOERR_DELETE;
    if (disk->is_fused && --disk->fuse == 0) {
        disk->is_dead = 1;
        return SQLITE_IOERR_DELETE;
    }
    if (!node->exists) return SQLITE_IOERR_DELETE_NOENT;
    truncate_to(node, 0);
    node->exists = 0;
    node->may_return = node->is_name_durable && !is_directory_synced;
    if (!node->may_return) forget(node);
    node->is_name_durable = 0;
    return SQLITE_OK;
}

static int file_close(sqlite3_file *base) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&mutex);
    release(file);
    unlock_locked(file, SQLITE_LOCK_NONE);
    if (file->is_temporary && !is_dead(file)) remove_locked(file->node, 0);
    file->node->disk->open_files--;
    pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shared_map,
    .xShmLock = shared_lock,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = shared_unmap,
};

static int open_locked(simulated_disk *disk, const char *path, struct file *file, int flags) {
    if (disk->is_dead) return SQLITE_CANTOPEN;
    struct node *node = find_or_make(disk, path);
    if (!node) return SQLITE_NOMEM;
    int is_new = !node->exists;
    if (is_new) {
        if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
        node->exists = 1;
        node->may_return = 0;
    }
    memset(file, 0, sizeof *file);
    file->base.pMethods = &methods;
    file->node = node;
    file->generation = disk->generation;
    file->is_temporary = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    file->syncs_directory = is_new && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    disk->open_files++;
    return SQLITE_OK;
}

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags) {
    (void)vfs;
    base->pMethods = NULL;
    pthread_mutex_lock(&mutex);
    simulated_disk *disk = disk_of(path);
    int result = disk ? open_locked(disk, path, (struct file *)base, flags) : SQLITE_OK;
    pthread_mutex_unlock(&mutex);
    if (!disk) return original->xOpen(original, path, base, flags, out_flags);
    if (out_flags) *out_flags = flags;
    return result;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int is_directory_synced) {
    (void)vfs;
    pthread_mutex_lock(&mutex);
    simulated_disk *disk = disk_of(path);
    struct node *node = disk ? find(disk, path) : NULL;
    int result = node ? remove_locked(node, is_directory_synced) : SQLITE_IOERR_DELETE_NOENT;
    pthread_mutex_unlock(&mutex);
    return disk ? result : original->xDelete(original, path, is_directory_synced);
}

static int disk_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    pthread_mutex_lock(&mutex);
    simulated_disk *disk = disk_of(path);
    struct node *node = disk ? find(disk, path) : NULL;
    // SQLite takes an empty file for none, as with its own.
    *result = node && node->exists && (flags != SQLITE_ACCESS_EXISTS || node->size > 0);
    int is_dead = disk && disk->is_dead;
    pthread_mutex_unlock(&mutex);
    if (!disk) return original->xAccess(original, path, flags, result);
    return is_dead ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *path, int count, char *full) {
    (void)vfs;
    return original->xFullPathname(original, path, count, full);
}

/// The same bytes in every process: they mark a log's frames, and nothing else depends on them.
static int disk_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    pthread_mutex_lock(&mutex);
    for (int place = 0; place < count; place++) bytes[place] = (char)next_random(&process_random);
    pthread_mutex_unlock(&mutex);
    return count;
}

static int disk_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return original->xSleep(original, microseconds);
}

static int disk_time(sqlite3_vfs *vfs, double *time) {
    (void)vfs;
    return original->xCurrentTime(original, time);
}

static int disk_time_milliseconds(sqlite3_vfs *vfs, sqlite3_int64 *time) {
    (void)vfs;
    return original->xCurrentTimeInt64(original, time);
}

static int disk_last_error(sqlite3_vfs *vfs, int count, char *text) {
    (void)vfs;
    return original->xGetLastError(original, count, text);
}

/// With `mutex` held, since SQLite asks for nothing of a disk while it registers one.
static void install(void) {
    if (original) return;
    original = sqlite3_vfs_find(NULL);
    simulated = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = original->szOsFile > (int)sizeof(struct file) ? original->szOsFile : (int)sizeof(struct file),
        .mxPathname = original->mxPathname,
        .zName = "parley-simulated",
        .xOpen = disk_open,
        .xDelete = disk_delete,
        .xAccess = disk_access,
        .xFullPathname = disk_full_path,
        .xRandomness = disk_randomness,
        .xSleep = disk_sleep,
        .xCurrentTime = disk_time,
        .xCurrentTimeInt64 = disk_time_milliseconds,
        .xGetLastError = disk_last_error,
    };
    sqlite3_vfs_register(&simulated, 1);
}

simulated_disk *simulated_disk_make(const char *prefix, uint64_t seed) {
    simulated_disk *disk = calloc(1, sizeof *disk);
    if (!disk) return NULL;
    disk->prefix = strdup(prefix);
    disk->seed = seed;
    sqlite3_initialize();
    pthread_mutex_lock(&mutex);
    install();
    process_random = seed;
    disk->next = disks;
    disks = disk;
    pthread_mutex_unlock(&mutex);
    // Begins its own generator anew from `disk_randomness`.
    sqlite3_randomness(0, NULL);
    return disk;
}

void simulated_disk_free(simulated_disk *disk) {
    pthread_mutex_lock(&mutex);
    for (simulated_disk **place = &disks; *place; place = &(*place)->next) {
        if (*place != disk) continue;
        *place = disk->next;
        break;
    }
    int is_in_use = disk->open_files > 0;
    pthread_mutex_unlock(&mutex);
    // Better lost than used after.
    if (is_in_use) return;
    while (disk->nodes) {
        struct node *node = disk->nodes;
        disk->nodes = node->next;
        free(node->path);
        free(node->data);
        free(node->durable);
        free(node->states);
        free(node);
    }
    free(disk->prefix);
    free(disk);
}

void simulated_disk_set_faults(simulated_disk *disk, simulated_disk_faults faults) {
    pthread_mutex_lock(&mutex);
    disk->faults = faults;
    pthread_mutex_unlock(&mutex);
}

simulated_disk_counts simulated_disk_get_counts(simulated_disk *disk) {
    pthread_mutex_lock(&mutex);
    simulated_disk_counts counts = disk->counts;
    pthread_mutex_unlock(&mutex);
    return counts;
}

void simulated_disk_die(simulated_disk *disk, uint64_t operations) {
    pthread_mutex_lock(&mutex);
    disk->is_dead = operations == 0;
    disk->is_fused = operations > 0;
    disk->fuse = operations;
    pthread_mutex_unlock(&mutex);
}

void simulated_disk_live(simulated_disk *disk) {
    pthread_mutex_lock(&mutex);
    disk->is_fused = 0;
    pthread_mutex_unlock(&mutex);
}

int simulated_disk_is_dead(simulated_disk *disk) {
    pthread_mutex_lock(&mutex);
    int is_dead = disk->is_dead;
    pthread_mutex_unlock(&mutex);
    return is_dead;
}

/// How much of what was not synced is there: nothing, all, the beginning, whole pages or single sectors of it.
static void lose_power(struct node *node) {
    simulated_disk *disk = node->disk;
    uint64_t way = next_random(&node->random) % 5;
    sqlite3_int64 end = node->size > node->durable_size ? node->size : node->durable_size;
    sqlite3_int64 sectors = (end + SECTOR - 1) / SECTOR;
    sqlite3_int64 cut = sectors ? (sqlite3_int64)(next_random(&node->random) % (uint64_t)(sectors + 1)) : 0;
    // A file that became shorter may have its former length again.
    if (node->durable_size > node->size && (way == 1 || chance(node, 2))) node->durable_size = node->size;
    uint64_t lost = 0, kept = 0;
    int keeps = 0;
    for (sqlite3_int64 sector = 0; sector < sectors; sector++) {
        if (way == 3 ? sector % 8 == 0 : way == 4) keeps = chance(node, 2);
        if (way < 3) keeps = way == 1 || (way == 2 && sector < cut);
        if (node->states[sector] == CLEAN) continue;
        if (keeps) persist(node, sector), kept++;
        else lost++;
        node->states[sector] = CLEAN;
    }
    disk->counts.sectors_lost += lost;
    if (lost && kept) disk->counts.files_torn++;
    if (node->may_return && chance(node, 2)) node->exists = node->is_name_durable = 1;
    if (node->exists && !node->is_name_durable && chance(node, 2)) node->exists = 0;
    if (!node->exists) node->durable_size = 0;
    node->may_return = 0;
    node->is_name_durable = node->exists;
    node->size = node->durable_size;
    if (!node->capacity) return;
    memset(node->durable + node->size, 0, node->capacity - node->size);
    memcpy(node->data, node->durable, node->capacity);
}

void simulated_disk_restart(simulated_disk *disk, int is_power_lost) {
    pthread_mutex_lock(&mutex);
    disk->generation++;
    disk->is_dead = disk->is_fused = 0;
    for (struct node *node = disk->nodes; node; node = node->next) {
        node->shared_locks = 0;
        node->reserved = node->exclusive = NULL;
        node->memory = NULL;
        if (is_power_lost) lose_power(node);
    }
    pthread_mutex_unlock(&mutex);
}
