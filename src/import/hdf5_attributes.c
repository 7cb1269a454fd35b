#include "import/hdf5_attributes.h"

#include "core/memory.h"
#include "import/dynamics_words.h"
#include "store/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 2 * (IMPORT_NAME_LENGTH + 1), NUMBER_SIZE = 40, MAX_TEXTS = 64 };

static const size_t MAX_BYTES = (size_t)1 << 24; /* of one attribute */

/* An open attribute, and where it goes. */
struct attribute {
    hid_t attribute;
    hid_t type;
    size_t count; /* of values */
    const char *key;
};

/* ---- values ---- */

static bool note_number(struct import_table *table, const struct attribute *from, double value,
                        enum status *status, struct error *error)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%.17g", value);
    *status = import_table_note(table, from->key, text, error);
    return *status == STATUS_OK;
}

static bool add_numbers(struct import_table *table, const struct attribute *from,
                        enum status *status, struct error *error)
{
    double *values = NULL;
    const bool is_boolean = H5Tget_class(from->type) == H5T_ENUM;
    *status = memory_array(&values, from->count, sizeof *values, error);
    if (*status != STATUS_OK) {
        return false;
    }
    const bool good =
        H5Aread(from->attribute, is_boolean ? from->type : H5T_NATIVE_DOUBLE, values) >= 0;
    double low = values[0];
    double high = values[0];
    for (size_t i = 0; good && i < from->count; i++) {
        const double value = is_boolean ? ((const unsigned char *)values)[i] : values[i];
        low = i == 0 || value < low ? value : low;
        high = i == 0 || value > high ? value : high;
    }
    free(values);
    return good && note_number(table, from, low, status, error) &&
           (low == high || note_number(table, from, high, status, error));
}

/* Texts of variable length are HDF5's own memory. */
static bool add_varying(struct import_table *table, const struct attribute *from, char **texts,
                        enum status *status, struct error *error)
{
    if (H5Aread(from->attribute, from->type, texts) < 0) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < from->count; i++) {
        good = good && texts[i] != NULL;
        if (good && *status == STATUS_OK) {
            *status = import_table_note(table, from->key, texts[i], error);
        }
        (void)H5free_memory(texts[i]);
    }
    return good;
}

static bool add_fixed(struct import_table *table, const struct attribute *from, size_t size,
                      enum status *status, struct error *error)
{
    char *texts = NULL;
    char *text = NULL;
    *status = memory_array2(&texts, from->count, size, 1, error);
    THEN(*status, memory_array(&text, size + 1, 1, error));
    const bool good = *status == STATUS_OK && H5Aread(from->attribute, from->type, texts) >= 0;
    for (size_t i = 0; good && i < from->count && *status == STATUS_OK; i++) {
        memcpy(text, texts + i * size, size);
        for (size_t end = size; end > 0 && text[end - 1] == ' '; end--) {
            text[end - 1] = '\0'; /* padded as Fortran does */
        }
        *status = import_table_note(table, from->key, text, error);
    }
    free(text);
    free(texts);
    return good;
}

static bool add_texts(struct import_table *table, const struct attribute *from, enum status *status,
                      struct error *error)
{
    char *texts[MAX_TEXTS] = {NULL};
    const size_t size = H5Tget_size(from->type);
    if (from->count > MAX_TEXTS || size == 0 || size > MAX_BYTES / from->count) {
        return false;
    }
    return H5Tis_variable_str(from->type) > 0 ? add_varying(table, from, texts, status, error)
                                              : add_fixed(table, from, size, status, error);
}

/* ---- attributes ---- */

static enum status add_one(struct import_table *table, const struct attribute *from,
                           struct error *error)
{
    enum status status = STATUS_OK;
    const bool fits = from->count > 0 && from->count <= MAX_BYTES / sizeof(double);
    const bool added =
        fits && (h5_is_number(from->type) ? add_numbers(table, from, &status, error)
                                          : H5Tget_class(from->type) == H5T_STRING &&
                                                add_texts(table, from, &status, error));
    (void)H5Eclear2(H5E_DEFAULT);
    if (status == STATUS_OK && !added && dynamics_key(from->key) != DYNAMICS_NOTHING) {
        status = import_table_add(table, from->key, 0, NULL, "it is neither text nor numbers", NULL,
                                  error);
    }
    return status;
}

static enum status add_named(struct import_table *table, hid_t object, const char *name,
                             const char *path, struct error *error)
{
    char key[KEY_SIZE];
    const hid_t attribute =
        strlen(name) <= IMPORT_NAME_LENGTH ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0) {
        return STATUS_OK; /* nothing that is known here has such a name */
    }
    (void)snprintf(key, sizeof key, "%s%s%s", path, path[0] != '\0' ? "." : "", name);
    for (char *slash = strchr(key, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '.';
    }
    const hid_t space = H5Aget_space(attribute);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const struct attribute from = {attribute, H5Aget_type(attribute), count > 0 ? (size_t)count : 0,
                                   key};
    const enum status status = add_one(table, &from, error);
    (void)H5Tclose(from.type);
    (void)H5Sclose(space);
    (void)H5Aclose(attribute);
    return status;
}

/* On its way through those of an object. */
struct visit {
    struct import_table *table;
    const char *path;
    size_t *n_left;
    enum status status;
    struct error *error;
};

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    struct visit *const visit = data;
    (void)info;
    if (*visit->n_left == 0) {
        visit->status = error_set(visit->error, STATUS_INPUT,
                                  "%s: more than %d attributes, expected those of a model",
                                  visit->table->path, HDF5_MAX_ATTRIBUTES);
    } else {
        --*visit->n_left;
        visit->status = add_named(visit->table, object, name, visit->path, visit->error);
    }
    return visit->status == STATUS_OK ? 0 : 1;
}

/* One after the other: by their numbers, HDF5 would list them all for each. */
enum status hdf5_add_attributes(struct import_table *table, hid_t object, const char *path,
                                size_t *n_left, struct error *error)
{
    H5O_info_t info;
    struct visit visit = {table, path, n_left, STATUS_OK, error};
    if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0) {
        return h5_error(error, STATUS_INPUT, table->path, "damaged HDF5 object");
    }
    (void)H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &visit);
    (void)H5Eclear2(H5E_DEFAULT);
    return visit.status;
}
