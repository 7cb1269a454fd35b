#include "store/results_create.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"
#include "store/atomic_file.h"
#include "store/h5.h"
#include "store/results_internal.h"

#include <hdf5_hl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct creation {
    const struct sweep *sweep;
    const struct schema *schema;
    const struct provenance *provenance;
    const char *path; /* of the temporary file */
    hid_t file;
    struct layout layout;
};

static enum status failed(const struct creation *creation, const char *what, struct error *error)
{
    return h5_error(error, STATUS_IO, creation->path, what);
}

static enum status put_text_attribute(const struct creation *creation, hid_t object,
                                      const char *name, const char *text, struct error *error)
{
    return h5_write_text(object, name, text) ? STATUS_OK : failed(creation, name, error);
}

static enum status put_number_attribute(const struct creation *creation, hid_t object,
                                        const char *name, hid_t type, const void *value,
                                        struct error *error)
{
    return h5_write_number(object, name, type, value) ? STATUS_OK : failed(creation, name, error);
}

/* ---- datasets ---- */

static hid_t creation_properties(enum fill fill, enum value_type type)
{
    static const double not_a_number = NAN;
    static const uint8_t marked = 255; /* the same byte is -1 where there is a sign */
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_layout(properties, H5D_CONTIGUOUS);
    (void)H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    (void)H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC); /* finds a full disk now */
    if (fill == FILL_NAN) {
        (void)H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &not_a_number);
    } else if (fill == FILL_MARKED) {
        (void)H5Pset_fill_value(properties, type == VALUE_U8 ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT8,
                                &marked);
    }
    return properties;
}

/* Labels never change: strings of any length, which netCDF's readers take. A message does: single
 * characters, what netCDF calls char. A dimension without labels still needs an object. */
static hid_t file_type(const struct dataset *dataset)
{
    if (dataset->kind == DATASET_MESSAGE) {
        return h5_string_type(1);
    }
    if (dataset->type == VALUE_TEXT) {
        return h5_string_type(H5T_VARIABLE);
    }
    return H5Tcopy(dataset->type == VALUE_TYPE_COUNT ? H5T_STD_U8LE : value_h5_type(dataset->type));
}

static enum status create_dataset(struct creation *creation, struct dataset *dataset,
                                  struct error *error)
{
    hsize_t dims[DATASET_AXES_MAX] = {0};
    for (int i = 0; i < dataset->n_axes; i++) {
        dims[i] = creation->layout.lengths[dataset->axes[i]];
    }
    const hid_t type = file_type(dataset);
    const hid_t space = H5Screate_simple(dataset->n_axes, dims, NULL);
    const hid_t properties = creation_properties(dataset->fill, dataset->type);
    dataset->id = H5Dcreate2(creation->file, dataset->name, type, space, H5P_DEFAULT, properties,
                             H5P_DEFAULT);
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    return dataset->id >= 0 ? STATUS_OK : failed(creation, dataset->name, error);
}

static enum status put_attributes(const struct creation *creation, const struct dataset *dataset,
                                  struct error *error)
{
    if (dataset->kind == DATASET_SCALE && dataset->type == VALUE_TYPE_COUNT) {
        return STATUS_OK;
    }
    TRY(put_text_attribute(creation, dataset->id, "long_name", dataset->long_name, error));
    TRY(put_text_attribute(creation, dataset->id, "units", dataset->units, error));
    if (dataset->kind == DATASET_MESSAGE) {
        TRY(put_text_attribute(creation, dataset->id, "_Encoding", "utf-8", error));
    }
    if (dataset->declared_by[0] != '\0') {
        TRY(put_text_attribute(creation, dataset->id, "declared_by", dataset->declared_by, error));
    }
    if (dataset->fill == FILL_MARKED) {
        const hid_t type = value_h5_type(dataset->type);
        int64_t value = dataset->type == VALUE_U8 ? 255 : -1; /* converted in place to that type */
        if (H5Tconvert(H5T_NATIVE_INT64, type, 1, &value, NULL, H5P_DEFAULT) < 0) {
            return failed(creation, "_FillValue", error);
        }
        TRY(put_number_attribute(creation, dataset->id, "_FillValue", type, &value, error));
    }
    return dataset->kind == DATASET_SCALE || dataset->kind == DATASET_LABEL
               ? STATUS_OK
               : put_text_attribute(creation, dataset->id, "coordinates",
                                    "model task matrix cell activation construction hidden seed",
                                    error);
}

