#include "core/memory.h"
#include "store/format3.h"
#include "store/h5.h"
#include "store/results_internal.h"
#include "store/results_parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status results_damaged(const char *path, const char *name, const char *what,
                            struct error *error)
{
    (void)H5Eclear2(H5E_DEFAULT);
    return error_set(error, STATUS_DAMAGED, "%s: %s %s", path, name, what);
}

enum status results_other_format(const char *path, long long version, struct error *error)
{
    return error_set(error, STATUS_MISMATCH, "%s: format_version is %lld, expected %d", path,
                     version, RESULTS_FORMAT_VERSION);
}

/* ---- what a dataset must be ---- */

static bool has_text_type(const struct results *results, const struct dataset *dataset, hid_t found)
{
    if (H5Tget_class(found) != H5T_STRING) {
        return false;
    }
    if (results->version == RESULTS_FORMAT_OLDEST) {
        return H5Tis_variable_str(found) == 0;
    }
    return dataset->kind == DATASET_MESSAGE
               ? H5Tis_variable_str(found) == 0 && H5Tget_size(found) == 1
               : H5Tis_variable_str(found) > 0;
}

static bool has_type(const struct results *results, const struct dataset *dataset)
{
    if (dataset->type == VALUE_TYPE_COUNT) {
        return true; /* a dimension without labels: what lies in it is never read */
    }
    const hid_t found = H5Dget_type(dataset->id);
    const bool good = dataset->type == VALUE_TEXT
                          ? has_text_type(results, dataset, found)
                          : H5Tequal(found, value_h5_type(dataset->type)) > 0;
    (void)H5Tclose(found);
    return good;
}

/* dims[DATASET_AXES_MAX] */
static bool has_shape(hid_t dataset, int n_axes, hsize_t *dims)
{
    const hid_t space = H5Dget_space(dataset);
    hsize_t found[H5S_MAX_RANK] = {0};
    const int rank = H5Sget_simple_extent_dims(space, found, NULL);
    (void)H5Sclose(space);
    memcpy(dims, found, DATASET_AXES_MAX * sizeof *dims);
    return rank == n_axes;
}

/* Within the file, too: storage that was never allocated claims any size for nothing. */
static bool is_contiguous(hid_t file, hid_t dataset)
{
    const hid_t properties = H5Dget_create_plist(dataset);
    const haddr_t offset = H5Dget_offset(dataset);
    hsize_t size = 0;
    const bool good = H5Pget_layout(properties) == H5D_CONTIGUOUS &&
                      H5Pget_external_count(properties) == 0 && offset != HADDR_UNDEF &&
                      H5Fget_filesize(file, &size) >= 0 && offset <= size &&
                      H5Dget_storage_size(dataset) <= size - offset;
    (void)H5Pclose(properties);
    return good;
}

/* The scales come first in the list, so the lengths of the axes are known when they are needed. */
static enum status check_lengths(struct results *results, const struct dataset *dataset,
                                 const hsize_t *dims, struct error *error)
{
    for (int i = 0; i < dataset->n_axes; i++) {
        hsize_t *const length = &results->layout.lengths[dataset->axes[i]];
        if (dataset->kind == DATASET_SCALE) {
            *length = dims[i];
        }
        const bool is_bare = dataset->type == VALUE_TYPE_COUNT; /* its length is no choice */
        if (dims[i] != *length || dims[i] == 0 || dims[i] > INT32_MAX ||
            (is_bare && dims[i] != RESULTS_MESSAGE_SIZE)) {
            return results_damaged(results->path, dataset->name, "has an unexpected shape", error);
        }
    }
    return STATUS_OK;
}

/* Labels of cases that the first files of format 4 lack, all of them. */
static bool is_missing(const struct results *results, const char *name)
{
    static const char *const younger[] = {"gauge", "order", "leak", "leak_form"};
    bool is_one = false;
    bool is_any_there = false;
    for (size_t i = 0; i < sizeof younger / sizeof younger[0]; i++) {
        is_one = is_one || strcmp(name, younger[i]) == 0;
        is_any_there = is_any_there || h5_exists(results->file, younger[i]);
    }
    return is_one && !is_any_there;
}

