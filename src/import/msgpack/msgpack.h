/* MessagePack read item by item from memory: nothing is allocated, nothing is called again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum msgpack_kind {
    MSGPACK_NIL,
    MSGPACK_BOOLEAN,
    MSGPACK_INTEGER,
    MSGPACK_REAL,
    MSGPACK_TEXT,
    MSGPACK_BYTES,
    MSGPACK_LIST,
    MSGPACK_MAP,
    MSGPACK_EXTENSION
};

struct msgpack_item {
    enum msgpack_kind kind;
    double number;             /* of a boolean 0 or 1; a whole number above 2^53 is rounded */
    uint64_t whole;            /* of an integer that is not negative, exactly */
    bool is_negative;          /* an integer below 0 */
    const unsigned char *data; /* of text, bytes, extension: borrowed */
    size_t size;               /* bytes of data; items of a list, pairs of a map, which follow */
    int type;                  /* of an extension */
};

struct msgpack_cursor {
    const unsigned char *bytes;
    size_t size;
    size_t position; /* of the next item */
};

/* Takes the next item, without those of a list or map. False at the end, for a byte that begins
 * none, and for data, items or pairs that the bytes left cannot hold. */
bool msgpack_next(struct msgpack_cursor *cursor, struct msgpack_item *item);
