#include "support/weightfiles.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

/* ---- bytes --------------------------------------------------------------------------------------
 */

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes->size + size > bytes->capacity) {
        bytes->capacity = 2 * (bytes->size + size) + 64;
        bytes->data = realloc(bytes->data, bytes->capacity);
        assert_non_null(bytes->data);
    }
    if (size > 0) {
        memcpy(bytes->data + bytes->size, data, size);
    }
    bytes->size += size;
}

void bytes_add_text(struct bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text));
}

void bytes_set_number(struct bytes *bytes, size_t offset, uint64_t number, size_t size)
{
    assert_true(offset + size <= bytes->size);
    for (size_t i = 0; i < size; i++) {
        bytes->data[offset + i] = (unsigned char)(number >> (8 * i));
    }
}

void bytes_add_number(struct bytes *bytes, uint64_t number, size_t size)
{
    static const unsigned char zeros[8] = {0};
    bytes_add(bytes, zeros, size);
    bytes_set_number(bytes, bytes->size - size, number, size);
}

void bytes_write(const struct bytes *bytes, const char *path)
{
    file_write(path, bytes->data, bytes->size);
}

void bytes_release(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static size_t value_count(const struct weight *weight)
{
    size_t count = 1;
    for (int i = 0; i < weight->rank; i++) {
        count *= weight->dims[i];
    }
    return count;
}

static void shape_text(const struct weight *weight, char text[80])
{
    text[0] = '\0';
    for (int i = 0; i < weight->rank; i++) {
        (void)snprintf(text + strlen(text), 80 - strlen(text), "%zu, ", weight->dims[i]);
    }
    if (weight->rank > 1) {
        text[strlen(text) - 2] = '\0';
    }
}

/* ---- npz ----------------------------------------------------------------------------------------
 */

void npy_add(struct bytes *out, int version, const char *dictionary, const void *data, size_t size)
{
    const size_t length_size = version == 1 ? 2 : 4;
    const size_t used = 8 + length_size + strlen(dictionary) + 1;
    const size_t padding = (64 - used % 64) % 64;
    bytes_add(out, "\x93NUMPY", 6);
    bytes_add_number(out, (uint64_t)version, 1);
    bytes_add_number(out, 0, 1);
    bytes_add_number(out, strlen(dictionary) + padding + 1, length_size);
    bytes_add_text(out, dictionary);
    for (size_t i = 0; i < padding; i++) {
        bytes_add_text(out, " ");
    }
    bytes_add_text(out, "\n");
    bytes_add(out, data, size);
}

void npy_add_weight(struct bytes *out, const struct weight *weight)
{
    char shape[80];
    char dictionary[160];
    shape_text(weight, shape);
    (void)snprintf(dictionary, sizeof dictionary,
                   "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", shape);
    npy_add(out, 1, dictionary, weight->values, value_count(weight) * sizeof(double));
}

static void deflate_bytes(const struct bytes *content, struct bytes *packed)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t bound = deflateBound(&stream, (uLong)content->size);
    unsigned char *const out = malloc(bound);
    assert_non_null(out);
    stream.next_in = content->data;
    stream.avail_in = (uInt)content->size;
    stream.next_out = out;
    stream.avail_out = (uInt)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes_add(packed, out, bound - stream.avail_out);
    (void)deflateEnd(&stream);
    free(out);
}

/* What local header and directory share, from the version to the lengths of name and extra. */
static void add_member_fields(struct bytes *out, const struct zip_maker *zip,
                              const struct bytes *content, const struct bytes *packed, int method,
                              const char *name)
{
    const uint64_t small = zip->zip64 ? UINT32_MAX : 0;
    bytes_add_number(out, zip->zip64 ? 45 : 20, 2);
    bytes_add_number(out, 0, 2);
    bytes_add_number(out, (uint64_t)method, 2);
    bytes_add_number(out, 0x00210000, 4);
    bytes_add_number(out, crc32(0, content->data, (uInt)content->size), 4);
    bytes_add_number(out, zip->zip64 ? small : packed->size, 4);
    bytes_add_number(out, zip->zip64 ? small : content->size, 4);
    bytes_add_number(out, strlen(name), 2);
}

