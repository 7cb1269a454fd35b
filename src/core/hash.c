#include "core/hash.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hashes are defined over little-endian values: add byte swapping for this machine"
#endif

struct hasher {
    XXH3_state_t *state;
};

enum status hasher_create(struct hasher **out, struct error *error)
{
    *out = calloc(1, sizeof **out);
    if (*out != NULL) {
        (*out)->state = XXH3_createState();
    }
    if (*out == NULL || (*out)->state == NULL) {
        hasher_destroy(out);
        return error_set(error, STATUS_INTERNAL, "out of memory: hash state");
    }
    XXH3_128bits_reset((*out)->state);
    return STATUS_OK;
}

void hasher_destroy(struct hasher **hasher)
{
    if (*hasher != NULL) {
        XXH3_freeState((*hasher)->state);
        free(*hasher);
        *hasher = NULL;
    }
}

void hasher_bytes(struct hasher *hasher, const void *bytes, size_t size)
{
    XXH3_128bits_update(hasher->state, bytes, size);
}

void hasher_u64(struct hasher *hasher, uint64_t value)
{
    hasher_bytes(hasher, &value, sizeof value);
}

void hasher_doubles(struct hasher *hasher, const double *values, size_t count)
{
    hasher_bytes(hasher, values, count * sizeof *values);
}

void hasher_string(struct hasher *hasher, const char *text)
{
    const size_t length = strlen(text);
    hasher_u64(hasher, length);
    hasher_bytes(hasher, text, length);
}

uint64_t hasher_digest64(const struct hasher *hasher)
{
    return hasher_digest128(hasher).low;
}

struct hash128 hasher_digest128(const struct hasher *hasher)
{
    const XXH128_hash_t digest = XXH3_128bits_digest(hasher->state);
    return (struct hash128){.low = digest.low64, .high = digest.high64};
}

uint64_t hash_bytes64(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

struct hash128 hash_bytes128(const void *bytes, size_t size)
{
    const XXH128_hash_t digest = XXH3_128bits(bytes, size);
    return (struct hash128){.low = digest.low64, .high = digest.high64};
}