static enum status attach_scales(const struct creation *creation, const struct dataset *dataset,
                                 struct error *error)
{
    char name[128];
    if (dataset->kind == DATASET_SCALE) {
        /* as netCDF writes a dimension that is no variable */
        (void)snprintf(name, sizeof name,
                       "This is a netCDF dimension but not a netCDF variable.%10llu",
                       (unsigned long long)creation->layout.lengths[dataset->axes[0]]);
        const bool is_bare = dataset->type == VALUE_TYPE_COUNT;
        return H5DSset_scale(dataset->id, is_bare ? name : dataset->name) >= 0
                   ? STATUS_OK
                   : failed(creation, dataset->name, error);
    }
    for (int i = 0; i < dataset->n_axes; i++) {
        const hid_t scale = creation->layout.datasets[dataset->axes[i]].id; /* they come first */
        if (H5DSattach_scale(dataset->id, scale, (unsigned)i) < 0) {
            return failed(creation, dataset->name, error);
        }
    }
    return STATUS_OK;
}

/* ---- labels ---- */

typedef struct label (*label_of)(const struct sweep *sweep, int64_t i);

static label_of labeller(const struct layout *layout, const struct dataset *dataset)
{
    if (dataset->kind == DATASET_SCALE) {
        return layout->axes[dataset->axes[0]]->label;
    }
    int i = 0;
    while (strcmp(CASE_LABELS[i].variable.name, dataset->name) != 0) {
        i++;
    }
    return CASE_LABELS[i].of;
}