static void add_extra(struct bytes *out, const struct bytes *content, const struct bytes *packed,
                      uint64_t offset)
{
    bytes_add_number(out, 1, 2);
    bytes_add_number(out, 24, 2);
    bytes_add_number(out, content->size, 8);
    bytes_add_number(out, packed->size, 8);
    bytes_add_number(out, offset, 8);
}

static void add_directory_entry(struct zip_maker *zip, const char *name,
                                const struct bytes *content, const struct bytes *packed, int method,
                                uint64_t offset)
{
    struct bytes *const out = &zip->directory;
    bytes_add(out, "PK\1\2\24\0", 6);
    add_member_fields(out, zip, content, packed, method, name);
    bytes_add_number(out, zip->zip64 ? 28 : 0, 2);
    bytes_add_number(out, 0, 8);
    bytes_add_number(out, 0, 2);
    bytes_add_number(out, zip->zip64 ? UINT32_MAX : offset, 4);
    bytes_add_text(out, name);
    if (zip->zip64) {
        add_extra(out, content, packed, offset);
    }
}

void zip_maker_add(struct zip_maker *zip, const char *name, const struct bytes *content, int method)
{
    struct bytes packed = {0};
    const uint64_t offset = zip->file.size;
    if (method == ZIP_DEFLATED) {
        deflate_bytes(content, &packed);
    } else {
        bytes_add(&packed, content->data, content->size);
    }
    bytes_add(&zip->file, "PK\3\4", 4);
    add_member_fields(&zip->file, zip, content, &packed, method, name);
    bytes_add_number(&zip->file, 4, 2); /* an extra field that only the local header has */
    bytes_add_text(&zip->file, name);
    bytes_add(&zip->file, "\xfe\xca\0\0", 4);
    bytes_add(&zip->file, packed.data, packed.size);
    add_directory_entry(zip, name, content, &packed, method, offset);
    zip->count++;
    bytes_release(&packed);
}

static void add_end64(struct zip_maker *zip, uint64_t offset)
{
    const uint64_t record = zip->file.size;
    bytes_add(&zip->file, "PK\6\6", 4);
    bytes_add_number(&zip->file, 44, 8);
    bytes_add_number(&zip->file, 0, 2 + 2);
    bytes_add_number(&zip->file, 0, 8);
    bytes_add_number(&zip->file, zip->count, 8);
    bytes_add_number(&zip->file, zip->count, 8);
    bytes_add_number(&zip->file, zip->directory.size, 8);
    bytes_add_number(&zip->file, offset, 8);
    bytes_add(&zip->file, "PK\6\7", 4);
    bytes_add_number(&zip->file, 0, 4);
    bytes_add_number(&zip->file, record, 8);
    bytes_add_number(&zip->file, 1, 4);
}

void zip_maker_finish(struct zip_maker *zip)
{
    const uint64_t offset = zip->file.size;
    bytes_add(&zip->file, zip->directory.data, zip->directory.size);
    if (zip->zip64) {
        add_end64(zip, offset);
    }
    bytes_add(&zip->file, "PK\5\6", 4);
    bytes_add_number(&zip->file, 0, 4);
    bytes_add_number(&zip->file, zip->zip64 ? UINT16_MAX : zip->count, 2);
    bytes_add_number(&zip->file, zip->zip64 ? UINT16_MAX : zip->count, 2);
    bytes_add_number(&zip->file, zip->zip64 ? UINT32_MAX : zip->directory.size, 4);
    bytes_add_number(&zip->file, zip->zip64 ? UINT32_MAX : offset, 4);
    bytes_add_number(&zip->file, 0, 2);
    bytes_release(&zip->directory);
}

void npz_make(struct bytes *out, const struct weight *weights, size_t count, int method)
{
    struct zip_maker zip = {0};
    for (size_t i = 0; i < count; i++) {
        char name[128];
        struct bytes content = {0};
        npy_add_weight(&content, &weights[i]);
        (void)snprintf(name, sizeof name, "%s.npy", weights[i].name);
        zip_maker_add(&zip, name, &content, method);
        bytes_release(&content);
    }
    zip_maker_finish(&zip);
    *out = zip.file;
}

