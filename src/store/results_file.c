#include "store/results_file.h"

#include "core/memory.h"
#include "core/text.h"
#include "store/h5.h"
#include "store/results_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status damaged(const char *path, const char *name, const char *what,
                           struct error *error)
{
    (void)H5Eclear2(H5E_DEFAULT);
    return error_set(error, STATUS_DAMAGED, "%s: %s %s", path, name, what);
}

static bool has_type(hid_t dataset, enum value_type type, size_t *text_width)
{
    const hid_t found = H5Dget_type(dataset);
    bool good = false;
    if (type == VALUE_TEXT) {
        good = H5Tget_class(found) == H5T_STRING && H5Tis_variable_str(found) == 0;
        *text_width = H5Tget_size(found);
    } else {
        good = H5Tequal(found, value_memory_type(type)) > 0;
    }
    (void)H5Tclose(found);
    return good;
}

static bool has_shape(hid_t dataset, int n_axes, hsize_t *dims)
{
    const hid_t space = H5Dget_space(dataset);
    hsize_t found[H5S_MAX_RANK] = {0};
    const int rank = H5Sget_simple_extent_dims(space, found, NULL);
    (void)H5Sclose(space);
    memcpy(dims, found, RESULTS_MAX_AXES * sizeof *dims);
    return rank == n_axes;
}

/* Storage that was never allocated claims any size for nothing. */
static bool lies_in_file(hid_t file, hid_t dataset)
{
    hsize_t size = 0;
    const haddr_t offset = H5Dget_offset(dataset);
    return offset != HADDR_UNDEF && H5Fget_filesize(file, &size) >= 0 && offset <= size &&
           H5Dget_storage_size(dataset) <= size - offset;
}

static bool is_contiguous(hid_t file, hid_t dataset)
{
    const hid_t properties = H5Dget_create_plist(dataset);
    const bool good = H5Pget_layout(properties) == H5D_CONTIGUOUS &&
                      H5Pget_external_count(properties) == 0 && lies_in_file(file, dataset);
    (void)H5Pclose(properties);
    return good;
}

/* The scales come first in the table, so the lengths of the axes are known when they are needed. */
static enum status check_lengths(struct results *results, enum variable_id id, const hsize_t *dims,
                                 struct error *error)
{
    const struct variable *const variable = &VARIABLES[id];
    for (int i = 0; i < variable->n_axes; i++) {
        hsize_t *const length = &results->lengths[variable->axes[i]];
        if (variable->is_scale) {
            *length = dims[i];
        }
        if (dims[i] != *length || dims[i] == 0 || dims[i] > INT32_MAX) {
            return damaged(results->path, variable->name, "has an unexpected shape", error);
        }
    }
    return STATUS_OK;
}

static enum status open_dataset(struct results *results, enum variable_id id, struct error *error)
{
    const struct variable *const variable = &VARIABLES[id];
    if (!h5_is_hard_link(results->file, variable->name)) {
        return damaged(results->path, variable->name, "is missing", error);
    }
    const hid_t dataset = H5Dopen2(results->file, variable->name, H5P_DEFAULT);
    results->datasets[id] = dataset;
    if (dataset < 0) {
        return damaged(results->path, variable->name, "cannot be opened", error);
    }
    hsize_t dims[RESULTS_MAX_AXES] = {0};
    if (!has_type(dataset, variable->type, &results->text_width[id]) ||
        !has_shape(dataset, variable->n_axes, dims)) {
        return damaged(results->path, variable->name, "has an unexpected type or rank", error);
    }
    if (!is_contiguous(results->file, dataset)) {
        return damaged(results->path, variable->name, "is not stored contiguously in the file",
                       error);
    }
    return check_lengths(results, id, dims, error);
}

static bool has_exact_type(hid_t dataset, hid_t type)
{
    const hid_t found = H5Dget_type(dataset);
    const bool good = H5Tequal(found, type) > 0;
    (void)H5Tclose(found);
    return good;
}

static enum status open_run_dataset(struct results *results, const char *name, hid_t type,
                                    hid_t *dataset, hsize_t count, hsize_t columns,
                                    struct error *error)
{
    hsize_t dims[RESULTS_MAX_AXES] = {0};
    const int rank = columns > 1 ? 2 : 1;
    if (!h5_is_hard_link(results->file, "run") || !h5_is_hard_link(results->file, name)) {
        return damaged(results->path, name, "is missing", error);
    }
    *dataset = H5Dopen2(results->file, name, H5P_DEFAULT);
    if (*dataset < 0 || !has_shape(*dataset, rank, dims) || dims[0] != count ||
        (rank > 1 && dims[1] != columns) || !is_contiguous(results->file, *dataset)) {
        return damaged(results->path, name, "has an unexpected shape", error);
    }
    return has_exact_type(*dataset, type)
               ? STATUS_OK
               : damaged(results->path, name, "has an unexpected type", error);
}

