#include "import/mat5/element.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { WORD = 4, TAG = 2 * WORD, ALIGNMENT = 8 };

static const size_t DEFLATE_RATIO = 1032; /* no deflated byte unpacks to more */

static uint32_t word_at(const unsigned char *bytes, bool big_endian)
{
    const struct element_type word = {ELEMENT_UNSIGNED, WORD, big_endian};
    return (uint32_t)element_value(word, bytes);
}

/* Up to 4 bytes may stand in the tag itself, whose first half then has their number. What is
 * compressed is not padded to what is even. */
bool mat5_next(struct mat5_cursor *cursor, struct mat5_element *element)
{
    const unsigned char *const tag = cursor->bytes + cursor->position;
    const size_t left = cursor->size - cursor->position;
    if (left < TAG) {
        return false;
    }
    const uint32_t first = word_at(tag, cursor->big_endian);
    const bool is_small = first >> 16 != 0;
    element->type = is_small ? first & 0xffff : first;
    element->size = is_small ? first >> 16 : word_at(tag + WORD, cursor->big_endian);
    element->data = tag + (is_small ? WORD : TAG);
    if (is_small ? element->size > WORD : element->size > left - TAG) {
        return false;
    }
    size_t used = TAG;
    if (!is_small) {
        const size_t beyond = element->size % ALIGNMENT;
        const size_t padding =
            element->type == MAT5_COMPRESSED || beyond == 0 ? 0 : ALIGNMENT - beyond;
        used = element->size + padding > left - TAG ? left : TAG + element->size + padding;
    }
    cursor->position += used;
    return true;
}

uint32_t mat5_number(const struct mat5_cursor *cursor, const struct mat5_element *element,
                     size_t index)
{
    return word_at(element->data + index * WORD, cursor->big_endian);
}

bool mat5_type(const struct mat5_cursor *cursor, const struct mat5_element *element,
               struct element_type *type)
{
    static const struct element_type TYPES[] = {
        [1] = {ELEMENT_SIGNED, 1, false},    [2] = {ELEMENT_UNSIGNED, 1, false},
        [3] = {ELEMENT_SIGNED, 2, false},    [4] = {ELEMENT_UNSIGNED, 2, false},
        [5] = {ELEMENT_SIGNED, 4, false},    [6] = {ELEMENT_UNSIGNED, 4, false},
        [7] = {ELEMENT_FLOAT, 4, false},     [9] = {ELEMENT_FLOAT, 8, false},
        [12] = {ELEMENT_SIGNED, 8, false},   [13] = {ELEMENT_UNSIGNED, 8, false},
        [16] = {ELEMENT_UNSIGNED, 1, false}, [17] = {ELEMENT_UNSIGNED, 2, false},
        [18] = {ELEMENT_UNSIGNED, 4, false}};
    if (element->type >= sizeof TYPES / sizeof TYPES[0] || TYPES[element->type].size == 0) {
        return false;
    }
    *type = TYPES[element->type];
    type->big_endian = cursor->big_endian;
    return true;
}

/* A compressed element on its way. */
struct packed {
    z_stream stream;
    size_t size;  /* bytes packed */
    size_t limit; /* bytes unpacked, at most */
};

/* Exactly `size` bytes more; false when the stream is damaged or has fewer. */
static bool unpack(z_stream *stream, unsigned char *bytes, size_t size)
{
    while (size > 0) {
        const uInt part = size < ((size_t)1 << 30) ? (uInt)size : (uInt)1 << 30;
        stream->next_out = bytes;
        stream->avail_out = part;
        const int result = inflate(stream, Z_SYNC_FLUSH);
        const size_t done = part - stream->avail_out;
        if ((result != Z_OK && result != Z_STREAM_END) || done == 0) {
            return false;
        }
        bytes += done;
        size -= done;
    }
    return true;
}

/* The checksum stands behind the last byte. */
static bool is_whole(z_stream *stream)
{
    unsigned char more = 0;
    stream->next_out = &more;
    stream->avail_out = 1;
    return inflate(stream, Z_FINISH) == Z_STREAM_END && stream->avail_out == 1;
}

static enum status unpack_all(struct packed *packed, bool big_endian, unsigned char **bytes,
                              size_t *size, struct error *error)
{
    unsigned char tag[TAG];
    if (!unpack(&packed->stream, tag, TAG)) {
        return STATUS_OK;
    }
    *size = TAG + (size_t)word_at(tag + WORD, big_endian);
    if (*size / DEFLATE_RATIO > packed->size || *size > packed->limit) {
        return STATUS_OK;
    }
    TRY(memory_array(bytes, *size, 1, error));
    memcpy(*bytes, tag, TAG);
    if (!unpack(&packed->stream, *bytes + TAG, *size - TAG) || !is_whole(&packed->stream)) {
        free(*bytes);
        *bytes = NULL;
    }
    return STATUS_OK;
}

enum status mat5_inflate(const struct mat5_cursor *cursor, const struct mat5_element *element,
                         size_t limit, unsigned char **bytes, size_t *size, struct error *error)
{
    struct packed packed = {.size = element->size, .limit = limit};
    packed.stream.next_in = (unsigned char *)element->data;
    packed.stream.avail_in = (uInt)element->size; /* a number of 4 bytes in the file */
    *bytes = NULL;
    if (inflateInit(&packed.stream) != Z_OK) {
        return error_set(error, STATUS_INTERNAL, "out of memory to unpack an array");
    }
    const enum status status = unpack_all(&packed, cursor->big_endian, bytes, size, error);
    (void)inflateEnd(&packed.stream);
    return status;
}
