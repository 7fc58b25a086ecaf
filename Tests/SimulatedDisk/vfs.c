#include "parts.h"

#include <string.h>

static sqlite3_vfs *original;
static sqlite3_vfs simulated;

static int open_locked(simulated_disk *disk, const char *path, struct file *file, int flags) {
    if (disk->is_dead) return SQLITE_CANTOPEN;
    struct node *node = node_find_or_make(disk, path);
    if (!node) return SQLITE_NOMEM;
    int is_new = !node->exists;
    if (is_new) {
        if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
        node->exists = 1;
        node->may_return = 0;
    }
    memset(file, 0, sizeof *file);
    file->base.pMethods = &simulated_file_methods;
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
    pthread_mutex_lock(&simulated_mutex);
    simulated_disk *disk = simulated_disk_of(path);
    int result = disk ? open_locked(disk, path, (struct file *)base, flags) : SQLITE_OK;
    pthread_mutex_unlock(&simulated_mutex);
    if (!disk) return original->xOpen(original, path, base, flags, out_flags);
    if (out_flags) *out_flags = flags;
    return result;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int is_directory_synced) {
    (void)vfs;
    pthread_mutex_lock(&simulated_mutex);
    simulated_disk *disk = simulated_disk_of(path);
    struct node *node = disk ? node_find(disk, path) : NULL;
    int result = node ? node_remove(node, is_directory_synced) : SQLITE_IOERR_DELETE_NOENT;
    pthread_mutex_unlock(&simulated_mutex);
    return disk ? result : original->xDelete(original, path, is_directory_synced);
}

static int disk_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    pthread_mutex_lock(&simulated_mutex);
    simulated_disk *disk = simulated_disk_of(path);
    struct node *node = disk ? node_find(disk, path) : NULL;
    // SQLite takes an empty file for none, as with its own.
    *result = node && node->exists && (flags != SQLITE_ACCESS_EXISTS || node->size > 0);
    int is_dead = disk && disk->is_dead;
    pthread_mutex_unlock(&simulated_mutex);
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
    pthread_mutex_lock(&simulated_mutex);
    for (int place = 0; place < count; place++) bytes[place] = (char)simulated_random(&simulated_process_random);
    pthread_mutex_unlock(&simulated_mutex);
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

/// With `simulated_mutex` held, since SQLite asks for nothing of a disk while it registers one.
void simulated_install(void) {
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