/* A root group that cannot be read may well be that of a results file. */
static bool attribute_is_readable(hid_t file, const char *name)
{
    const htri_t exists = H5Aexists(file, name);
    const hid_t attribute = exists > 0 ? H5Aopen(file, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute >= 0) {
        (void)H5Aclose(attribute);
    }
    return exists == 0 || attribute >= 0;
}

static enum status check_version(const struct results *results, struct error *error)
{
    static const char name[] = "format_version";
    int64_t version = -1;
    if (!attribute_is_readable(results->file, name)) {
        return damaged(results->path, "root group", "cannot be read", error);
    }
    if (h5_read_integer_attribute(results->file, results->path, name, &version, error) !=
            STATUS_OK ||
        version == -1) {
        return error_set(error, STATUS_OUTPUT_TAKEN,
                         "%s: an HDF5 file, but no results file of this program", results->path);
    }
    if (version != RESULTS_FORMAT_VERSION) {
        return error_set(error, STATUS_MISMATCH, "%s: format_version is %lld, expected %d",
                         results->path, (long long)version, RESULTS_FORMAT_VERSION);
    }
    return STATUS_OK;
}

/* Any of its variables: one that is left alone is no file without the profile, but a damaged one.
 */
static bool has_partitions(hid_t file)
{
    static const hsize_t without[AXIS_COUNT] = {0};
    for (int id = 0; id < VAR_COUNT; id++) {
        if (!variable_is_there((enum variable_id)id, without) &&
            H5Lexists(file, VARIABLES[id].name, H5P_DEFAULT) > 0) {
            return true;
        }
    }
    return false;
}

static enum status open_datasets(struct results *results, struct error *error)
{
    TRY(check_version(results, error));
    /* Its length is known when its scale has been opened. */
    results->lengths[AXIS_PARTITION] = has_partitions(results->file) ? 1 : 0;
    for (int id = 0; id < VAR_COUNT; id++) {
        if (variable_is_there((enum variable_id)id, results->lengths)) {
            TRY(open_dataset(results, (enum variable_id)id, error));
        }
    }
    const hid_t type = epoch_type();
    const enum status status =
        open_run_dataset(results, "run/epochs", type, &results->epochs, RESULTS_EPOCHS, 1, error);
    (void)H5Tclose(type);
    TRY(status);
    TRY(open_run_dataset(results, "run/attempts", H5T_STD_U8LE, &results->attempts,
                         results->lengths[AXIS_CASE], 1, error));
    return open_run_dataset(results, "run/faults", H5T_STD_U8LE, &results->faults,
                            results->lengths[AXIS_CASE], FAULT_COUNT, error);
}

/* Closes what is open, without flushing. */
static void release(struct results *results)
{
    for (int id = 0; id < VAR_COUNT; id++) {
        if (results->datasets[id] > 0) {
            (void)H5Dclose(results->datasets[id]);
        }
    }
    if (results->epochs > 0) {
        (void)H5Dclose(results->epochs);
    }
    if (results->attempts > 0) {
        (void)H5Dclose(results->attempts);
    }
    if (results->faults > 0) {
        (void)H5Dclose(results->faults);
    }
    if (results->file > 0) {
        (void)H5Fclose(results->file);
    }
    free(results->path);
    *results = (struct results){0};
}

static enum status begin(struct results *results, const char *path, struct error *error)
{
    *results = (struct results){0};
    return memory_string(&results->path, path, error);
}

enum status results_open(struct results *results, const char *path, enum results_access access,
                         struct error *error)
{
    const enum status bad = h5_has_signature(path) ? STATUS_DAMAGED : STATUS_OUTPUT_TAKEN;
    TRY(begin(results, path, error));
    enum status status = h5_open_input(path, &results->file, bad, error);
    if (status == STATUS_OK && access == RESULTS_WRITE) {
        (void)H5Fclose(results->file);
        results->file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        status = results->file >= 0 ? STATUS_OK
                                    : h5_error(error, STATUS_IO, path, "cannot open for writing");
    }
    if (status == STATUS_OK) {
        status = open_datasets(results, error);
    }
    if (status != STATUS_OK) {
        release(results);
    }
    return status;
}

enum status results_open_parallel(struct results *results, const char *path, MPI_Comm comm,
                                  struct error *error)
{
    TRY(begin(results, path, error));
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    enum status status = STATUS_OK;
    if (H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL) < 0) {
        status = h5_error(error, STATUS_INTERNAL, path, "no MPI-IO");
    } else {
        results->file = H5Fopen(path, H5F_ACC_RDWR, access);
        status = results->file >= 0
                     ? open_datasets(results, error)
                     : h5_error(error, STATUS_IO, path, "cannot open through MPI-IO");
    }
    (void)H5Pclose(access);
    if (status != STATUS_OK) {
        release(results);
    }
    return status;
}

