/* Python pickles, alone and in each form of PyTorch's files: arrays and notes, or a refusal of one
 * line, with time and memory in proportion to the input. */
#include "fuzz/fuzz.h"
#include "fuzz/import_claims.h"
#include "import/pickle/pickle.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STORAGES = 8 };

/* Parts two pieces of the input. */
static const uint8_t PART[3] = {'\n', '=', '\n'};

static const char *path(void)
{
    return scratch_path("weights.pt");
}

/* ---- files --------------------------------------------------------------------------------------
 */

/* The bytes up to the next part. */
static void next_piece(struct fuzz_input *input, struct bytes *piece)
{
    const uint8_t *const from = input->bytes + input->position;
    const size_t left = fuzz_left(input);
    const uint8_t *const end = left > 0 ? memmem(from, left, PART, sizeof PART) : NULL;
    const size_t size = end != NULL ? (size_t)(end - from) : left;
    input->position += end != NULL ? size + sizeof PART : left;
    bytes_add(piece, size > 0 ? from : NULL, size);
}

static void add_member(struct zip_maker *zip, const char *name, struct fuzz_input *input,
                       int method)
{
    struct bytes content = {0};
    next_piece(input, &content);
    zip_maker_add(zip, name, &content, method);
    bytes_release(&content);
}

/* The pickle, then storages, behind the first of them the byte order. */
static void make_archive(struct fuzz_input *input, struct bytes *file)
{
    struct zip_maker zip = {0};
    const int method = fuzz_below(input, 2) != 0 ? ZIP_DEFLATED : ZIP_STORED;
    add_member(&zip, "m/data.pkl", input, method);
    for (int i = 0; i < MAX_STORAGES && fuzz_left(input) > 0; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "m/data/%d", i);
        add_member(&zip, name, input, method);
        if (i == 0 && fuzz_left(input) > 0 && input->bytes[input->position] == 'o') {
            (void)fuzz_byte(input);
            add_member(&zip, "m/byteorder", input, ZIP_STORED);
        }
    }
    zip_maker_finish(&zip);
    *file = zip.file;
}

static void add_rest(struct fuzz_input *input, struct bytes *file)
{
    const size_t left = fuzz_left(input);
    bytes_add(file, left > 0 ? input->bytes + input->position : NULL, left);
}

static void write_file(struct fuzz_input *input, int kind)
{
    struct bytes file = {0};
    if (kind == 1) {
        make_archive(input, &file);
    } else {
        if (kind == 2) { /* a stream: the object, its keys and storages are the input */
            bytes_add_text(&file, "L119547037146038801333356L\n.I1001\n.N.");
        }
        add_rest(input, &file);
    }
    file_write(path(), file.size > 0 ? (const void *)file.data : "", file.size);
    bytes_release(&file);
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

/* In memory of its own length, so that a byte too far is found. */
static void check_pickle(struct fuzz_input *input)
{
    struct pickle pickle = {0};
    struct pickle_value *root = NULL;
    struct error error = {""};
    const size_t size = fuzz_left(input);
    size_t used = 0;
    unsigned char *const bytes = malloc(size > 0 ? size : 1);
    FUZZ_DEMAND(bytes != NULL);
    fuzz_take(input, bytes, size);
    const enum status status =
        pickle_read(&pickle, "file", (struct pickle_text){bytes, size}, &used, &root, &error);
    FUZZ_DEMAND(used <= size);
    if (status == STATUS_OK) {
        FUZZ_DEMAND(root != NULL && used > 0 && bytes[used - 1] == '.');
        FUZZ_DEMAND(pickle.n_values <= PICKLE_MAX_VALUES && pickle.n_items <= PICKLE_MAX_VALUES);
    } else {
        claim_refusal(status, &error, "file");
    }
    pickle_release(&pickle);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    const int kind = fuzz_byte(&input) % 4;
    if (kind == 3) {
        check_pickle(&input);
        return 0;
    }
    fuzz_scratch();
    write_file(&input, kind);
    claim_table(path());
    claim_import(path());
    return 0;
}
