/* Any HDF5 file: its datasets of numbers by their path, '/' written as '.'. */
#include "import/hdf5_attributes.h"
#include "import/table.h"
#include "store/h5.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, NOTE_SIZE = 257, PATH_SIZE = IMPORT_NAME_LENGTH + 1 };

static const hsize_t MAX_AXIS = (hsize_t)1 << 24;

struct hdf5_state {
    hid_t file;
    size_t n_links; /* looked at so far: groups may contain themselves */
};

static bool detect(const unsigned char *head, size_t size)
{
    return size >= 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* ---- datasets ---- */

/* A dataset of one string becomes a note. True when it was one. */
static bool read_text(hid_t dataset, hid_t type, char text[NOTE_SIZE])
{
    char *value = NULL; /* of variable length: HDF5 allocates it */
    memset(text, 0, NOTE_SIZE);
    if (H5Tis_variable_str(type) <= 0) {
        return H5Tget_size(type) < NOTE_SIZE &&
               H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    }
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0 || value == NULL) {
        return false;
    }
    (void)snprintf(text, NOTE_SIZE, "%s", value);
    (void)H5free_memory(value);
    return true;
}

/* A damaged or hostile file claims more elements than its bytes can hold: memory must not be asked
 * for by that claim. */
static const char *storage_problem(hid_t dataset, hid_t space, hid_t type)
{
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    uint64_t wanted = 0;
    if (!h5_is_plain_storage(dataset)) {
        return "it is virtual or stored in another file";
    }
    if (H5Sget_simple_extent_type(space) == H5S_NULL || count < 0) {
        return "it is empty";
    }
    if (__builtin_mul_overflow((uint64_t)count, (uint64_t)H5Tget_size(type), &wanted) ||
        !h5_storage_fits(dataset, wanted) || (wanted > 0 && H5Dget_storage_size(dataset) == 0)) {
        return "fewer bytes are stored than its shape asks for";
    }
    return NULL;
}

static enum status add_numbers(struct import_table *table, const char *path, const char *name,
                               hid_t dataset, hid_t space, hid_t type, struct error *error)
{
    hsize_t found[H5S_MAX_RANK] = {0};
    uint64_t dims[H5S_MAX_RANK] = {0};
    char *place = NULL;
    const int rank = H5Sget_simple_extent_dims(space, found, NULL);
    for (int i = 0; i < rank; i++) {
        dims[i] = found[i];
    }
    TRY(memory_string(&place, path, error));
    return import_table_add(table, name, rank > 0 ? rank : 0, dims,
                            storage_problem(dataset, space, type), place, error);
}

static enum status add_dataset(struct import_table *table, const char *path, hid_t dataset,
                               struct error *error)
{
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    const H5T_class_t class = H5Tget_class(type);
    char name[PATH_SIZE];
    char text[NOTE_SIZE];
    (void)snprintf(name, sizeof name, "%s", path);
    for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '.';
    }
    const enum status status =
        h5_is_number(type) ? add_numbers(table, path, name, dataset, space, type, error)
        : class == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1 &&
                h5_is_plain_storage(dataset) && read_text(dataset, type, text)
            ? import_table_note(table, name, text, error)
            : import_table_add(table, name, 0, NULL, "it is not an array of numbers", NULL, error);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Eclear2(H5E_DEFAULT);
    return status;
}

/* ---- groups ---- */

static enum status add_group(struct import_table *table, const char *path, hid_t group, int depth,
                             struct error *error);

static enum status add_object(struct import_table *table, const char *path, int depth,
                              struct error *error)
{
    const struct hdf5_state *const state = table->state;
    const hid_t object = H5Oopen(state->file, path, H5P_DEFAULT);
    enum status status = STATUS_OK;
    if (object < 0) {
        return h5_error(error, STATUS_INPUT, table->path, "damaged HDF5 object");
    }
    const H5I_type_t type = H5Iget_type(object);
    if (type == H5I_DATASET) {
        status = add_dataset(table, path, object, error);
        THEN(status, hdf5_add_attributes(table, object, path, error));
    } else if (type == H5I_GROUP && depth == MAX_DEPTH) {
        status = error_set(error, STATUS_INPUT, "%s: groups nested deeper than %d: %s", table->path,
                           MAX_DEPTH, path);
    } else if (type == H5I_GROUP) {
        status = add_group(table, path, object, depth + 1, error);
    }
    (void)H5Oclose(object);
    return status;
}

/* Only what is stored in this file: soft and external links are passed over. */
static enum status add_group(struct import_table *table, const char *path, hid_t group, int depth,
                             struct error *error)
{
    H5G_info_t info;
    struct hdf5_state *const state = table->state;
    TRY(hdf5_add_attributes(table, group, path, error));
    if (H5Gget_info(group, &info) < 0) {
        return h5_error(error, STATUS_INPUT, table->path, "damaged HDF5 group");
    }
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char link[PATH_SIZE];
        char inner[PATH_SIZE];
        const ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, link,
                                                  sizeof link, H5P_DEFAULT);
        if (length < 0 || length >= (ssize_t)sizeof link) {
            return h5_error(error, STATUS_INPUT, table->path, "damaged or too long link name");
        }
        if (++state->n_links > IMPORT_MAX_ENTRIES) {
            return error_set(error, STATUS_INPUT,
                             "%s: more than %d objects, expected those of a model", table->path,
                             IMPORT_MAX_ENTRIES);
        }
        const int size =
            snprintf(inner, sizeof inner, "%s%s%s", path, path[0] != '\0' ? "/" : "", link);
        if (size >= (int)sizeof inner) {
            return error_set(error, STATUS_INPUT, "%s: a name of %d bytes, expected at most %d",
                             table->path, size, IMPORT_NAME_LENGTH);
        }
        if (h5_is_hard_link(group, link)) {
            TRY(add_object(table, inner, depth, error));
        }
    }
    return STATUS_OK;
}

/* ---- format ---- */

static enum status open_hdf5(struct import_table *table, struct error *error)
{
    struct hdf5_state *state = NULL;
    TRY(memory_array(&state, 1, sizeof *state, error));
    state->file = H5I_INVALID_HID;
    table->state = state;
    TRY(h5_open_input(table->path, &state->file, STATUS_INPUT, error));
    return add_group(table, "", state->file, 0, error);
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    hsize_t dims[H5_MAX_RANK] = {0};
    const struct hdf5_state *const state = table->state;
    TRY(h5_open_array(state->file, table->path, array->place, array->rank, MAX_AXIS, &dataset, dims,
                      error));
    const bool good = h5_read_doubles(dataset, values);
    (void)H5Dclose(dataset);
    return good ? STATUS_OK : h5_error(error, STATUS_INPUT, table->path, array->name);
}

static void close_hdf5(struct import_table *table)
{
    struct hdf5_state *const state = table->state;
    if (state != NULL) {
        if (state->file >= 0) {
            (void)H5Fclose(state->file);
        }
        free(state);
    }
}

const struct import_format IMPORT_HDF5 = {
    .name = "HDF5",
    .detect = detect,
    .open = open_hdf5,
    .load = load,
    .close = close_hdf5,
};
