#include "import/table.h"

#include "core/foreign_file.h"
#include "core/memory.h"
#include "import/foreign_archive.h"
#include "import/hdf5_file.h"
#include "import/input_file.h"
#include "import/notes.h"
#include "store/h5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The head of a zip archive has the name of its first member in it. */
enum { HEAD_SIZE = FOREIGN_HEAD_SIZE, NAMES_SIZE = 256 };

/* More values than any model may have; a count beyond it need not fit into memory. */
static const uint64_t MAX_COUNT = (uint64_t)1 << 32;
static const uint64_t MAX_AXIS = (uint64_t)1 << 24;

/* ---- entries ---- */

static enum status room_for_one(const struct import_table *table, struct error *error)
{
    if (table->n_arrays + table->n_notes >= IMPORT_MAX_ENTRIES) {
        return error_set(error, STATUS_INPUT, "%s: more than %d entries, expected those of a model",
                         table->path, IMPORT_MAX_ENTRIES);
    }
    return STATUS_OK;
}

/* Fills rank, dims and count; false when the shape is of no use here. */
static bool set_shape(struct import_array *array, int rank, const uint64_t *dims)
{
    uint64_t count = 1;
    array->rank = rank <= IMPORT_MAX_RANK ? rank : IMPORT_MAX_RANK;
    for (int i = 0; i < IMPORT_MAX_RANK; i++) {
        array->dims[i] = i < rank && dims[i] <= MAX_AXIS ? (size_t)dims[i] : 1;
    }
    for (int i = 0; i < rank; i++) {
        if (rank > IMPORT_MAX_RANK || dims[i] > MAX_AXIS ||
            (count > 0 && dims[i] > MAX_COUNT / count)) {
            return false;
        }
        count *= dims[i];
    }
    array->count = (size_t)count;
    return true;
}

enum status import_table_add(struct import_table *table, const char *name, int rank,
                             const uint64_t *dims, const char *unreadable, void *place,
                             struct error *error)
{
    const size_t length = strlen(name);
    enum status status = room_for_one(table, error);
    if (status == STATUS_OK && length > IMPORT_NAME_LENGTH) {
        status = error_set(error, STATUS_INPUT, "%s: a name of %zu bytes, expected at most %d",
                           table->path, length, IMPORT_NAME_LENGTH);
    }
    THEN(status, memory_reserve(&table->arrays, &table->array_capacity, table->n_arrays + 1,
                                sizeof *table->arrays, error));
    if (status != STATUS_OK) {
        free(place);
        return status;
    }
    struct import_array *const array = &table->arrays[table->n_arrays++];
    *array = (struct import_array){.place = place};
    if (!set_shape(array, rank, dims) && unreadable == NULL) {
        unreadable = rank > IMPORT_MAX_RANK ? "it has more than 3 axes" : "it is too large";
    }
    TRY(memory_string(&array->name, name, error));
    return unreadable != NULL ? memory_string(&array->unreadable, unreadable, error) : STATUS_OK;
}

enum status import_table_note(struct import_table *table, const char *key, const char *text,
                              struct error *error)
{
    const size_t size = strlen(key) + strlen(text);
    TRY(room_for_one(table, error));
    if (size > IMPORT_MAX_TEXT - table->n_text) {
        return error_set(error, STATUS_INPUT, "%s: texts of more than %d bytes, expected a model's",
                         table->path, IMPORT_MAX_TEXT);
    }
    table->n_text += size;
    TRY(memory_reserve(&table->notes, &table->note_capacity, table->n_notes + 1,
                       sizeof *table->notes, error));
    struct import_note *const note = &table->notes[table->n_notes++];
    *note = (struct import_note){0};
    TRY(memory_string(&note->key, key, error));
    return memory_string(&note->text, text, error);
}

enum status import_table_compute(struct import_table *table, const char *name, size_t rows,
                                 size_t columns, double **values, struct error *error)
{
    TRY(import_table_add(table, name, columns > 0 ? 2 : 1, (uint64_t[]){rows, columns}, NULL, NULL,
                         error));
    struct import_array *const array = &table->arrays[table->n_arrays - 1];
    if (array->unreadable != NULL) { /* nothing may be written into it */
        return error_set(error, STATUS_INPUT, "%s: %s of %zu x %zu values, which are too many",
                         table->path, name, rows, columns);
    }
    TRY(memory_array(&array->values, array->count, sizeof *array->values, error));
    *values = array->values;
    return STATUS_OK;
}

struct import_array *import_table_find(const struct import_table *table, const char *name)
{
    struct import_array *stored = NULL;
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        if (strcmp(array->name, name) == 0) {
            return array;
        }
        if (array->stored_name != NULL && strcmp(array->stored_name, name) == 0) {
            stored = array;
        }
    }
    return stored;
}

