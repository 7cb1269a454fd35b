/* MessagePack, alone and as a file of Flax's: arrays and notes, or a refusal of one line, with time
 * and memory in proportion to the input. */
#include "fuzz/fuzz.h"
#include "fuzz/import_claims.h"
#include "import/msgpack/msgpack.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <string.h>

static const char *path(void)
{
    return scratch_path("model.msgpack");
}

/* A map of one key before the bytes makes files of more of them. */
static void write_file(struct fuzz_input *input, bool has_head)
{
    static const unsigned char HEAD[] = {0x81, 0xa1, 'p'};
    const size_t left = fuzz_left(input);
    const size_t head = has_head ? sizeof HEAD : 0;
    unsigned char *const bytes = malloc(head + left + 1);
    FUZZ_DEMAND(bytes != NULL);
    memcpy(bytes, HEAD, head);
    fuzz_take(input, bytes + head, left);
    file_write(path(), bytes, head + left);
    free(bytes);
}

/* In memory of its own length, so that a byte too far is found: every item lies behind the one
 * before. */
static void check_items(struct fuzz_input *input)
{
    const size_t size = fuzz_left(input);
    unsigned char *const bytes = malloc(size > 0 ? size : 1);
    struct msgpack_cursor cursor = {.bytes = bytes, .size = size};
    struct msgpack_item item;
    FUZZ_DEMAND(bytes != NULL);
    fuzz_take(input, bytes, size);
    for (size_t before = 0; msgpack_next(&cursor, &item); before = cursor.position) {
        FUZZ_DEMAND(cursor.position > before && cursor.position <= size);
        FUZZ_DEMAND(item.size <= size);
        FUZZ_DEMAND(item.data == NULL || item.data + item.size <= bytes + cursor.position);
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    const int kind = fuzz_byte(&input) % 4;
    if (kind == 3) {
        check_items(&input);
        return 0;
    }
    fuzz_scratch();
    write_file(&input, kind == 1);
    claim_table(path());
    claim_import(path());
    return 0;
}