/* Its name in this file; NULL when files of its format have none. */
static const char *stored_name(const struct results *results, const struct dataset *dataset)
{
    return results->version == RESULTS_FORMAT_OLDEST ? format3_name(dataset)
           : is_missing(results, dataset->name)      ? NULL
                                                     : dataset->name;
}

static enum status open_dataset(struct results *results, struct dataset *dataset,
                                struct error *error)
{
    const char *const name = stored_name(results, dataset);
    hsize_t dims[DATASET_AXES_MAX] = {0};
    if (!h5_is_hard_link(results->file, name)) {
        return results_damaged(results->path, name, "is missing", error);
    }
    dataset->id = H5Dopen2(results->file, name, H5P_DEFAULT);
    if (dataset->id < 0) {
        dataset->id = 0;
        return results_damaged(results->path, name, "cannot be opened", error);
    }
    const bool is_old = results->version == RESULTS_FORMAT_OLDEST;
    const int n_axes = is_old && dataset->kind == DATASET_MESSAGE ? 1 : dataset->n_axes;
    if (!has_type(results, dataset) || !has_shape(dataset->id, n_axes, dims)) {
        return results_damaged(results->path, name, "has an unexpected type or rank", error);
    }
    if (!is_contiguous(results->file, dataset->id)) {
        return results_damaged(results->path, name, "is not stored contiguously in the file",
                               error);
    }
    if (n_axes < dataset->n_axes) { /* a message of format 3: its width is no axis there */
        dims[1] = results->layout.lengths[dataset->axes[1]];
    }
    dataset->space = H5Dget_space(dataset->id);
    return check_lengths(results, dataset, dims, error);
}

/* ---- /run ---- */

/* Of a compound type the members count, each of its own type, which HDF5 finds by their names:
 * older files lack some. */
static bool has_exact_type(hid_t dataset, hid_t type)
{
    const hid_t found = H5Dget_type(dataset);
    const bool is_compound = H5Tget_class(type) == H5T_COMPOUND;
    const int n_members = is_compound ? H5Tget_nmembers(type) : 0;
    bool good = is_compound
                    ? H5Tget_class(found) == H5T_COMPOUND && H5Tget_nmembers(found) == n_members
                    : H5Tequal(found, type) > 0;
    for (unsigned i = 0; good && i < (unsigned)n_members; i++) {
        char *const name = H5Tget_member_name(type, i);
        const int place = H5Tget_member_index(found, name);
        const hid_t expected = H5Tget_member_type(type, i);
        const hid_t member =
            place >= 0 ? H5Tget_member_type(found, (unsigned)place) : H5I_INVALID_HID;
        good = member >= 0 && H5Tequal(member, expected) > 0;
        (void)H5Tclose(member);
        (void)H5Tclose(expected);
        (void)H5free_memory(name);
    }
    (void)H5Tclose(found);
    return good;
}

static enum status open_run_dataset(struct results *results, enum run_dataset run,
                                    struct error *error)
{
    const struct run_shape *const shape = &RUN_SHAPES[run];
    const hsize_t rows = shape->rows > 0 ? shape->rows : results->layout.lengths[0];
    const int rank = shape->columns > 1 ? 2 : 1;
    hsize_t dims[DATASET_AXES_MAX] = {0};
    if (shape->is_optional && H5Lexists(results->file, shape->name, H5P_DEFAULT) == 0) {
        return STATUS_OK;
    }
    if (!h5_is_hard_link(results->file, "run") || !h5_is_hard_link(results->file, shape->name)) {
        return results_damaged(results->path, shape->name, "is missing", error);
    }
    const hid_t dataset = H5Dopen2(results->file, shape->name, H5P_DEFAULT);
    results->run[run] = dataset;
    if (dataset < 0 || !has_shape(dataset, rank, dims) || dims[0] != rows ||
        (rank > 1 && dims[1] != shape->columns) || !is_contiguous(results->file, dataset)) {
        return results_damaged(results->path, shape->name, "has an unexpected shape", error);
    }
    const hid_t type = run_type(run, results->version);
    const bool has_run_type = has_exact_type(dataset, type);
    (void)H5Tclose(type);
    return has_run_type
               ? STATUS_OK
               : results_damaged(results->path, shape->name, "has an unexpected type", error);
}

