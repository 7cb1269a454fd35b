/* MATLAB's files of version 5 to 7: arrays and notes, or a refusal of one line, with time and
 * memory in proportion to the input. */
#include "fuzz/fuzz.h"
#include "fuzz/import_claims.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char *path(void)
{
    return scratch_path("weights.mat");
}

static void add_head(struct bytes *file, bool big_endian)
{
    char head[128] = "MATLAB 5.0 MAT-file";
    memcpy(head + 124, big_endian ? "\1\0MI" : "\0\1IM", 4);
    bytes_add(file, head, sizeof head);
}

static void add_packed(struct bytes *file, const unsigned char *bytes, size_t size)
{
    uLongf packed_size = compressBound(size);
    unsigned char *const packed = malloc(packed_size);
    FUZZ_DEMAND(packed != NULL && compress(packed, &packed_size, bytes, size) == Z_OK);
    bytes_add_number(file, 15, 4);
    bytes_add_number(file, packed_size, 4);
    bytes_add(file, packed, packed_size);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    struct bytes file = {0};
    const int kind = fuzz_byte(&input) % 4;
    const size_t left = fuzz_left(&input);
    unsigned char *const rest = malloc(left + 1);
    FUZZ_DEMAND(rest != NULL);
    fuzz_take(&input, rest, left);
    fuzz_scratch();
    if (kind > 0) {
        add_head(&file, kind == 2);
    }
    if (kind == 3) {
        add_packed(&file, rest, left);
    } else {
        bytes_add(&file, rest, left);
    }
    file_write(path(), file.size > 0 ? (const void *)file.data : "", file.size);
    claim_table(path());
    claim_import(path());
    bytes_release(&file);
    free(rest);
    return 0;
}
