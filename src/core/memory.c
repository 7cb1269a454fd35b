#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

/* `out` is the address of a pointer of any type: copied as bytes, since C has no void ** to it. */
static void store_pointer(void *out, void *block)
{
    memcpy(out, &block, sizeof block);
}

static enum status out_of_memory(size_t count, size_t size, struct error *error)
{
    return error_set(error, STATUS_INTERNAL, "out of memory: %zu elements of %zu bytes", count,
                     size);
}

enum status memory_array(void *out, size_t count, size_t size, struct error *error)
{
    size_t bytes = 0;
    store_pointer(out, NULL);
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - CACHE_LINE) {
        return out_of_memory(count, size, error);
    }
    bytes = (bytes / CACHE_LINE + 1) * CACHE_LINE;
    void *const block = aligned_alloc(CACHE_LINE, bytes);
    if (block == NULL) {
        return out_of_memory(count, size, error);
    }
    memset(block, 0, bytes);
    store_pointer(out, block);
    return STATUS_OK;
}

enum status memory_array2(void *out, size_t count_a, size_t count_b, size_t size,
                          struct error *error)
{
    size_t count = 0;
    if (__builtin_mul_overflow(count_a, count_b, &count)) {
        store_pointer(out, NULL);
        return out_of_memory(count_a, size, error);
    }
    return memory_array(out, count, size, error);
}

enum status memory_reserve(void *array, size_t *capacity, size_t needed, size_t size,
                           struct error *error)
{
    if (needed <= *capacity) {
        return STATUS_OK;
    }
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < needed) {
        if (wanted > SIZE_MAX / 2 / size) {
            return out_of_memory(needed, size, error);
        }
        wanted *= 2;
    }
    void *old = NULL;
    memcpy(&old, array, sizeof old);
    void *const grown = realloc(old, wanted * size);
    if (grown == NULL) {
        return out_of_memory(wanted, size, error);
    }
    store_pointer(array, grown);
    *capacity = wanted;
    return STATUS_OK;
}

enum status memory_string(char **out, const char *text, struct error *error)
{
    const size_t size = strlen(text) + 1;
    *out = malloc(size);
    if (*out == NULL) {
        return out_of_memory(size, 1, error);
    }
    memcpy(*out, text, size);
    return STATUS_OK;
}