static enum status write_labels(const struct creation *creation, const struct dataset *dataset,
                                struct error *error)
{
    const label_of of = labeller(&creation->layout, dataset);
    const size_t count = (size_t)creation->layout.lengths[dataset->axes[0]];
    void *values = NULL;
    if (of == NULL) {
        return STATUS_OK;
    }
    TRY(memory_array(&values, count, sizeof(int64_t), error));
    for (size_t i = 0; i < count; i++) {
        const struct label label = of(creation->sweep, (int64_t)i);
        if (dataset->type == VALUE_TEXT) {
            ((const char **)values)[i] = label.text;
        } else if (dataset->type == VALUE_F64) {
            ((double *)values)[i] = label.real;
        } else {
            ((int64_t *)values)[i] = label.integer;
        }
    }
    const hid_t type =
        dataset->type == VALUE_TEXT
            ? h5_string_type(H5T_VARIABLE)
            : H5Tcopy(dataset->type == VALUE_F64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64);
    const herr_t result = H5Dwrite(dataset->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    (void)H5Tclose(type);
    free(values);
    return result >= 0 ? STATUS_OK : failed(creation, dataset->name, error);
}

/* ---- /run ---- */

static enum status create_run_group(const struct creation *creation, struct error *error)
{
    const hid_t group = H5Gcreate2(creation->file, "run", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) {
        return failed(creation, "run", error);
    }
    const hid_t properties = creation_properties(FILL_ZERO, VALUE_U8);
    enum status status = STATUS_OK;
    for (enum run_dataset run = 0; run < RUN_COUNT && status == STATUS_OK; run++) {
        const struct run_shape *const shape = &RUN_SHAPES[run];
        const char *const name = shape->name + strlen("run/");
        const hsize_t rows = shape->rows > 0 ? shape->rows : creation->layout.lengths[0];
        const hsize_t dims[] = {rows, shape->columns};
        const hid_t space = H5Screate_simple(shape->columns > 1 ? 2 : 1, dims, NULL);
        const hid_t type = run_type(run, RESULTS_FORMAT_VERSION);
        const hid_t dataset =
            H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
        (void)H5Tclose(type);
        (void)H5Sclose(space);
        if (dataset < 0 || H5Dclose(dataset) < 0) {
            status = failed(creation, name, error);
        }
    }
    (void)H5Pclose(properties);
    (void)H5Gclose(group);
    return status;
}

/* ---- attributes of the root ---- */

/* The folder whose relative name for a file ends its path, or '' when it does not. */
static void folder_of(const char *path, const char *name, char *folder, size_t size)
{
    char *const whole = realpath(path, NULL);
    const size_t length = whole != NULL ? strlen(whole) : 0;
    const size_t ending = strlen(name);
    folder[0] = '\0';
    if (length > ending + 1 && length - ending <= size &&
        strcmp(whole + length - ending, name) == 0) {
        (void)snprintf(folder, size, "%.*s", (int)(length - ending - 1), whole);
    }
    free(whole);
}

/* The folder of a path, from the root. It is made with the first model, so it need not be there. */
static void models_folder(const char *path, char *folder, size_t size)
{
    char *const here = path[0] == '/' ? strdup("") : realpath(".", NULL);
    const char *const slash = strrchr(path, '/');
    const int length = slash != NULL ? (int)(slash - path) : 0;
    const int needed = here == NULL
                           ? -1
                           : snprintf(folder, size, "%s%s%.*s", here,
                                      here[0] != '\0' && length > 0 ? "/" : "", length, path);
    if (needed < 0 || (size_t)needed >= size) {
        folder[0] = '\0';
    }
    free(here);
}

/* Where the weights were, for a report that wants them; nothing depends on it. */
static enum status put_folders(const struct creation *creation, struct error *error)
{
    char models_dir[PATH_MAX] = "";
    char study_dir[PATH_MAX] = "";
    for (int i = 0; i < creation->sweep->n_models; i++) {
        const struct model_spec *const model = &creation->sweep->models[i];
        if (model->is_trained && models_dir[0] == '\0') {
            models_folder(model->path, models_dir, sizeof models_dir);
        } else if (!model->is_trained && study_dir[0] == '\0') {
            folder_of(model->path, model->label, study_dir, sizeof study_dir);
        }
    }
    text_clean(models_dir);
    text_clean(study_dir);
    TRY(put_text_attribute(creation, creation->file, "models_dir", models_dir, error));
    return put_text_attribute(creation, creation->file, "study_dir", study_dir, error);
}

static enum status put_root_attributes(const struct creation *creation, struct error *error)
{
    const struct sweep *const sweep = creation->sweep;
    const struct provenance *const provenance = creation->provenance;
    const hid_t root = creation->file;
    static const int32_t version = RESULTS_FORMAT_VERSION;
    const struct schema *const schema = &creation->layout.schema;
    char hash[17];
    char uuid[33];
    uint64_t random[2] = {0};
    char measures[SCHEMA_MEASURES_MAX * VARIABLE_NAME_SIZE] = "";
    size_t length = 0;
    (void)snprintf(hash, sizeof hash, "%016" PRIx64,
                   hash_bytes64(sweep->canonical, strlen(sweep->canonical)));
    TRY(put_text_attribute(creation, root, "study_hash", hash, error));
    TRY(put_number_attribute(creation, root, "format_version", H5T_STD_I32LE, &version, error));
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return error_set(error, STATUS_INTERNAL, "no random number for file_uuid");
    }
    (void)snprintf(uuid, sizeof uuid, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    TRY(put_text_attribute(creation, root, "file_uuid", uuid, error));
    TRY(put_folders(creation, error));
    TRY(put_text_attribute(creation, root, "versions", provenance->versions, error));
    TRY(put_text_attribute(creation, root, "isa", isa_name(sweep->isa), error));
    for (int i = 0; i < schema->n_measures; i++) { /* what checksums of jobs cover, in that order */
        length += (size_t)snprintf(measures + length, sizeof measures - length, "%s%s",
                                   i > 0 ? " " : "", schema->measures[i]->name);
    }
    TRY(put_text_attribute(creation, root, "measures", measures, error));
    TRY(put_text_attribute(creation, root, "git_revision", provenance->git_revision, error));
    return results_write_study(creation->file, sweep)
               ? STATUS_OK
               : failed(creation, "cannot write the study", error);
}

static enum status fill_file(struct creation *creation, struct error *error)
{
    struct layout *const layout = &creation->layout;
    TRY(put_root_attributes(creation, error));
    for (int i = 0; i < layout->n_datasets; i++) {
        struct dataset *const dataset = &layout->datasets[i];
        if (layout_has(layout, dataset)) {
            TRY(create_dataset(creation, dataset, error));
            TRY(put_attributes(creation, dataset, error));
            TRY(attach_scales(creation, dataset, error));
            if (dataset->kind == DATASET_SCALE || dataset->kind == DATASET_LABEL) {
                TRY(write_labels(creation, dataset, error));
            }
        }
    }
    for (int t = 0; t < layout->schema.n_tables; t++) {
        const struct table *const table = &layout->schema.tables[t];
        const hid_t state = layout_table_field(layout, t, TABLE_STATE)->id; /* has its parameters */
        for (int i = 0; i < table->n_params; i++) {
            TRY(put_number_attribute(creation, state, table->params[i].name, H5T_IEEE_F64LE,
                                     &creation->sweep->diagnostics[t].params[i], error));
        }
    }
    return create_run_group(creation, error);
}

static enum status write_file(hid_t file, const char *path, const void *content,
                              struct error *error)
{
    struct creation creation = *(const struct creation *)content;
    creation.path = path;
    creation.file = file;
    TRY(layout_create(&creation.layout, creation.schema, error));
    layout_set_lengths(&creation.layout, creation.sweep);
    const enum status status = fill_file(&creation, error);
    layout_release(&creation.layout); /* closes the datasets */
    return status;
}

static enum status create_wanted(const char *temporary, void *context, struct error *error)
{
    return h5_create_file(temporary, H5F_LIBVER_LATEST, write_file, context, error);
}

enum status results_create_at(const char *temporary, const struct sweep *sweep,
                              const struct schema *schema, const struct provenance *provenance,
                              struct error *error)
{
    struct creation wanted = {.sweep = sweep, .schema = schema, .provenance = provenance};
    return create_wanted(temporary, &wanted, error);
}

enum status results_create(const char *path, const struct sweep *sweep, const struct schema *schema,
                           const struct provenance *provenance, struct error *error)
{
    struct creation wanted = {.sweep = sweep, .schema = schema, .provenance = provenance};
    return atomic_file_write(path, create_wanted, &wanted, error);
}

enum status results_size(const struct sweep *sweep, const struct schema *schema, int64_t *bytes,
                         struct error *error)
{
    enum { TEXT_BYTES = 64 };
    struct layout layout;
    TRY(layout_create(&layout, schema, error));
    layout_set_lengths(&layout, sweep);
    *bytes = 0;
    for (int i = 0; i < layout.n_datasets; i++) {
        const struct dataset *const dataset = &layout.datasets[i];
        const bool is_bytes = dataset->kind == DATASET_MESSAGE || dataset->type == VALUE_TYPE_COUNT;
        const size_t size = is_bytes                      ? 1
                            : dataset->type == VALUE_TEXT ? TEXT_BYTES
                                                          : value_size(dataset->type);
        *bytes += (int64_t)(layout_count(&layout, dataset) * size);
    }
    layout_release(&layout);
    return STATUS_OK;
}
