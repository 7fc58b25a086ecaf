#include "parts.h"

#include <stdlib.h>

void file_release_memory(struct file *file) {
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
    if (file_is_dead(file)) return SQLITE_IOERR_SHMMAP;
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

int file_shared_map(sqlite3_file *base, int region, int size, int extends, void volatile **bytes) {
    *bytes = NULL;
    pthread_mutex_lock(&simulated_mutex);
    int result = map_locked((struct file *)base, region, size, extends, bytes);
    pthread_mutex_unlock(&simulated_mutex);
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
    if (file_is_dead(file)) return SQLITE_IOERR_SHMLOCK;
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

int file_shared_lock(sqlite3_file *base, int first, int count, int flags) {
    pthread_mutex_lock(&simulated_mutex);
    int result = shared_lock_locked((struct file *)base, first, count, flags);
    pthread_mutex_unlock(&simulated_mutex);
    return result;
}

void file_shared_barrier(sqlite3_file *base) {
    (void)base;
    __sync_synchronize();
}

int file_shared_unmap(sqlite3_file *base, int removes) {
    (void)removes;
    pthread_mutex_lock(&simulated_mutex);
    file_release_memory((struct file *)base);
    pthread_mutex_unlock(&simulated_mutex);
    return SQLITE_OK;
}