/* ---- opening ---- */

static enum status check_version(struct results *results, bool to_write, struct error *error)
{
    static const char name[] = "format_version";
    int64_t version = -1;
    /* a root group that cannot be read may well be that of a results file */
    const htri_t exists = H5Aexists(results->file, name);
    const hid_t attribute =
        exists > 0 ? H5Aopen(results->file, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute >= 0) {
        (void)H5Aclose(attribute);
    }
    if (exists != 0 && attribute < 0) {
        return results_damaged(results->path, "root group", "cannot be read", error);
    }
    if (h5_read_integer_attribute(results->file, results->path, name, &version, error) !=
            STATUS_OK ||
        version == -1) {
        return error_set(error, STATUS_OUTPUT_TAKEN,
                         "%s: an HDF5 file, but no results file of this program", results->path);
    }
    const int oldest = to_write ? RESULTS_FORMAT_VERSION : RESULTS_FORMAT_OLDEST;
    if (version < oldest || version > RESULTS_FORMAT_VERSION) {
        return results_other_format(results->path, (long long)version, error);
    }
    results->version = (int)version;
    return STATUS_OK;
}

static bool is_stored(const struct results *results, const struct dataset *dataset)
{
    const char *const name = stored_name(results, dataset);
    return name != NULL && H5Lexists(results->file, name, H5P_DEFAULT) > 0;
}

/* Whether anything of a table is in the file: what is left of one is damage, not another study. */
static bool table_is_stored(const struct results *results, int table)
{
    const struct layout *const layout = &results->layout;
    const int n = variables_count(layout->schema.tables[table].variables) + TABLE_FIELD_COUNT;
    for (int i = 0; i < n; i++) {
        if (is_stored(results, &layout->datasets[layout->tables[table] + i])) {
            return true;
        }
    }
    return false;
}

static bool has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);
    const char *at = words;
    while (*at != '\0' &&
           (strncmp(at, word, length) != 0 || (at[length] != ' ' && at[length] != '\0'))) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return *at != '\0';
}

/* A measure that was added to the program later is not in older files; one that the program does
 * not know is part of checksums that it cannot check. */
static enum status choose_measures(const struct results *results, struct schema *found,
                                   const struct schema *schema, struct error *error)
{
    char *names = NULL;
    size_t length = 0; /* of the names that are known, in a list */
    if (results->version == RESULTS_FORMAT_OLDEST) {
        TRY(memory_string(&names, FORMAT3_MEASURES, error));
    } else {
        TRY(results_read_attribute(results, "measures", &names, error));
    }
    found->n_measures = 0;
    for (int i = 0; i < schema->n_measures; i++) {
        if (has_word(names, schema->measures[i]->name)) {
            found->measures[found->n_measures] = schema->measures[i];
            found->places[found->n_measures++] = schema->places[i];
            length += strlen(schema->measures[i]->name) + (length > 0);
        }
    }
    const enum status status =
        strlen(names) == length
            ? STATUS_OK
            : error_set(error, STATUS_MISMATCH,
                        "%s: has the measures '%.200s', of which this program knows %d",
                        results->path, names, found->n_measures);
    free(names);
    return status;
}

static enum status choose_schema(struct results *results, const struct schema *schema,
                                 struct error *error)
{
    struct schema found = *schema;
    found.n_tables = 0;
    found.of_pairs = H5Aexists(results->file, RESULTS_SOURCES) > 0;
    if (schema->of_pairs && !found.of_pairs) {
        return error_set(error, STATUS_OUTPUT_TAKEN,
                         "%s: results of a study, expected a file of pairs", results->path);
    }
    TRY(layout_create(&results->layout, schema, error));
    for (int t = 0; t < schema->n_tables; t++) {
        if (schema->tables[t].of_pairs == found.of_pairs && table_is_stored(results, t)) {
            found.tables[found.n_tables++] = schema->tables[t];
        }
    }
    const enum status status = choose_measures(results, &found, schema, error);
    layout_release(&results->layout);
    TRY(status);
    return layout_create(&results->layout, &found, error);
}

/* An axis of an optional part is in the file when anything over it is. Its length is known when its
 * scale has been opened; until then it is 1. */
