#include "report/page/png.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SIGNATURE = 8, HEADER = 13, FRAME = 12 }; /* bytes; length, name and sum of a chunk */

static void put_u32(unsigned char *at, unsigned long value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

/* Returns the place behind the chunk. */
static unsigned char *put_chunk(unsigned char *at, const char *name, const unsigned char *data,
                                size_t size)
{
    put_u32(at, size);
    memcpy(at + 4, name, 4);
    if (size > 0) {
        memcpy(at + 8, data, size);
    }
    put_u32(at + 8 + size, crc32(0, at + 4, (uInt)(size + 4)));
    return at + FRAME + size;
}

/* Between five colours of a sequential map, light to dark also without colour. */
static void fill_palette(unsigned char palette[3 * PNG_SHADES])
{
    static const unsigned char colours[5][3] = {
        {255, 255, 255}, {198, 219, 239}, {107, 174, 214}, {33, 113, 181}, {8, 48, 107}};
    for (int i = 0; i < PNG_SHADES; i++) {
        const int place = i * 4;
        const int below = place / (PNG_SHADES - 1) < 3 ? place / (PNG_SHADES - 1) : 3;
        const int part = place - below * (PNG_SHADES - 1);
        for (int k = 0; k < 3; k++) {
            const int step = colours[below + 1][k] - colours[below][k];
            palette[3 * i + k] =
                (unsigned char)(colours[below][k] + step * part / (PNG_SHADES - 1));
        }
    }
}

static enum status put_all(const unsigned char *packed, size_t packed_size, int n,
                           unsigned char **bytes, size_t *size, struct error *error)
{
    static const unsigned char signature[SIGNATURE] = {137, 'P', 'N', 'G', 13, 10, 26, 10};
    unsigned char header[HEADER] = {[8] = 8, [9] = 3}; /* 8 bits, numbers of a palette */
    unsigned char palette[3 * PNG_SHADES];
    put_u32(header, (unsigned long)n);
    put_u32(header + 4, (unsigned long)n);
    fill_palette(palette);
    TRY(memory_array(bytes, SIGNATURE + HEADER + sizeof palette + packed_size + (size_t)4 * FRAME,
                     1, error));
    memcpy(*bytes, signature, sizeof signature);
    unsigned char *at = *bytes + sizeof signature;
    at = put_chunk(at, "IHDR", header, sizeof header);
    at = put_chunk(at, "PLTE", palette, sizeof palette);
    at = put_chunk(at, "IDAT", packed, packed_size);
    at = put_chunk(at, "IEND", NULL, 0);
    *size = (size_t)(at - *bytes);
    return STATUS_OK;
}

enum status png_create(const unsigned char *pixels, int n, unsigned char **bytes, size_t *size,
                       struct error *error)
{
    const size_t width = (size_t)n;
    uLongf packed_size = compressBound((uLong)(width * (width + 1)));
    unsigned char *rows = NULL; /* each begins with the number of its filter, 0: none */
    unsigned char *packed = NULL;
    TRY(memory_array2(&rows, width, width + 1, 1, error));
    enum status status = memory_array(&packed, packed_size, 1, error);
    for (size_t row = 0; row < width; row++) {
        memcpy(rows + row * (width + 1) + 1, pixels + row * width, width);
    }
    if (status == STATUS_OK && compress2(packed, &packed_size, rows, (uLong)(width * (width + 1)),
                                         Z_BEST_COMPRESSION) != Z_OK) {
        status = error_set(error, STATUS_INTERNAL, "zlib cannot compress a picture");
    }
    THEN(status, put_all(packed, packed_size, n, bytes, size, error));
    free(rows);
    free(packed);
    return status;
}
