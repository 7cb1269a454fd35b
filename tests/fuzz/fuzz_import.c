/* Files of weights from elsewhere: any bytes, zip archives and safetensors around any content, and
 * headers of numpy arrays: a network, or a refusal of one line. */
#include "fuzz/fuzz.h"
#include "fuzz/import_claims.h"
#include "import/import.h"
#include "import/npy.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64 };

/* Parts two pieces of the input. */
static const uint8_t PART[3] = {'\n', '=', '\n'};

static const char *path(void)
{
    return scratch_path("weights");
}

/* ---- files --------------------------------------------------------------------------------------
 */

/* The bytes up to the next part; the rest stays in *input. */
static struct fuzz_input next_piece(struct fuzz_input *input)
{
    const uint8_t *const from = input->bytes + input->position;
    const size_t left = fuzz_left(input);
    const uint8_t *const end = left > 0 ? memmem(from, left, PART, sizeof PART) : NULL;
    const size_t size = end != NULL ? (size_t)(end - from) : left;
    input->position += end != NULL ? size + sizeof PART : left;
    return (struct fuzz_input){.bytes = from, .size = size};
}

/* One line as text. */
static void next_line(struct fuzz_input *input, char *line, size_t size)
{
    size_t length = 0;
    while (fuzz_left(input) > 0) {
        const uint8_t byte = fuzz_byte(input);
        if (byte == '\n' || byte == '\0') {
            break;
        }
        if (length + 1 < size) {
            line[length++] = (char)byte;
        }
    }
    line[length] = '\0';
}

static void add_rest(struct fuzz_input *input, struct bytes *out)
{
    const size_t left = fuzz_left(input);
    bytes_add(out, left > 0 ? input->bytes + input->position : NULL, left);
    input->position += left;
}

/* A dictionary, then the data; or any bytes. */
static void add_array(struct fuzz_input *input, struct bytes *out)
{
    char dictionary[512];
    if (fuzz_left(input) == 0 || input->bytes[input->position] != '{') {
        add_rest(input, out);
        return;
    }
    next_line(input, dictionary, sizeof dictionary);
    const size_t left = fuzz_left(input);
    npy_add(out, 1 + (int)(strlen(dictionary) % 3), dictionary,
            left > 0 ? input->bytes + input->position : NULL, left);
}

/* Members: a line with a method and a name, then the content. */
static void make_npz(struct fuzz_input *input, struct bytes *file)
{
    struct zip_maker zip = {.zip64 = fuzz_below(input, 2) != 0};
    while (fuzz_left(input) > 0 && zip.count < 16) {
        struct fuzz_input piece = next_piece(input);
        struct bytes content = {0};
        char name[NAME_SIZE];
        const int method = fuzz_below(&piece, 10);
        next_line(&piece, name, sizeof name);
        add_array(&piece, &content);
        zip_maker_add(&zip, name, &content, method);
        bytes_release(&content);
    }
    zip_maker_finish(&zip);
    *file = zip.file;
}

static void make_safetensors(struct fuzz_input *input, struct bytes *file)
{
    struct fuzz_input header = next_piece(input);
    bytes_add_number(file, header.size, 8);
    add_rest(&header, file);
    add_rest(input, file);
}

