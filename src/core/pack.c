#include "core/pack.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void pack_bytes(struct packer *packer, const void *bytes, size_t size)
{
    struct error ignored;
    if (packer->failed || size > SIZE_MAX - packer->size ||
        memory_reserve(&packer->bytes, &packer->capacity, packer->size + size, 1, &ignored) !=
            STATUS_OK) {
        packer->failed = true;
        return;
    }
    if (size > 0) {
        memcpy(packer->bytes + packer->size, bytes, size);
    }
    packer->size += size;
}

enum status pack_finish(const struct packer *packer, struct error *error)
{
    return packer->failed ? error_set(error, STATUS_INTERNAL, "out of memory: message") : STATUS_OK;
}

void pack_clear(struct packer *packer)
{
    packer->size = 0;
    packer->failed = false;
}

void pack_release(struct packer *packer)
{
    free(packer->bytes);
    *packer = (struct packer){0};
}

struct unpacker unpack_begin(const void *bytes, size_t size)
{
    return (struct unpacker){.bytes = bytes, .size = size};
}

void unpack_bytes(struct unpacker *unpacker, void *bytes, size_t size)
{
    if (unpacker->failed || size > unpacker->size - unpacker->position) {
        unpacker->failed = true;
        memset(bytes, 0, size);
        return;
    }
    memcpy(bytes, unpacker->bytes + unpacker->position, size);
    unpacker->position += size;
}

#define SCALAR(type, pack, unpack)                                                                 \
    void pack(struct packer *packer, type value)                                                   \
    {                                                                                              \
        pack_bytes(packer, &value, sizeof value);                                                  \
    }                                                                                              \
    type unpack(struct unpacker *unpacker)                                                         \
    {                                                                                              \
        type value = 0;                                                                            \
        unpack_bytes(unpacker, &value, sizeof value);                                              \
        return value;                                                                              \
    }
SCALAR(int32_t, pack_i32, unpack_i32)
SCALAR(int64_t, pack_i64, unpack_i64)
SCALAR(double, pack_f64, unpack_f64)

void pack_string(struct packer *packer, const char *text)
{
    if (text == NULL) {
        pack_i64(packer, -1);
        return;
    }
    const size_t length = strlen(text);
    pack_i64(packer, (int64_t)length);
    pack_bytes(packer, text, length);
}

char *unpack_string(struct unpacker *unpacker)
{
    const int64_t length = unpack_i64(unpacker);
    if (unpacker->failed || length == -1) {
        return NULL;
    }
    if (length < 0 || (uint64_t)length > unpacker->size - unpacker->position) {
        unpacker->failed = true;
        return NULL;
    }
    char *const text = malloc((size_t)length + 1);
    if (text == NULL) {
        unpacker->failed = true;
        return NULL;
    }
    unpack_bytes(unpacker, text, (size_t)length);
    text[length] = '\0';
    return text;
}

int32_t unpack_count(struct unpacker *unpacker, size_t element_size)
{
    const int32_t count = unpack_i32(unpacker);
    if (unpacker->failed || count < 0 ||
        (size_t)count > (unpacker->size - unpacker->position) / element_size) {
        unpacker->failed = true;
        return 0;
    }
    return count;
}

enum status unpack_finish(const struct unpacker *unpacker, const char *what, struct error *error)
{
    if (unpacker->failed || unpacker->position != unpacker->size) {
        return error_set(error, STATUS_INTERNAL, "malformed %s message of %zu bytes", what,
                         unpacker->size);
    }
    return STATUS_OK;
}
