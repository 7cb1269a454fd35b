/* XXH3 hashes of values in a byte order that does not depend on the machine. */
#pragma once

#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

struct hash128 {
    uint64_t low;
    uint64_t high;
};

struct hasher; /* a running hash */

/* New running hash; *out is released by hasher_destroy. */
MUST_CHECK enum status hasher_create(struct hasher **out, struct error *error);
void hasher_destroy(struct hasher **hasher);

void hasher_bytes(struct hasher *hasher, const void *bytes, size_t size);
void hasher_u64(struct hasher *hasher, uint64_t value);
void hasher_doubles(struct hasher *hasher, const double *values, size_t count);
/* Length first, so that ("ab","c") and ("a","bc") differ. */
void hasher_string(struct hasher *hasher, const char *text);

uint64_t hasher_digest64(const struct hasher *hasher);
struct hash128 hasher_digest128(const struct hasher *hasher);

/* Hash of one piece of memory. */
uint64_t hash_bytes64(const void *bytes, size_t size);
struct hash128 hash_bytes128(const void *bytes, size_t size);
