#include "parts.h"

#include <stdlib.h>
#include <string.h>

pthread_mutex_t simulated_mutex = PTHREAD_MUTEX_INITIALIZER;
simulated_disk *simulated_disks;
uint64_t simulated_process_random = 1;

simulated_disk *simulated_disk_of(const char *path) {
    for (simulated_disk *disk = simulated_disks; path && disk; disk = disk->next)
        if (strncmp(path, disk->prefix, strlen(disk->prefix)) == 0) return disk;
    return NULL;
}

simulated_disk *simulated_disk_make(const char *prefix, uint64_t seed) {
    simulated_disk *disk = calloc(1, sizeof *disk);
    if (!disk) return NULL;
    disk->prefix = strdup(prefix);
    disk->seed = seed;
    sqlite3_initialize();
    pthread_mutex_lock(&simulated_mutex);
    simulated_install();
    simulated_process_random = seed;
    disk->next = simulated_disks;
    simulated_disks = disk;
    pthread_mutex_unlock(&simulated_mutex);
    // Begins its own generator anew from `disk_randomness`.
    sqlite3_randomness(0, NULL);
    return disk;
}

void simulated_disk_free(simulated_disk *disk) {
    pthread_mutex_lock(&simulated_mutex);
    for (simulated_disk **place = &simulated_disks; *place; place = &(*place)->next) {
        if (*place != disk) continue;
        *place = disk->next;
        break;
    }
    int is_in_use = disk->open_files > 0;
    pthread_mutex_unlock(&simulated_mutex);
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
    pthread_mutex_lock(&simulated_mutex);
    disk->faults = faults;
    pthread_mutex_unlock(&simulated_mutex);
}

simulated_disk_counts simulated_disk_get_counts(simulated_disk *disk) {
    pthread_mutex_lock(&simulated_mutex);
    simulated_disk_counts counts = disk->counts;
    pthread_mutex_unlock(&simulated_mutex);
    return counts;
}

void simulated_disk_die(simulated_disk *disk, uint64_t operations) {
    pthread_mutex_lock(&simulated_mutex);
    disk->is_dead = operations == 0;
    disk->is_fused = operations > 0;
    disk->fuse = operations;
    pthread_mutex_unlock(&simulated_mutex);
}

void simulated_disk_live(simulated_disk *disk) {
    pthread_mutex_lock(&simulated_mutex);
    disk->is_fused = 0;
    pthread_mutex_unlock(&simulated_mutex);
}

int simulated_disk_is_dead(simulated_disk *disk) {
    pthread_mutex_lock(&simulated_mutex);
    int is_dead = disk->is_dead;
    pthread_mutex_unlock(&simulated_mutex);
    return is_dead;
}

void simulated_disk_restart(simulated_disk *disk, int is_power_lost) {
    pthread_mutex_lock(&simulated_mutex);
    disk->generation++;
    disk->is_dead = disk->is_fused = 0;
    for (struct node *node = disk->nodes; node; node = node->next) {
        node->shared_locks = 0;
        node->reserved = node->exclusive = NULL;
        node->memory = NULL;
        if (is_power_lost) node_lose_power(node);
    }
    pthread_mutex_unlock(&simulated_mutex);
}
