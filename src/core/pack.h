/* Values to bytes and back, for messages between ranks. Little-endian, no padding.
 *
 * A packer grows; the first failure (out of memory) sticks and is reported by pack_finish. An
 * unpacker checks every bound; the first failure sticks, later reads give zeros, and
 * unpack_finish reports it, so that a caller may read a whole message before it checks once. */
#pragma once

#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

struct packer {
    unsigned char *bytes; /* owned; released by pack_release */
    size_t size;
    size_t capacity;
    bool failed;
};

void pack_i32(struct packer *packer, int32_t value);
void pack_i64(struct packer *packer, int64_t value);
void pack_f64(struct packer *packer, double value);
void pack_bytes(struct packer *packer, const void *bytes, size_t size);
/* A NULL text is kept apart from an empty one. */
void pack_string(struct packer *packer, const char *text);
MUST_CHECK enum status pack_finish(const struct packer *packer, struct error *error);
/* Forget the content, keep the memory. */
void pack_clear(struct packer *packer);
void pack_release(struct packer *packer);

struct unpacker {
    const unsigned char *bytes; /* borrowed */
    size_t size;
    size_t position;
    bool failed;
};

struct unpacker unpack_begin(const void *bytes, size_t size);
int32_t unpack_i32(struct unpacker *unpacker);
int64_t unpack_i64(struct unpacker *unpacker);
double unpack_f64(struct unpacker *unpacker);
void unpack_bytes(struct unpacker *unpacker, void *bytes, size_t size);
/* New string (or NULL as packed), owned by the caller. */
char *unpack_string(struct unpacker *unpacker);
/* A count of elements that each take at least `element_size` packed bytes: refused (0, failed)
 * when the rest of the message cannot hold them, so that no count leads to a huge allocation. */
int32_t unpack_count(struct unpacker *unpacker, size_t element_size);
/* STATUS_INTERNAL when anything was missing or bytes are left over. */
MUST_CHECK enum status unpack_finish(const struct unpacker *unpacker, const char *what,
                                     struct error *error);