static void find_axes(struct results *results)
{
    struct layout *const layout = &results->layout;
    for (int i = 0; i < layout->n_datasets; i++) {
        const struct dataset *const dataset = &layout->datasets[i];
        for (int k = 0; k < dataset->n_axes && is_stored(results, dataset); k++) {
            layout->lengths[dataset->axes[k]] = 1;
        }
    }
    if (results->version == RESULTS_FORMAT_OLDEST) {
        layout->lengths[layout_axis(layout, "message_character")] = RESULTS_MESSAGE_SIZE;
    }
    static const char *const needed[] = {"case", "alpha", "ablation"};
    const size_t n_needed = layout->schema.of_pairs ? 1 : sizeof needed / sizeof needed[0];
    for (size_t i = 0; i < n_needed; i++) {
        layout->lengths[layout_axis(layout, needed[i])] = 1;
    }
}

static enum status open_datasets(struct results *results, const struct schema *schema,
                                 bool to_write, struct error *error)
{
    struct layout *const layout = &results->layout;
    TRY(check_version(results, to_write, error));
    TRY(choose_schema(results, schema, error));
    find_axes(results);
    for (int i = 0; i < layout->n_datasets; i++) {
        struct dataset *const dataset = &layout->datasets[i];
        if (layout_has(layout, dataset) && stored_name(results, dataset) != NULL) {
            TRY(open_dataset(results, dataset, error));
        }
    }
    for (enum run_dataset run = 0; run < RUN_COUNT; run++) {
        TRY(open_run_dataset(results, run, error));
    }
    return STATUS_OK;
}

/* Closes what is open, without flushing. */
static void release(struct results *results)
{
    layout_release(&results->layout);
    for (int i = 0; i < RUN_COUNT; i++) {
        if (results->run[i] > 0) {
            (void)H5Dclose(results->run[i]);
        }
    }
    if (results->file > 0) {
        (void)H5Fclose(results->file);
    }
    free(results->path);
    free(results);
}

static enum status finish_open(struct results **out, enum status status)
{
    if (status != STATUS_OK) {
        release(*out);
        *out = NULL;
    }
    return status;
}

static enum status begin(struct results **out, const char *path, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    return finish_open(out, memory_string(&(*out)->path, path, error));
}

enum status results_open(struct results **out, const char *path, enum results_access access,
                         const struct schema *schema, struct error *error)
{
    const enum status bad = h5_has_signature(path) ? STATUS_DAMAGED : STATUS_OUTPUT_TAKEN;
    TRY(begin(out, path, error));
    enum status status = h5_open_input(path, &(*out)->file, bad, error);
    if (status == STATUS_OK && access == RESULTS_WRITE) {
        (void)H5Fclose((*out)->file);
        (*out)->file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        if ((*out)->file < 0) {
            status = h5_error(error, STATUS_IO, path, "cannot open for writing");
        }
    }
    THEN(status, open_datasets(*out, schema, access == RESULTS_WRITE, error));
    return finish_open(out, status);
}

enum status results_open_parallel(struct results **out, const char *path, MPI_Comm comm,
                                  const struct schema *schema, struct error *error)
{
    TRY(begin(out, path, error));
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    enum status status = STATUS_OK;
    if (H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL) < 0) {
        status = h5_error(error, STATUS_INTERNAL, path, "no MPI-IO");
    } else {
        (*out)->file = H5Fopen(path, H5F_ACC_RDWR, access);
        status = (*out)->file >= 0 ? open_datasets(*out, schema, true, error)
                                   : h5_error(error, STATUS_IO, path, "cannot open through MPI-IO");
    }
    (void)H5Pclose(access);
    return finish_open(out, status);
}

enum status results_close(struct results **results, struct error *error)
{
    enum status status = STATUS_OK;
    unsigned intent = H5F_ACC_RDONLY;
    struct results *const old = *results;
    if (old == NULL) {
        return STATUS_OK;
    }
    if (old->file > 0 && H5Fget_intent(old->file, &intent) >= 0 && intent != H5F_ACC_RDONLY &&
        H5Fflush(old->file, H5F_SCOPE_GLOBAL) < 0) {
        status = h5_error(error, STATUS_IO, old->path, "cannot flush");
    }
    release(old);
    *results = NULL;
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