enum status results_close(struct results *results, struct error *error)
{
    enum status status = STATUS_OK;
    unsigned intent = H5F_ACC_RDONLY;
    if (results->file > 0 && H5Fget_intent(results->file, &intent) >= 0 &&
        intent != H5F_ACC_RDONLY && H5Fflush(results->file, H5F_SCOPE_GLOBAL) < 0) {
        status = h5_error(error, STATUS_IO, results->path, "cannot flush");
    }
    release(results);
    return status;
}

enum status results_sync(const struct results *results, struct error *error)
{
    const int descriptor = open(results->path, O_RDONLY | O_CLOEXEC);
    const bool good = descriptor >= 0 && fdatasync(descriptor) == 0;
    const int reason = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return good ? STATUS_OK
                : error_set(error, STATUS_IO, "%s: cannot sync: %s", results->path,
                            strerror(reason));
}

bool results_has(const struct results *results, enum variable_id id)
{
    return variable_is_there(id, results->lengths);
}

size_t results_count(const struct results *results, enum variable_id id)
{
    size_t count = 1;
    for (int i = 0; i < VARIABLES[id].n_axes; i++) {
        count *= (size_t)results->lengths[VARIABLES[id].axes[i]];
    }
    return count;
}

static enum status bad_read(const struct results *results, const char *name, struct error *error)
{
    char what[64];
    (void)snprintf(what, sizeof what, "cannot read %s", name);
    return h5_error(error, STATUS_DAMAGED, results->path, what);
}

enum status results_read(const struct results *results, enum variable_id id, void *values,
                         struct error *error)
{
    const herr_t result = H5Dread(results->datasets[id], value_memory_type(VARIABLES[id].type),
                                  H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    return result >= 0 ? STATUS_OK : bad_read(results, VARIABLES[id].name, error);
}

enum status results_read_cases(const struct results *results, enum variable_id id,
                               int64_t first_case, int64_t n_cases, void *values,
                               struct error *error)
{
    hsize_t start[RESULTS_MAX_AXES] = {0};
    hsize_t count[RESULTS_MAX_AXES] = {0};
    const hid_t dataset = results->datasets[id];
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, count, NULL);
    start[0] = (hsize_t)first_case;
    count[0] = (hsize_t)n_cases;
    const hid_t memory_space = rank > 0 ? H5Screate_simple(rank, count, NULL) : H5I_INVALID_HID;
    const bool good = memory_space >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                      H5Dread(dataset, value_memory_type(VARIABLES[id].type), memory_space, space,
                              H5P_DEFAULT, values) >= 0;
    (void)H5Sclose(memory_space);
    (void)H5Sclose(space);
    return good ? STATUS_OK : bad_read(results, VARIABLES[id].name, error);
}

enum status results_read_texts(const struct results *results, enum variable_id id, char **texts,
                               size_t *stride, struct error *error)
{
    *stride = results->text_width[id] + 1;
    TRY(memory_array2(texts, results_count(results, id), *stride, 1, error));
    /* A type one byte wider than the stored one always leaves room for the NUL. */
    const hid_t type = h5_string_type(*stride);
    const herr_t result =
        H5Dread(results->datasets[id], type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *texts);
    (void)H5Tclose(type);
    if (result < 0) {
        free(*texts);
        *texts = NULL;
        return bad_read(results, VARIABLES[id].name, error);
    }
    return STATUS_OK;
}

enum status results_read_attribute(const struct results *results, const char *name, char **text,
                                   struct error *error)
{
    if (H5Aexists(results->file, name) <= 0) {
        return damaged(results->path, name, "is missing", error);
    }
    const hid_t attribute = H5Aopen(results->file, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    const size_t size = H5Tget_size(type);
    enum status status = STATUS_OK;
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0 ||
        H5Aget_storage_size(attribute) != size) { /* an array of strings would need more room */
        status = damaged(results->path, name, "is not a string", error);
    } else {
        status = memory_array(text, size + 1, 1, error);
    }
    if (status == STATUS_OK && H5Aread(attribute, type, *text) < 0) {
        free(*text);
        *text = NULL;
        status = bad_read(results, name, error);
    }
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
    return status;
}

enum status results_read_number(const struct results *results, const char *name, double *value,
                                struct error *error)
{
    return h5_read_real_attribute(results->file, name, value)
               ? STATUS_OK
               : damaged(results->path, name, "is missing or no number", error);
}

enum status results_read_epochs(const struct results *results, struct epoch *epochs,
                                struct error *error)
{
    const hid_t type = epoch_type();
    const herr_t result = H5Dread(results->epochs, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, epochs);
    (void)H5Tclose(type);
    if (result < 0) {
        return bad_read(results, "run/epochs", error);
    }
    for (int i = 0; i < RESULTS_EPOCHS; i++) { /* whatever the file holds, these are texts */
        epochs[i].host[RESULTS_HOST_SIZE - 1] = '\0';
        epochs[i].job[RESULTS_JOB_SIZE - 1] = '\0';
        text_clean(epochs[i].host);
        text_clean(epochs[i].job);
    }
    return STATUS_OK;
}
