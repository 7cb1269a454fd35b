/* Any HDF5 file: its datasets of numbers by their path, '/' written as '.'. It may begin with a
 * user block, as MATLAB's do, whose arrays are stored with their axes in reverse order. */
#include "import/elements.h"
#include "import/hdf5_attributes.h"
#include "import/hdf5_file.h"
#include "import/hdf5_matlab.h"
#include "import/keras/config.h"
#include "import/keras/names.h"
#include "import/table.h"
#include "store/h5.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, NOTE_SIZE = 257, PATH_SIZE = IMPORT_NAME_LENGTH + 1 };

static const hsize_t MAX_AXIS = (hsize_t)1 << 24;

/* Where an array lies. */
struct hdf5_place {
    bool is_reversed;     /* the axes, as MATLAB stores them */
    char path[PATH_SIZE]; /* of the dataset */
};

struct hdf5_state {
    hid_t file;
    size_t n_links; /* looked at so far: groups may contain themselves */
    size_t n_attributes_left;
};

static bool detect(const unsigned char *head, size_t size)
{
    static const char MATLAB[] = "MATLAB 7.3 MAT-file";
    return (size >= 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0) ||
           (size >= strlen(MATLAB) && memcmp(head, MATLAB, strlen(MATLAB)) == 0);
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

static void name_of(const char *path, char name[PATH_SIZE])
{
    (void)snprintf(name, PATH_SIZE, "%s", path);
    for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '.';
    }
}

/* A dataset that is being added. */
struct dataset {
    const char *path;
    const char *name;
    hid_t dataset;
    hid_t space;
    hid_t type;
};

static enum status add_numbers(struct import_table *table, const struct dataset *from,
                               bool is_reversed, struct error *error)
{
    hsize_t found[H5S_MAX_RANK] = {0};
    uint64_t dims[H5S_MAX_RANK] = {0};
    struct hdf5_place *place = NULL;
    const int rank = H5Sget_simple_extent_dims(from->space, found, NULL);
    for (int i = 0; i < rank; i++) {
        dims[i] = found[is_reversed ? rank - 1 - i : i];
    }
    TRY(memory_array(&place, 1, sizeof *place, error));
    place->is_reversed = is_reversed;
    (void)snprintf(place->path, sizeof place->path, "%s", from->path);
    return import_table_add(table, from->name, rank > 0 ? rank : 0, dims,
                            storage_problem(from->dataset, from->space, from->type), place, error);
}

static enum status add_by_type(struct import_table *table, const struct dataset *from,
                               struct error *error)
{
    static const char NO_NUMBERS[] = "it is not an array of numbers";
    char reason[MATLAB_REASON_SIZE] = "";
    char text[NOTE_SIZE];
    const enum matlab_kind kind = hdf5_matlab_kind(from->dataset, reason);
    if (kind == MATLAB_EMPTY) {
        return STATUS_OK;
    }
    if (kind == MATLAB_OTHER) {
        return import_table_add(table, from->name, 0, NULL, reason, NULL, error);
    }
    if (h5_is_number(from->type)) {
        return kind == MATLAB_TEXT &&
                       storage_problem(from->dataset, from->space, from->type) == NULL
                   ? hdf5_add_matlab_text(table, from->name, from->dataset, error)
                   : add_numbers(table, from, kind == MATLAB_NUMBERS, error);
    }
    return H5Tget_class(from->type) == H5T_STRING &&
                   H5Sget_simple_extent_npoints(from->space) == 1 &&
                   h5_is_plain_storage(from->dataset) && read_text(from->dataset, from->type, text)
               ? import_table_note(table, from->name, text, error)
               : import_table_add(table, from->name, 0, NULL, NO_NUMBERS, NULL, error);
}

static enum status add_dataset(struct import_table *table, const char *path, hid_t dataset,
                               struct error *error)
{
    char name[PATH_SIZE];
    const struct dataset from = {path, name, dataset, H5Dget_space(dataset), H5Dget_type(dataset)};
    name_of(path, name);
    const enum status status = add_by_type(table, &from, error);
    (void)H5Sclose(from.space);
    (void)H5Tclose(from.type);
    (void)H5Eclear2(H5E_DEFAULT);
    return status;
}

/* ---- groups ---- */

static enum status add_group(struct import_table *table, const char *path, hid_t group, int depth,
                             struct error *error);

/* A sparse array is a group of its three vectors, an empty struct a dataset. */
static enum status enter_group(struct import_table *table, const char *path, hid_t group, int depth,
                               struct error *error)
{
    char reason[MATLAB_REASON_SIZE] = "";
    char name[PATH_SIZE];
    if (depth == MAX_DEPTH) {
        return error_set(error, STATUS_INPUT, "%s: groups nested deeper than %d: %s", table->path,
                         MAX_DEPTH, path);
    }
    if (H5Aexists(group, "MATLAB_sparse") > 0 && hdf5_matlab_kind(group, reason) == MATLAB_OTHER) {
        name_of(path, name);
        return import_table_add(table, name, 0, NULL, reason, NULL, error);
    }
    return add_group(table, path, group, depth + 1, error);
}

