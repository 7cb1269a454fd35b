#include "store/results_grow.h"

#include "core/text.h"
#include "store/atomic_file.h"
#include "store/h5.h"
#include "store/results_internal.h"
#include "store/results_resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool results_lack(const struct results *results, const struct schema *schema)
{
    for (int t = 0; t < schema->n_tables; t++) {
        if (schema_find(results_schema(results), schema->tables[t].name) < 0) {
            return true;
        }
    }
    return false;
}

/* All of a dataset, as it is stored. */
static bool copy_all(hid_t from, hid_t to)
{
    const hid_t type = H5Dget_type(from);
    const hid_t space = H5Dget_space(from);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    void *const bytes = count > 0 ? malloc((size_t)count * H5Tget_size(type)) : NULL;
    const bool good = bytes != NULL &&
                      H5Dread(from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0 &&
                      H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0;
    free(bytes);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    return good;
}

/* Names and labels are those of the sweep, which both files have. */
static enum status copy_values(const struct results *old, const struct results *new_file,
                               struct error *error)
{
    for (int i = 0; i < old->layout.n_datasets; i++) {
        const struct dataset *const from = &old->layout.datasets[i];
        const struct dataset *const to = layout_find(&new_file->layout, from->name);
        const bool is_label = from->kind == DATASET_SCALE || from->kind == DATASET_LABEL;
        if (!is_label && from->id != 0 && to != NULL && !copy_all(from->id, to->id)) {
            return h5_error(error, STATUS_IO, new_file->path, from->name);
        }
    }
    for (int i = 0; i < RUN_COUNT; i++) {
        if (old->run[i] > 0 && !copy_all(old->run[i], new_file->run[i])) {
            return h5_error(error, STATUS_IO, new_file->path, "cannot copy /run");
        }
    }
    return STATUS_OK;
}

/* The file goes on being the same one. */
static enum status keep_uuid(const struct results *old, const struct results *new_file,
                             struct error *error)
{
    char *uuid = NULL;
    TRY(results_read_attribute(old, "file_uuid", &uuid, error));
    const bool good = H5Adelete(new_file->file, "file_uuid") >= 0 &&
                      h5_write_text(new_file->file, "file_uuid", uuid);
    free(uuid);
    return good ? STATUS_OK : h5_error(error, STATUS_IO, new_file->path, "file_uuid");
}

/* A name in the old file for which the new one has no place. */
struct stray {
    const struct layout *layout;
    char name[VARIABLE_NAME_SIZE];
};

static herr_t find_stray(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct stray *const stray = data;
    (void)group;
    (void)info;
    if (strcmp(name, "run") == 0 || strcmp(name, "tasks") == 0 || strcmp(name, RESULTS_OODS) == 0 ||
        layout_find(stray->layout, name) != NULL) {
        return 0;
    }
    (void)snprintf(stray->name, sizeof stray->name, "%s", name);
    text_clean(stray->name);
    return 1;
}

/* A diagnostic that the study no longer names stays in its file, and is not lost to a new one. */
static enum status check_nothing_is_lost(const struct results *old, struct error *error)
{
    struct stray stray = {.layout = &old->layout};
    const herr_t result =
        H5Literate(old->file, H5_INDEX_NAME, H5_ITER_INC, NULL, find_stray, &stray);
    if (result < 0) {
        return h5_error(error, STATUS_DAMAGED, old->path, "cannot list its variables");
    }
    return result == 0 ? STATUS_OK
                       : error_set(error, STATUS_MISMATCH,
                                   "%s: holds '%s' of a diagnostic that the study does not name: "
                                   "it would be lost (--fresh starts anew)",
                                   old->path, stray.name);
}

struct growth {
    const struct results *old;
    const struct sweep *sweep;
    const struct schema *schema;
    const struct provenance *provenance;
};

static enum status write_grown(const char *temporary, void *context, struct error *error)
{
    const struct growth *const growth = context;
    struct results *new_file = NULL;
    struct error ignored;
    TRY(results_create_at(temporary, growth->sweep, growth->schema, growth->provenance, error));
    TRY(results_open(&new_file, temporary, RESULTS_WRITE, growth->schema, error));
    enum status status = copy_values(growth->old, new_file, error);
    THEN(status, keep_uuid(growth->old, new_file, error));
    const enum status closed = results_close(&new_file, status == STATUS_OK ? error : &ignored);
    return status == STATUS_OK ? closed : status;
}

enum status results_grow(const char *path, const struct sweep *sweep, const struct schema *schema,
                         const struct provenance *provenance, struct error *error)
{
    struct growth growth = {.sweep = sweep, .schema = schema, .provenance = provenance};
    struct results *old = NULL;
    struct error ignored;
    TRY(results_open(&old, path, RESULTS_READ, schema, error));
    growth.old = old;
    enum status status = results_match(old, sweep, error);
    THEN(status, check_nothing_is_lost(old, error));
    THEN(status, atomic_file_replace(path, write_grown, &growth, error));
    (void)!results_close(&old, &ignored);
    return status;
}
