#include "import/pickle/arena.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* A text of protocol 0 is decoded, and may spell bytes by two characters each. */
enum { BLOCK_SIZE = 1 << 16, ALIGNMENT = 16, DECODED_PER_BYTE = 4 };

/* Blocks are taken from at their end, so that what is left is all that must be known of one. */
struct block {
    struct block *next;
    size_t padding; /* keeps what follows aligned */
};

_Static_assert(sizeof(struct block) % ALIGNMENT == 0, "values are aligned");

enum status arena_take(struct pickle *pickle, size_t size, void *out, struct error *error)
{
    size = (size / ALIGNMENT + 1) * ALIGNMENT; /* of nothing too it is a place of its own */
    if (pickle->n_memory < size) {
        struct block *block = NULL;
        const size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        TRY(memory_array(&block, sizeof *block + room, 1, error));
        block->next = pickle->blocks;
        pickle->blocks = block;
        pickle->n_memory = room;
    }
    pickle->n_memory -= size;
    void *const memory = (unsigned char *)pickle->blocks + sizeof(struct block) + pickle->n_memory;
    memcpy(out, &memory, sizeof memory);
    return STATUS_OK;
}

enum status arena_value(struct pickle *pickle, enum pickle_kind kind, struct pickle_value **value,
                        struct error *error)
{
    if (pickle->n_values >= PICKLE_MAX_VALUES) {
        return error_set(error, STATUS_INPUT, "a pickle of more than %d values, expected a model's",
                         PICKLE_MAX_VALUES);
    }
    pickle->n_values++;
    TRY(arena_take(pickle, sizeof **value, value, error));
    (*value)->kind = kind;
    return STATUS_OK;
}

enum status arena_text(struct pickle *pickle, size_t size, size_t room, unsigned char **text,
                       struct error *error)
{
    if (size > DECODED_PER_BYTE * pickle->n_source - pickle->n_decoded) {
        return error_set(error, STATUS_INPUT, "a text that is decoded more than once");
    }
    pickle->n_decoded += size;
    return arena_take(pickle, room, text, error);
}

enum status arena_append(struct pickle *pickle, struct pickle_list *list,
                         struct pickle_value *const *items, size_t count, struct error *error)
{
    if (count > PICKLE_MAX_VALUES - pickle->n_items) {
        return error_set(error, STATUS_INPUT, "lists of more than %d items, expected a model's",
                         PICKLE_MAX_VALUES);
    }
    if (count > list->capacity - list->count) {
        struct pickle_value **grown = NULL;
        size_t capacity = 2 * (size_t)list->capacity;
        capacity = capacity < list->count + count ? list->count + count : capacity;
        TRY(arena_take(pickle, capacity * sizeof(struct pickle_value *), &grown, error));
        if (list->count > 0) {
            memcpy(grown, list->items, list->count * sizeof(struct pickle_value *));
        }
        list->items = grown;
        list->capacity = (uint32_t)capacity;
    }
    if (count > 0) {
        memcpy(list->items + list->count, items, count * sizeof(struct pickle_value *));
    }
    list->count += (uint32_t)count;
    pickle->n_items += count;
    return STATUS_OK;
}

void pickle_release(struct pickle *pickle)
{
    struct block *block = pickle->blocks;
    while (block != NULL) {
        struct block *const next = block->next;
        free(block);
        block = next;
    }
    free(pickle->identities);
    *pickle = (struct pickle){0};
}
