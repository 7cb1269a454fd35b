/* A map from hashes to indices, for lists that are searched while they grow: open addressing, at
 * most half full. Equal 128-bit hashes count as equal keys. */
#pragma once

#include "core/hash.h"

struct index_map_slot {
    struct hash128 key;
    int index; /* one more than the value; 0 in a free slot */
};

/* Zeros are an empty map. */
struct index_map {
    struct index_map_slot *slots; /* [capacity], a power of two */
    size_t capacity;
    size_t count;
};

/* The index of that key, or -1. */
int index_map_find(const struct index_map *map, struct hash128 key);

/* Sets the index (0 or more, below INT_MAX) of a key, in the place of the one it had. */
MUST_CHECK enum status index_map_put(struct index_map *map, struct hash128 key, int index,
                                     struct error *error);

void index_map_release(struct index_map *map);