static void write_file(struct fuzz_input *input, int kind)
{
    struct bytes file = {0};
    if (kind == 0) {
        add_rest(input, &file);
    } else if (kind == 1) {
        make_npz(input, &file);
    } else {
        make_safetensors(input, &file);
    }
    file_write(path(), file.size > 0 ? (const void *)file.data : "", file.size);
    bytes_release(&file);
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

static void draw_names(uint8_t choice, struct import_names *names)
{
    if ((choice & 1) != 0) {
        names->keys[IMPORT_RECURRENT] = "w";
    }
    if ((choice & 2) != 0) {
        names->keys[IMPORT_INPUT] = "w";
        names->keys[IMPORT_BIAS] = "b,b";
    }
    if ((choice & 4) != 0) {
        names->keys[IMPORT_READOUT] = "v";
        names->keys[IMPORT_READOUT_BIAS] = "none";
    }
    if ((choice & 8) != 0) {
        names->ignored = "x,y";
    }
}

static void check_imported(const struct imported *imported)
{
    const struct network *const network = &imported->network;
    struct error error;
    int64_t index = 0;
    FUZZ_DEMAND(network->n_hidden >= 1 && network->n_in >= 1 && network->n_out >= 1);
    FUZZ_DEMAND(network_nonfinite(network, &index) == NULL);
    for (int i = 0; i < network->n_hidden && network->dale_sign != NULL; i++) {
        FUZZ_DEMAND(network->dale_sign[i] == 1.0 || network->dale_sign[i] == -1.0);
    }
    FUZZ_DEMAND(strnlen(imported->description, IMPORT_DESCRIPTION_SIZE) < IMPORT_DESCRIPTION_SIZE);
    for (const char *c = imported->description; *c != '\0'; c++) {
        FUZZ_DEMAND((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
    if (imported->has_trials) {
        FUZZ_DEMAND(trials_check(&imported->trials, &error) == STATUS_OK);
        FUZZ_DEMAND(imported->trials.n_in == network->n_in);
        FUZZ_DEMAND(imported->trials.n_out == network->n_out);
    }
}

static void check_import(uint8_t choice)
{
    struct imported imported;
    struct error error = {""};
    const struct import_trials trials = {
        .path = path(), .batch_first = (choice & 16) != 0, .metric = METRIC_FVU};
    struct import_request request = {.path = path(),
                                     .square = (enum orientation)(choice % 3),
                                     .cell = CELL_DEFAULT,
                                     .tells_activation = (choice & 32) != 0,
                                     .tells_leak = (choice & 32) != 0,
                                     .trials = (choice & 64) != 0 ? &trials : NULL};
    if (choice < 128) {
        draw_names(choice, &request.names);
    }
    const enum status status = import_read(&request, &imported, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INPUT || status == STATUS_USAGE);
        fuzz_demand_message(&error);
        FUZZ_DEMAND(imported.network.weight_hh == NULL && imported.trials.inputs == NULL);
        return;
    }
    check_imported(&imported);
    imported_release(&imported);
}

/* ---- headers of numpy arrays --------------------------------------------------------------------
 */

static bool read_input(void *stream, void *bytes, size_t size)
{
    struct fuzz_input *const input = stream;
    if (size > fuzz_left(input)) {
        return false;
    }
    fuzz_take(input, bytes, size);
    return true;
}

static void check_header(const struct npy_header *header)
{
    uint64_t count = 1;
    FUZZ_DEMAND(header->rank >= 0 && header->rank <= NPY_MAX_RANK);
    for (int i = 0; i < header->rank; i++) {
        FUZZ_DEMAND(!__builtin_mul_overflow(count, header->dims[i], &count));
    }
    FUZZ_DEMAND(header->count == count);
    FUZZ_DEMAND(strnlen(header->dtype, sizeof header->dtype) < sizeof header->dtype);
    FUZZ_DEMAND(header->content != NPY_NUMBERS ||
                (header->item_size >= 1 && header->item_size <= 8));
}

static void check_headers(struct fuzz_input *input)
{
    struct npy_header header = {.rank = 0};
    const size_t left = fuzz_left(input);
    char *const text = malloc(left + 1);
    FUZZ_DEMAND(text != NULL);
    memcpy(text, input->bytes + input->position, left);
    if (npy_parse_header(&header, text, left)) {
        check_header(&header);
    }
    free(text);
    header = (struct npy_header){.rank = 0};
    if (npy_read_header(&header, read_input, input)) {
        check_header(&header);
        FUZZ_DEMAND(header.header_size <= left);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    const int kind = fuzz_byte(&input) % 4;
    const uint8_t choice = fuzz_byte(&input);
    if (kind == 3) {
        check_headers(&input);
        return 0;
    }
    fuzz_scratch();
    write_file(&input, kind);
    claim_table(path());
    check_import(choice);
    return 0;
}