const char *import_array_shape(const struct import_array *array, char text[IMPORT_SHAPE_SIZE])
{
    size_t used = 0;
    (void)snprintf(text, IMPORT_SHAPE_SIZE, "scalar");
    for (int i = 0; i < array->rank; i++) {
        used += (size_t)snprintf(text + used, IMPORT_SHAPE_SIZE - used, "%s%zu", i > 0 ? " x " : "",
                                 array->dims[i]);
    }
    return text;
}

/* ---- values ---- */

enum status import_table_load(const struct import_table *table, struct import_array *array,
                              struct error *error)
{
    if (array->values != NULL) {
        return STATUS_OK;
    }
    if (array->unreadable != NULL) {
        return error_set(error, STATUS_INPUT, "%s: %s cannot be read: %s", table->path, array->name,
                         array->unreadable);
    }
    TRY(memory_array(&array->values, array->count, sizeof(double), error));
    enum status status = table->format->load(table, array, array->values, error);
    for (size_t i = 0; i < array->count && status == STATUS_OK; i++) {
        if (!isfinite(array->values[i])) {
            status = error_set(error, STATUS_INPUT,
                               "%s: %s is %g at element %zu, expected finite numbers", table->path,
                               array->name, array->values[i], i);
        }
    }
    if (status != STATUS_OK) {
        free(array->values);
        array->values = NULL;
    }
    return status;
}

/* ---- files ---- */

static int compare_names(const void *a, const void *b)
{
    const char *const *const left = a;
    const char *const *const right = b;
    return strcmp(*left, *right);
}

static enum status find_format(const char *path, const struct import_format **format,
                               struct error *error)
{
    unsigned char head[HEAD_SIZE] = {0};
    char names[NAMES_SIZE] = "";
    struct input_file file;
    TRY(input_file_open(&file, path, error));
    const size_t size = file.size < HEAD_SIZE ? (size_t)file.size : HEAD_SIZE;
    const bool good = input_file_read(&file, 0, head, size);
    input_file_close(&file);
    if (!good) {
        return error_set(error, STATUS_INPUT, "%s: cannot read it", path);
    }
    if (size >= 4 && memcmp(head, "PK\3\4", 4) == 0) {
        TRY(foreign_archive_check(path, error));
    }
    int count = 0;
    for (; IMPORT_FORMATS[count] != NULL; count++) {
        if (IMPORT_FORMATS[count]->detect(head, size)) {
            *format = IMPORT_FORMATS[count];
            return STATUS_OK;
        }
    }
    if (h5_has_signature(path)) { /* behind a user block of any bytes */
        *format = &IMPORT_HDF5;
        return STATUS_OK;
    }
    const char *const advice = foreign_file_advice(path, head, size);
    if (advice != NULL) {
        return error_set(error, STATUS_INPUT, "%s: %s", path, advice);
    }
    while (count-- > 0) {
        const size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", IMPORT_FORMATS[count]->name,
                       count > 1 ? ", " : (count == 1 ? " or " : ""));
    }
    return error_set(error, STATUS_INPUT, "%s: %sno format known here, expected %s", path,
                     foreign_is_text(head, size) ? "a text: " : "", names);
}

enum status import_table_open(struct import_table *table, const char *path, struct error *error)
{
    const char **names = NULL;
    *table = (struct import_table){.path = path};
    TRY(find_format(path, &table->format, error));
    enum status status = table->format->open(table, error);
    THEN(status, import_notes_expand(table, error));
    THEN(status, memory_array(&names, table->n_arrays, sizeof *names, error));
    for (size_t i = 0; status == STATUS_OK && i < table->n_arrays; i++) {
        names[i] = table->arrays[i].name;
    }
    if (status == STATUS_OK) {
        qsort(names, table->n_arrays, sizeof *names, compare_names);
    }
    for (size_t i = 1; status == STATUS_OK && i < table->n_arrays; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            status =
                error_set(error, STATUS_INPUT, "%s: two arrays have the name %s", path, names[i]);
        }
    }
    free(names);
    if (status != STATUS_OK) {
        import_table_release(table);
    }
    return status;
}

void import_table_release(struct import_table *table)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        free(table->arrays[i].name);
        free(table->arrays[i].stored_name);
        free(table->arrays[i].unreadable);
        free(table->arrays[i].values);
        free(table->arrays[i].place);
    }
    for (size_t i = 0; i < table->n_notes; i++) {
        free(table->notes[i].key);
        free(table->notes[i].text);
    }
    free(table->arrays);
    free(table->notes);
    if (table->format != NULL) {
        table->format->close(table);
    }
    *table = (struct import_table){0};
}
