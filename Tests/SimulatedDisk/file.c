#include "parts.h"

#include <string.h>

int file_is_dead(struct file *file) {
    return file->node->disk->is_dead || file->generation != file->node->disk->generation;
}

int file_dies_now(struct file *file) {
    simulated_disk *disk = file->node->disk;
    if (file_is_dead(file)) return 1;
    if (disk->is_fused && --disk->fuse == 0) disk->is_dead = 1;
    return disk->is_dead;
}

static int file_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&simulated_mutex);
    struct node *node = file->node;
    int result = SQLITE_OK;
    if (file_is_dead(file)) {
        result = SQLITE_IOERR_READ;
    } else if (node_chance(node, node->disk->faults.reads)) {
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
    pthread_mutex_unlock(&simulated_mutex);
    return result;
}

static int write_locked(struct file *file, const void *bytes, int count, sqlite3_int64 offset) {
    struct node *node = file->node;
    simulated_disk *disk = node->disk;
    if (file_dies_now(file)) return SQLITE_IOERR_WRITE;
    disk->counts.writes++;
    if (disk->faults.is_full && offset + count > node->size) {
        disk->counts.refused_full++;
        return SQLITE_FULL;
    }
    int result = SQLITE_OK;
    if (node_chance(node, disk->faults.writes)) {
        // Some of it may be there.
        disk->counts.failures++;
        count = (int)(simulated_random(&node->random) % (uint64_t)(count + 1));
        result = SQLITE_IOERR_WRITE;
    }
    if (!node_reserve(node, offset + count + SECTOR)) return SQLITE_NOMEM;
    if (count == 0) return result;
    // Between a file's end and what is written behind it there are zeros, which are not durable either.
    for (sqlite3_int64 sector = node->size / SECTOR; sector < offset / SECTOR; sector++) node->states[sector] = DIRTY;
    memcpy(node->data + offset, bytes, count);
    for (sqlite3_int64 sector = offset / SECTOR; sector * SECTOR < offset + count; sector++) node->states[sector] = DIRTY;
    if (offset + count > node->size) node->size = offset + count;
    if (node_chance(node, disk->faults.writebacks)) {
        for (sqlite3_int64 sector = 0; sector * SECTOR < node->size; sector++)
            if (node->states[sector] == DIRTY && node_chance(node, 2)) node_persist(node, sector);
    }
    return result;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    pthread_mutex_lock(&simulated_mutex);
    int result = write_locked((struct file *)base, bytes, count, offset);
    pthread_mutex_unlock(&simulated_mutex);
    return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&simulated_mutex);
    int result = file_dies_now(file) ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
    if (result == SQLITE_OK) node_truncate(file->node, size);
    pthread_mutex_unlock(&simulated_mutex);
    return result;
}

/// What was removed beside the file stays away.
static void sync_directory(struct node *file) {
    size_t length = strrchr(file->path, '/') - file->path;
    for (struct node *node = file->disk->nodes; node; node = node->next) {
        if (strncmp(node->path, file->path, length + 1) != 0) continue;
        if (node->may_return) node_forget(node);
    }
}

static int sync_locked(struct file *file) {
    struct node *node = file->node;
    simulated_disk *disk = node->disk;
    if (file_dies_now(file)) return SQLITE_IOERR_FSYNC;
    disk->counts.syncs++;
    if (disk->faults.lies) return SQLITE_OK;
    int fails = node_chance(node, disk->faults.syncs);
    if (fails) disk->counts.failures++;
    sqlite3_int64 end = node->size > node->durable_size ? node->size : node->durable_size;
    for (sqlite3_int64 sector = 0; sector * SECTOR < end; sector++) {
        if (node->states[sector] != DIRTY) continue;
        if (!fails || !node_chance(node, 2)) node_persist(node, sector);
        else if (disk->faults.forgets) node->states[sector] = POISONED;
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
    pthread_mutex_lock(&simulated_mutex);
    int result = sync_locked((struct file *)base);
    pthread_mutex_unlock(&simulated_mutex);
    return result;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&simulated_mutex);
    int result = file_is_dead(file) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
    *size = result == SQLITE_OK ? file->node->size : 0;
    pthread_mutex_unlock(&simulated_mutex);
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
    pthread_mutex_lock(&simulated_mutex);
    int result = SQLITE_OK;
    if (file_is_dead(file)) {
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
    pthread_mutex_unlock(&simulated_mutex);
    return result;
}

static int file_unlock(sqlite3_file *base, int level) {
    pthread_mutex_lock(&simulated_mutex);
    unlock_locked((struct file *)base, level);
    pthread_mutex_unlock(&simulated_mutex);
    return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *base, int *is_reserved) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&simulated_mutex);
    *is_reserved = file->node->reserved != NULL;
    pthread_mutex_unlock(&simulated_mutex);
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

static int file_close(sqlite3_file *base) {
    struct file *file = (struct file *)base;
    pthread_mutex_lock(&simulated_mutex);
    file_release_memory(file);
    unlock_locked(file, SQLITE_LOCK_NONE);
    if (file->is_temporary && !file_is_dead(file)) node_remove(file->node, 0);
    file->node->disk->open_files--;
    pthread_mutex_unlock(&simulated_mutex);
    return SQLITE_OK;
}

const sqlite3_io_methods simulated_file_methods = {
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
    .xShmMap = file_shared_map,
    .xShmLock = file_shared_lock,
    .xShmBarrier = file_shared_barrier,
    .xShmUnmap = file_shared_unmap,
};
