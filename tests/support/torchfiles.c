#include "support/torchfiles.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>

enum { LINE_SIZE = 512 };

static size_t count_of(const struct weight *weight)
{
    size_t count = 1;
    for (int i = 0; i < weight->rank; i++) {
        count *= weight->dims[i];
    }
    return count;
}

void torch_add_tensor(struct bytes *pickle, const struct tensor_words *tensor)
{
    char line[LINE_SIZE];
    const int length = snprintf(line, sizeof line,
                                "ctorch._utils\n_rebuild_tensor_v2\n"
                                "((Vstorage\nctorch\n%s\nV%s\nVcpu\nI%zu\ntQI%zu\n(%st(%stI00\nNtR",
                                tensor->storage, tensor->key, tensor->stored, tensor->offset,
                                tensor->dims, tensor->strides);
    assert_in_range(length, 1, LINE_SIZE - 1);
    bytes_add_text(pickle, line);
}

static void add_weight(struct bytes *pickle, const struct weight *weight, size_t index)
{
    char key[24];
    char dims[96] = "";
    char strides[96] = "";
    size_t stride = count_of(weight);
    for (int i = 0; i < weight->rank; i++) {
        stride /= weight->dims[i];
        (void)snprintf(dims + strlen(dims), 32, "I%zu\n", weight->dims[i]);
        (void)snprintf(strides + strlen(strides), 32, "I%zu\n", stride);
    }
    (void)snprintf(key, sizeof key, "%zu", index);
    torch_add_tensor(pickle, &(struct tensor_words){.storage = "DoubleStorage",
                                                    .key = key,
                                                    .stored = count_of(weight),
                                                    .dims = dims,
                                                    .strides = strides});
}

void torch_add_state_dict(struct bytes *pickle, const struct weight *weights, size_t count)
{
    bytes_add_text(pickle, "(dp0\n");
    for (size_t i = 0; i < count; i++) {
        bytes_add_text(pickle, "V");
        bytes_add_text(pickle, weights[i].name);
        bytes_add_text(pickle, "\n");
        add_weight(pickle, &weights[i], i);
        bytes_add_text(pickle, "s");
    }
    bytes_add_text(pickle, ".");
}

void torch_zip_make(struct bytes *out, const struct bytes *pickle, const struct weight *weights,
                    size_t count)
{
    struct zip_maker zip = {0};
    struct bytes version = {0};
    bytes_add_text(&version, "3\n");
    zip_maker_add(&zip, "model/data.pkl", pickle, ZIP_STORED);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        struct bytes storage = {0};
        (void)snprintf(name, sizeof name, "model/data/%zu", i);
        bytes_add(&storage, weights[i].values, count_of(&weights[i]) * sizeof(double));
        zip_maker_add(&zip, name, &storage, ZIP_STORED);
        bytes_release(&storage);
    }
    zip_maker_add(&zip, "model/version", &version, ZIP_STORED);
    zip_maker_finish(&zip);
    bytes_release(&version);
    *out = zip.file;
}

void torch_stream_make(struct bytes *out, const struct bytes *pickle, const struct weight *weights,
                       size_t count)
{
    bytes_add_text(out, "\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\2M\xe9\3.(dp0\n.");
    bytes_add(out, pickle->data, pickle->size);
    bytes_add_text(out, "(lp0\n");
    for (size_t i = 0; i < count; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "V%zu\na", i);
        bytes_add_text(out, key);
    }
    bytes_add_text(out, ".");
    for (size_t i = 0; i < count; i++) {
        bytes_add_number(out, count_of(&weights[i]), 8);
        bytes_add(out, weights[i].values, count_of(&weights[i]) * sizeof(double));
    }
}

/* The first array that cannot be loaded, or the file. */
static enum status load_all(const char *path, struct error *error)
{
    struct import_table table;
    TRY(import_table_open(&table, path, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < table.n_arrays && status == STATUS_OK; i++) {
        status = import_table_load(&table, &table.arrays[i], error);
    }
    import_table_release(&table);
    return status;
}

void torch_refused(const struct bytes *file, const char *part)
{
    struct error error = {""};
    const char *const path = scratch_path("refused.pt");
    bytes_write(file, path);
    CHECK_FAILS(load_all(path, &error), STATUS_INPUT, part);
    assert_ptr_equal(strstr(error.text, path), error.text);
    assert_null(strchr(error.text, '\n'));
}