static enum status add_object(struct import_table *table, const char *path, int depth,
                              struct error *error)
{
    struct hdf5_state *const state = table->state;
    const hid_t object = H5Oopen(state->file, path, H5P_DEFAULT);
    enum status status = STATUS_OK;
    if (object < 0) {
        return h5_error(error, STATUS_INPUT, table->path, "damaged HDF5 object");
    }
    const H5I_type_t type = H5Iget_type(object);
    if (type == H5I_DATASET) {
        status = add_dataset(table, path, object, error);
        THEN(status, hdf5_add_attributes(table, object, path, &state->n_attributes_left, error));
    } else if (type == H5I_GROUP) {
        status = enter_group(table, path, object, depth, error);
    }
    (void)H5Oclose(object);
    return status;
}

/* A group on its way through its links. */
struct visit {
    struct import_table *table;
    const char *path; /* of the group */
    int depth;
    enum status status;
    struct error *error;
};

static enum status add_link(const struct visit *visit, const char *link, bool is_hard)
{
    char inner[PATH_SIZE];
    struct import_table *const table = visit->table;
    struct hdf5_state *const state = table->state;
    if (++state->n_links > IMPORT_MAX_ENTRIES) {
        return error_set(visit->error, STATUS_INPUT,
                         "%s: more than %d objects, expected those of a model", table->path,
                         IMPORT_MAX_ENTRIES);
    }
    if (strchr(link, '/') != NULL) { /* it would lead through other groups, or out of the file */
        return error_set(visit->error, STATUS_INPUT, "%s: a link with a '/' in its name: %s",
                         table->path, link);
    }
    const int size = snprintf(inner, sizeof inner, "%s%s%s", visit->path,
                              visit->path[0] != '\0' ? "/" : "", link);
    if (size >= (int)sizeof inner) {
        return error_set(visit->error, STATUS_INPUT, "%s: a name of %d bytes, expected at most %d",
                         table->path, size, IMPORT_NAME_LENGTH);
    }
    return is_hard && !hdf5_is_of_matlab(inner)
               ? add_object(table, inner, visit->depth, visit->error)
               : STATUS_OK;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct visit *const visit = data;
    (void)group;
    visit->status = add_link(visit, name, info->type == H5L_TYPE_HARD);
    return visit->status == STATUS_OK ? 0 : 1;
}

/* Only what is stored in this file: soft and external links are passed over. One after the other:
 * by their numbers, HDF5 would list them all for each. */
static enum status add_group(struct import_table *table, const char *path, hid_t group, int depth,
                             struct error *error)
{
    struct hdf5_state *const state = table->state;
    struct visit visit = {table, path, depth, STATUS_OK, error};
    TRY(hdf5_add_attributes(table, group, path, &state->n_attributes_left, error));
    const herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &visit);
    TRY(visit.status);
    return result >= 0 ? STATUS_OK
                       : h5_error(error, STATUS_INPUT, table->path, "damaged HDF5 group");
}

/* ---- format ---- */

enum status hdf5_adopt(struct import_table *table, hid_t file, struct error *error)
{
    struct hdf5_state *state = NULL;
    const enum status status = memory_array(&state, 1, sizeof *state, error);
    if (status != STATUS_OK) {
        (void)H5Fclose(file);
        return status;
    }
    state->file = file;
    state->n_attributes_left = HDF5_MAX_ATTRIBUTES;
    table->format = &IMPORT_HDF5;
    table->state = state;
    TRY(add_group(table, "", file, 0, error));
    TRY(keras_name_arrays(table, error));
    return keras_note_layers(table, error);
}

static enum status open_hdf5(struct import_table *table, struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    TRY(h5_open_input(table->path, &file, STATUS_INPUT, error));
    return hdf5_adopt(table, file, error);
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    hsize_t dims[H5_MAX_RANK] = {0};
    const struct hdf5_state *const state = table->state;
    const struct hdf5_place *const place = array->place;
    TRY(h5_open_array(state->file, table->path, place->path, array->rank, MAX_AXIS, &dataset, dims,
                      error));
    size_t count = 1;
    for (int i = 0; i < array->rank; i++) {
        count *= (size_t)dims[i];
    }
    if (count != array->count) { /* there is no room for more than it had */
        (void)H5Dclose(dataset);
        return error_set(error, STATUS_INPUT, "%s: %s has changed while it was read", table->path,
                         array->name);
    }
    const bool good = h5_read_doubles(dataset, values);
    (void)H5Dclose(dataset);
    if (!good) {
        return h5_error(error, STATUS_INPUT, table->path, array->name);
    }
    return place->is_reversed ? elements_reverse_axes(values, array->dims, error) : STATUS_OK;
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
