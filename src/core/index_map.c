#include "core/index_map.h"

#include "core/memory.h"

#include <stdlib.h>

/* The slot of the key, or the free one where it belongs. */
static struct index_map_slot *find_slot(struct index_map_slot *slots, size_t capacity,
                                        struct hash128 key)
{
    size_t i = (size_t)key.low & (capacity - 1);
    while (slots[i].index != 0 && (slots[i].key.low != key.low || slots[i].key.high != key.high)) {
        i = (i + 1) & (capacity - 1);
    }
    return &slots[i];
}

int index_map_find(const struct index_map *map, struct hash128 key)
{
    return map->capacity == 0 ? -1 : find_slot(map->slots, map->capacity, key)->index - 1;
}

enum status index_map_put(struct index_map *map, struct hash128 key, int index, struct error *error)
{
    if (2 * (map->count + 1) > map->capacity) {
        const size_t capacity = map->capacity == 0 ? 16 : 2 * map->capacity;
        struct index_map_slot *slots = NULL;
        TRY(memory_array(&slots, capacity, sizeof *slots, error));
        for (size_t i = 0; i < map->capacity; i++) {
            if (map->slots[i].index != 0) {
                *find_slot(slots, capacity, map->slots[i].key) = map->slots[i];
            }
        }
        free(map->slots);
        map->slots = slots;
        map->capacity = capacity;
    }
    struct index_map_slot *const slot = find_slot(map->slots, map->capacity, key);
    map->count += slot->index == 0;
    *slot = (struct index_map_slot){.key = key, .index = index + 1};
    return STATUS_OK;
}

void index_map_release(struct index_map *map)
{
    free(map->slots);
    *map = (struct index_map){0};
}