/* ---- safetensors --------------------------------------------------------------------------------
 */

void safetensors_add(struct bytes *out, const char *header, const void *data, size_t size)
{
    bytes_add_number(out, strlen(header), 8);
    bytes_add_text(out, header);
    bytes_add(out, data, size);
}

void safetensors_make(struct bytes *out, const struct weight *weights, size_t count,
                      const char *metadata)
{
    struct bytes header = {0};
    struct bytes data = {0};
    bytes_add_text(&header, "{\"__metadata__\": ");
    bytes_add_text(&header, metadata != NULL ? metadata : "{}");
    for (size_t i = 0; i < count; i++) {
        char shape[80];
        char text[320];
        const size_t size = value_count(&weights[i]) * sizeof(double);
        shape_text(&weights[i], shape);
        if (weights[i].rank == 1) {
            shape[strlen(shape) - 2] = '\0';
        }
        (void)snprintf(text, sizeof text,
                       ", \"%s\": {\"dtype\": \"F64\", \"shape\": [%s], \"data_offsets\": [%zu, "
                       "%zu]}",
                       weights[i].name, shape, data.size, data.size + size);
        bytes_add_text(&header, text);
        bytes_add(&data, weights[i].values, size);
    }
    bytes_add(&header, "}", 2); /* with the final NUL */
    safetensors_add(out, (const char *)header.data, data.data, data.size);
    bytes_release(&header);
    bytes_release(&data);
}

/* ---- readers ------------------------------------------------------------------------------------
 */

enum status weights_read_all(const char *path, struct error *error)
{
    struct import_table table;
    TRY(import_table_open(&table, path, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < table.n_arrays && status == STATUS_OK; i++) {
        if (table.arrays[i].unreadable == NULL) {
            status = import_table_load(&table, &table.arrays[i], error);
        }
    }
    import_table_release(&table);
    return status;
}

void check_weights(struct import_table *table, const struct weight *weights, size_t count)
{
    struct error error = {""};
    assert_int_equal(table->n_arrays, count);
    for (size_t i = 0; i < count; i++) {
        struct import_array *const array = import_table_find(table, weights[i].name);
        assert_non_null(array);
        assert_int_equal(array->rank, weights[i].rank);
        for (int axis = 0; axis < array->rank; axis++) {
            assert_int_equal(array->dims[axis], weights[i].dims[axis]);
        }
        CHECK_OK(import_table_load(table, array, &error));
        assert_memory_equal(array->values, weights[i].values, array->count * sizeof(double));
    }
}

static void check_message(const struct error *error, const char *path)
{
    if (strstr(error->text, path) != error->text || strchr(error->text, '\n') != NULL) {
        fail_msg("message '%s' does not begin with %s", error->text, path);
    }
}

void check_truncations(const struct bytes *good, size_t step)
{
    const char *const path = scratch_path("cut");
    for (size_t size = 0; size < good->size; size += step) {
        struct error error = {""};
        file_write(path, good->data, size);
        if (weights_read_all(path, &error) != STATUS_INPUT) {
            fail_msg("%zu of %zu bytes are accepted", size, good->size);
        }
        check_message(&error, path);
    }
}

/* xorshift64*: the same numbers on every run. */
static uint64_t next_number(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dU >> 16;
}

int check_mutations(const struct bytes *good, int count)
{
    const char *const path = scratch_path("changed");
    unsigned char *const copy = malloc(good->size);
    uint64_t state = 20260618;
    int refused = 0;
    assert_non_null(copy);
    for (int i = 0; i < count; i++) {
        struct error error = {""};
        memcpy(copy, good->data, good->size);
        for (uint64_t k = next_number(&state) % 8 + 1; k > 0; k--) {
            const uint64_t place = next_number(&state) % good->size;
            copy[place] = (unsigned char)next_number(&state);
        }
        file_write(path, copy, good->size);
        const enum status status = weights_read_all(path, &error);
        if (status != STATUS_OK) {
            assert_int_equal(status, STATUS_INPUT);
            check_message(&error, path);
            refused++;
        }
    }
    free(copy);
    return refused;
}
