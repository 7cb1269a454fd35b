#include "import/msgpack/msgpack.h"

#include <string.h>

/* What the first byte of an item means, and how many bytes of a number follow it. */
struct header {
    unsigned char first;
    unsigned char width; /* of a length, a count or a number */
    enum msgpack_kind kind;
};

static const struct header HEADERS[] = {
    {0xc0, 0, MSGPACK_NIL},       {0xc2, 0, MSGPACK_BOOLEAN},   {0xc3, 0, MSGPACK_BOOLEAN},
    {0xc4, 1, MSGPACK_BYTES},     {0xc5, 2, MSGPACK_BYTES},     {0xc6, 4, MSGPACK_BYTES},
    {0xc7, 1, MSGPACK_EXTENSION}, {0xc8, 2, MSGPACK_EXTENSION}, {0xc9, 4, MSGPACK_EXTENSION},
    {0xca, 4, MSGPACK_REAL},      {0xcb, 8, MSGPACK_REAL},      {0xcc, 1, MSGPACK_INTEGER},
    {0xcd, 2, MSGPACK_INTEGER},   {0xce, 4, MSGPACK_INTEGER},   {0xcf, 8, MSGPACK_INTEGER},
    {0xd0, 1, MSGPACK_INTEGER},   {0xd1, 2, MSGPACK_INTEGER},   {0xd2, 4, MSGPACK_INTEGER},
    {0xd3, 8, MSGPACK_INTEGER},   {0xd4, 0, MSGPACK_EXTENSION}, {0xd5, 0, MSGPACK_EXTENSION},
    {0xd6, 0, MSGPACK_EXTENSION}, {0xd7, 0, MSGPACK_EXTENSION}, {0xd8, 0, MSGPACK_EXTENSION},
    {0xd9, 1, MSGPACK_TEXT},      {0xda, 2, MSGPACK_TEXT},      {0xdb, 4, MSGPACK_TEXT},
    {0xdc, 2, MSGPACK_LIST},      {0xdd, 4, MSGPACK_LIST},      {0xde, 2, MSGPACK_MAP},
    {0xdf, 4, MSGPACK_MAP},
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
    const uint64_t sign = (uint64_t)0x80 << (8 * (width > 0 ? width - 1 : 0));
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
