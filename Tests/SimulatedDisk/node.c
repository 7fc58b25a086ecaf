#include "parts.h"

#include <stdlib.h>
#include <string.h>

// SplitMix64 (S. Vigna, 2015).
uint64_t simulated_random(uint64_t *state) {
    uint64_t mixed = *state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

int node_chance(struct node *node, uint32_t one_in) { return one_in > 0 && simulated_random(&node->random) % one_in == 0; }

struct node *node_find(simulated_disk *disk, const char *path) {
    for (struct node *node = disk->nodes; node; node = node->next)
        if (strcmp(node->path, path) == 0) return node;
    return NULL;
}

struct node *node_find_or_make(simulated_disk *disk, const char *path) {
    struct node *node = node_find(disk, path);
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

int node_reserve(struct node *node, sqlite3_int64 size) {
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

void node_persist(struct node *node, sqlite3_int64 sector) {
    memcpy(node->durable + sector * SECTOR, node->data + sector * SECTOR, SECTOR);
    node->states[sector] = CLEAN;
    sqlite3_int64 end = (sector + 1) * SECTOR;
    if (end > node->size) end = node->size;
    if (end > node->durable_size) node->durable_size = end;
}

void node_truncate(struct node *node, sqlite3_int64 size) {
    if (size >= node->size) return;
    memset(node->data + size, 0, node->size - size);
    for (sqlite3_int64 sector = size / SECTOR; sector * SECTOR < node->size; sector++) node->states[sector] = DIRTY;
    node->size = size;
}

/// Nothing of a file that was removed can come back.
void node_forget(struct node *node) {
    node->may_return = 0;
    node->durable_size = 0;
    if (node->capacity) memset(node->states, CLEAN, node->capacity / SECTOR);
}

int node_remove(struct node *node, int is_directory_synced) {
    simulated_disk *disk = node->disk;
    if (disk->is_dead) return SQLITE_IOERR_DELETE;
    if (disk->is_fused && --disk->fuse == 0) {
        disk->is_dead = 1;
        return SQLITE_IOERR_DELETE;
    }
    if (!node->exists) return SQLITE_IOERR_DELETE_NOENT;
    node_truncate(node, 0);
    node->exists = 0;
    node->may_return = node->is_name_durable && !is_directory_synced;
    if (!node->may_return) node_forget(node);
    node->is_name_durable = 0;
    return SQLITE_OK;
}

void node_lose_power(struct node *node) {
    simulated_disk *disk = node->disk;
    uint64_t way = simulated_random(&node->random) % 5;
    sqlite3_int64 end = node->size > node->durable_size ? node->size : node->durable_size;
    sqlite3_int64 sectors = (end + SECTOR - 1) / SECTOR;
    sqlite3_int64 cut = sectors ? (sqlite3_int64)(simulated_random(&node->random) % (uint64_t)(sectors + 1)) : 0;
    // A file that became shorter may have its former length again.
    if (node->durable_size > node->size && (way == 1 || node_chance(node, 2))) node->durable_size = node->size;
    uint64_t lost = 0, kept = 0;
    int keeps = 0;
    for (sqlite3_int64 sector = 0; sector < sectors; sector++) {
        if (way == 3 ? sector % 8 == 0 : way == 4) keeps = node_chance(node, 2);
        if (way < 3) keeps = way == 1 || (way == 2 && sector < cut);
        if (node->states[sector] == CLEAN) continue;
        if (keeps) node_persist(node, sector), kept++;
        else lost++;
        node->states[sector] = CLEAN;
    }
    disk->counts.sectors_lost += lost;
    if (lost && kept) disk->counts.files_torn++;
    if (node->may_return && node_chance(node, 2)) node->exists = node->is_name_durable = 1;
    if (node->exists && !node->is_name_durable && node_chance(node, 2)) node->exists = 0;
    if (!node->exists) node->durable_size = 0;
    node->may_return = 0;
    node->is_name_durable = node->exists;
    node->size = node->durable_size;
    if (!node->capacity) return;
    memset(node->durable + node->size, 0, node->capacity - node->size);
    memcpy(node->data, node->durable, node->capacity);
}
