#include "import/msgpack/msgpack.h"

#include <string.h>

/* What the first byte of an item means, and how many bytes of a number follow it. */
struct header {
    unsigned char first;
    enum msgpack_kind kind;
    unsigned char width; /* of a length, a count or a number */
};

static const struct header HEADERS[] = {
    {0xc0, MSGPACK_NIL, 0},       {0xc2, MSGPACK_BOOLEAN, 0},   {0xc3, MSGPACK_BOOLEAN, 0},
    {0xc4, MSGPACK_BYTES, 1},     {0xc5, MSGPACK_BYTES, 2},     {0xc6, MSGPACK_BYTES, 4},
    {0xc7, MSGPACK_EXTENSION, 1}, {0xc8, MSGPACK_EXTENSION, 2}, {0xc9, MSGPACK_EXTENSION, 4},
    {0xca, MSGPACK_REAL, 4},      {0xcb, MSGPACK_REAL, 8},      {0xcc, MSGPACK_INTEGER, 1},
    {0xcd, MSGPACK_INTEGER, 2},   {0xce, MSGPACK_INTEGER, 4},   {0xcf, MSGPACK_INTEGER, 8},
    {0xd0, MSGPACK_INTEGER, 1},   {0xd1, MSGPACK_INTEGER, 2},   {0xd2, MSGPACK_INTEGER, 4},
    {0xd3, MSGPACK_INTEGER, 8},   {0xd4, MSGPACK_EXTENSION, 0}, {0xd5, MSGPACK_EXTENSION, 0},
    {0xd6, MSGPACK_EXTENSION, 0}, {0xd7, MSGPACK_EXTENSION, 0}, {0xd8, MSGPACK_EXTENSION, 0},
    {0xd9, MSGPACK_TEXT, 1},      {0xda, MSGPACK_TEXT, 2},      {0xdb, MSGPACK_TEXT, 4},
    {0xdc, MSGPACK_LIST, 2},      {0xdd, MSGPACK_LIST, 4},      {0xde, MSGPACK_MAP, 2},
    {0xdf, MSGPACK_MAP, 4},
};

static bool take(struct msgpack_cursor *cursor, size_t size, const unsigned char **data)
{
    if (size > cursor->size - cursor->position) {
        return false;
    }
    *data = cursor->bytes + cursor->position;
    cursor->position += size;
    return true;
}

/* Big-endian, unlike all else that is read here. */
static bool take_number(struct msgpack_cursor *cursor, size_t width, uint64_t *number)
{
    const unsigned char *data = NULL;
    if (!take(cursor, width, &data)) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < width; i++) {
        *number = *number << 8 | data[i];
    }
    return true;
}

static double real_of(uint64_t bits, size_t width)
{
    double value = 0.0;
    float single = 0.0F;
    const uint32_t low = (uint32_t)bits;
    memcpy(&value, &bits, sizeof value);
    memcpy(&single, &low, sizeof single);
    return width == sizeof single ? (double)single : value;
}

static void set_integer(struct msgpack_item *item, uint64_t bits, size_t width, bool is_signed)
{
    const uint64_t sign = (uint64_t)1 << (8 * width - 1);
    item->is_negative = is_signed && (bits & sign) != 0;
    item->whole = bits;
    item->number = item->is_negative ? -(double)((~bits + 1) & (sign | (sign - 1))) : (double)bits;
}

/* True when as many items follow as are claimed, of one byte at least. */
static bool set_count(const struct msgpack_cursor *cursor, struct msgpack_item *item,
                      uint64_t count)
{
    const size_t left = cursor->size - cursor->position;
    item->size = (size_t)count;
    return count <= (item->kind == MSGPACK_MAP ? left / 2 : left);
}

/* Items whose first byte holds their number or size. */
static bool next_short(struct msgpack_cursor *cursor, unsigned char first,
                       struct msgpack_item *item)
{
    if (first < 0x80 || first >= 0xe0) {
        item->kind = MSGPACK_INTEGER;
        set_integer(item, first, 1, true);
        return true;
    }
    if (first < 0xa0) {
        item->kind = first < 0x90 ? MSGPACK_MAP : MSGPACK_LIST;
        return set_count(cursor, item, first & 0x0f);
    }
    item->kind = MSGPACK_TEXT;
    item->size = first & 0x1f;
    return take(cursor, item->size, &item->data);
}

/* The length has been read; the type of an extension stands before its data. */
static bool take_data(struct msgpack_cursor *cursor, unsigned char first, uint64_t length,
                      struct msgpack_item *item)
{
    const unsigned char *type = NULL;
    if (item->kind == MSGPACK_EXTENSION) {
        if (!take(cursor, 1, &type)) {
            return false;
        }
        item->type = *type < 128 ? *type : *type - 256;
        length = first >= 0xd4 ? (uint64_t)1 << (first - 0xd4) : length;
    }
    item->size = (size_t)length;
    return take(cursor, item->size, &item->data);
}

static bool next_long(struct msgpack_cursor *cursor, const struct header *header,
                      struct msgpack_item *item)
{
    uint64_t number = 0;
    item->kind = header->kind;
    if (!take_number(cursor, header->width, &number)) {
        return false;
    }
    switch (header->kind) {
    case MSGPACK_NIL:
        return true;
    case MSGPACK_BOOLEAN:
        item->number = header->first == 0xc3 ? 1.0 : 0.0;
        return true;
    case MSGPACK_INTEGER:
        set_integer(item, number, header->width, header->first >= 0xd0);
        return true;
    case MSGPACK_REAL:
        item->number = real_of(number, header->width);
        return true;
    case MSGPACK_LIST:
    case MSGPACK_MAP:
        return set_count(cursor, item, number);
    case MSGPACK_TEXT:
    case MSGPACK_BYTES:
    case MSGPACK_EXTENSION:
        return take_data(cursor, header->first, number, item);
    }
    return false;
}

bool msgpack_next(struct msgpack_cursor *cursor, struct msgpack_item *item)
{
    const unsigned char *first = NULL;
    *item = (struct msgpack_item){.kind = MSGPACK_NIL};
    if (!take(cursor, 1, &first)) {
        return false;
    }
    if (*first < 0xc0 || *first >= 0xe0) {
        return next_short(cursor, *first, item);
    }
    for (size_t i = 0; i < sizeof HEADERS / sizeof HEADERS[0]; i++) {
        if (HEADERS[i].first == *first) {
            return next_long(cursor, &HEADERS[i], item);
        }
    }
    return false;
}
