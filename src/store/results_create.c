#include "store/results_create.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"
#include "store/atomic_file.h"
#include "store/h5.h"
#include "store/results_faults.h"
#include "store/results_schema.h"

#include <hdf5_hl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct creation {
    const char *path; /* of the temporary file */
    const struct sweep *sweep;
    hid_t file;
    hsize_t lengths[AXIS_COUNT];
    hid_t datasets[VAR_COUNT];
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

/* Text of element i of a label variable. */
static const char *label_text(const struct sweep *sweep, enum variable_id id, int i)
{
    if (id == VAR_ABLATION) {
        return ablation_name(sweep->ablations[i]);
    }
    if (id == VAR_COUPLING) {
        return coupling_name((enum coupling)i);
    }
    const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
    switch (id) {
    case VAR_MODEL:
        return model->label;
    case VAR_TASK:
        return sweep->cases[i].task_label;
    case VAR_CONSTRUCTION:
        return model->construction;
    case VAR_MODEL_IDENTITY:
        return model->identity;
    default:
        return ""; /* messages are written later */
    }
}

static size_t text_width(const struct creation *creation, enum variable_id id)
{
    if (id == VAR_MESSAGE) {
        return RESULTS_MESSAGE_SIZE;
    }
    size_t width = 1;
    const int count = (int)creation->lengths[VARIABLES[id].axes[0]];
    for (int i = 0; i < count; i++) {
        const size_t length = strlen(label_text(creation->sweep, id, i));
        width = length > width ? length : width;
    }
    return width;
}

static bool set_fill(hid_t properties, const struct variable *variable)
{
    static const double not_a_number = NAN;
    static const int8_t minus_one = -1;
    static const uint8_t marked = 255;
    if (variable->fill == FILL_NAN) {
        return H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &not_a_number) >= 0;
    }
    if (variable->fill == FILL_MARKED && variable->type == VALUE_U8) {
        return H5Pset_fill_value(properties, H5T_NATIVE_UINT8, &marked) >= 0;
    }
    if (variable->fill == FILL_MARKED) {
        return H5Pset_fill_value(properties, H5T_NATIVE_INT8, &minus_one) >= 0;
    }
    return true;
}

static hid_t creation_properties(const struct variable *variable)
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_layout(properties, H5D_CONTIGUOUS);
    (void)H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    (void)H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC); /* finds a full disk now */
    (void)set_fill(properties, variable);
    return properties;
}

static enum status create_dataset(struct creation *creation, enum variable_id id,
                                  struct error *error)
{
    const struct variable *const variable = &VARIABLES[id];
    hsize_t dims[RESULTS_MAX_AXES] = {0};
    for (int i = 0; i < variable->n_axes; i++) {
        dims[i] = creation->lengths[variable->axes[i]];
    }
    const bool is_text = variable->type == VALUE_TEXT;
    const hid_t type = is_text ? h5_string_type(text_width(creation, id))
                               : H5Tcopy(value_memory_type(variable->type));
    const hid_t space = H5Screate_simple(variable->n_axes, dims, NULL);
    const hid_t properties = creation_properties(variable);
    creation->datasets[id] = H5Dcreate2(creation->file, variable->name, type, space, H5P_DEFAULT,
                                        properties, H5P_DEFAULT);
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    return creation->datasets[id] >= 0 ? STATUS_OK : failed(creation, variable->name, error);
}

static enum status put_fill_attribute(const struct creation *creation, enum variable_id id,
                                      struct error *error)
{
    const int64_t missing = VARIABLES[id].type == VALUE_U8 ? 255 : -1;
    const hid_t type = value_memory_type(VARIABLES[id].type);
    int64_t value = missing; /* converted in place to the variable's own type */
    if (H5Tconvert(H5T_NATIVE_INT64, type, 1, &value, NULL, H5P_DEFAULT) < 0) {
        return failed(creation, "_FillValue", error);
    }
    return put_number_attribute(creation, creation->datasets[id], "_FillValue", type, &value,
                                error);
}

static enum status put_attributes(const struct creation *creation, enum variable_id id,
                                  struct error *error)
{
    const struct variable *const variable = &VARIABLES[id];
    const hid_t dataset = creation->datasets[id];
    TRY(put_text_attribute(creation, dataset, "long_name", variable->long_name, error));
    TRY(put_text_attribute(creation, dataset, "units", variable->units, error));
    if (variable->type == VALUE_TEXT) {
        TRY(put_text_attribute(creation, dataset, "_Encoding", "utf-8", error));
    }
    if (variable->fill == FILL_MARKED) {
        TRY(put_fill_attribute(creation, id, error));
    }
    const bool is_label = id >= VAR_MODEL && id <= VAR_SEED;
    if (!variable->is_scale && variable->axes[0] == AXIS_CASE && !is_label) {
        TRY(put_text_attribute(creation, dataset, "coordinates",
                               "model task construction hidden seed", error));
    }
    return STATUS_OK;
}

static enum variable_id scale_of(enum axis axis)
{
    return (enum variable_id)axis; /* scales come first, in the order of the axes */
}

static enum status attach_scales(const struct creation *creation, enum variable_id id,
                                 struct error *error)
{
    const struct variable *const variable = &VARIABLES[id];
    if (variable->is_scale) {
        return H5DSset_scale(creation->datasets[id], variable->name) >= 0
                   ? STATUS_OK
                   : failed(creation, variable->name, error);
    }
    for (int i = 0; i < variable->n_axes; i++) {
        if (H5DSattach_scale(creation->datasets[id],
                             creation->datasets[scale_of(variable->axes[i])], (unsigned)i) < 0) {
            return failed(creation, variable->name, error);
        }
    }
    return STATUS_OK;
}

static enum status write_texts(const struct creation *creation, enum variable_id id,
                               struct error *error)
{
    const size_t width = text_width(creation, id);
    const size_t count = (size_t)creation->lengths[VARIABLES[id].axes[0]];
    char *texts = NULL;
    TRY(memory_array2(&texts, count, width, 1, error));
    for (size_t i = 0; i < count; i++) {
        const char *const text = label_text(creation->sweep, id, (int)i);
        memcpy(texts + i * width, text, strnlen(text, width)); /* NUL-padded, not ended */
    }
    const hid_t type = h5_string_type(width);
    const herr_t result =
        H5Dwrite(creation->datasets[id], type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts);
    (void)H5Tclose(type);
    free(texts);
    return result >= 0 ? STATUS_OK : failed(creation, VARIABLES[id].name, error);
}

/* Integer of element i of a label variable. */
static int64_t label_number(const struct sweep *sweep, enum variable_id id, int i)
{
    if (VARIABLES[id].is_scale) {
        return id == VAR_PARTITION ? i + 1 : i;
    }
    const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
    switch (id) {
    case VAR_HIDDEN:
        return model->n_hidden;
    case VAR_SEED:
        return model->seed;
    default:
        return (int64_t)model->weights_hash;
    }
}

static enum status write_numbers(const struct creation *creation, enum variable_id id,
                                 struct error *error)
{
    const size_t count = (size_t)creation->lengths[VARIABLES[id].axes[0]];
    int64_t *numbers = NULL;
    TRY(memory_array(&numbers, count, sizeof *numbers, error));
    for (size_t i = 0; i < count; i++) {
        numbers[i] = label_number(creation->sweep, id, (int)i);
    }
    const hid_t type = VARIABLES[id].type == VALUE_U64 ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64;
    const herr_t result =
        H5Dwrite(creation->datasets[id], type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
    free(numbers);
    return result >= 0 ? STATUS_OK : failed(creation, VARIABLES[id].name, error);
}

static enum status write_labels(const struct creation *creation, struct error *error)
{
    static const enum variable_id texts[] = {VAR_ABLATION, VAR_COUPLING,     VAR_MODEL,
                                             VAR_TASK,     VAR_CONSTRUCTION, VAR_MODEL_IDENTITY};
    static const enum variable_id numbers[] = {VAR_CASE,   VAR_MODE, VAR_PARTITION,
                                               VAR_HIDDEN, VAR_SEED, VAR_WEIGHTS_HASH};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        TRY(write_texts(creation, texts[i], error));
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (variable_is_there(numbers[i], creation->lengths)) {
            TRY(write_numbers(creation, numbers[i], error));
        }
    }
    const herr_t result = H5Dwrite(creation->datasets[VAR_ALPHA], H5T_NATIVE_DOUBLE, H5S_ALL,
                                   H5S_ALL, H5P_DEFAULT, creation->sweep->alphas);
    return result >= 0 ? STATUS_OK : failed(creation, "alpha", error);
}

static enum status create_run_dataset(const struct creation *creation, hid_t group,
                                      const char *name, hid_t type, hsize_t count, hsize_t columns,
                                      struct error *error)
{
    const struct variable raw = {.fill = FILL_ZERO};
    const hsize_t dims[] = {count, columns};
    const hid_t space = H5Screate_simple(columns > 1 ? 2 : 1, dims, NULL);
    const hid_t properties = creation_properties(&raw);
    const hid_t dataset =
        H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    return dataset >= 0 && H5Dclose(dataset) >= 0 ? STATUS_OK : failed(creation, name, error);
}

static enum status create_run_group(const struct creation *creation, struct error *error)
{
    const hid_t group = H5Gcreate2(creation->file, "run", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) {
        return failed(creation, "run", error);
    }
    const hid_t type = epoch_type();
    const hsize_t n_cases = creation->lengths[AXIS_CASE];
    enum status status =
        create_run_dataset(creation, group, "epochs", type, RESULTS_EPOCHS, 1, error);
    if (status == STATUS_OK) {
        status = create_run_dataset(creation, group, "attempts", H5T_STD_U8LE, n_cases, 1, error);
    }
    if (status == STATUS_OK) {
        status = create_run_dataset(creation, group, "faults", H5T_STD_U8LE, n_cases, FAULT_COUNT,
                                    error);
    }
    (void)H5Tclose(type);
    (void)H5Gclose(group);
    return status;
}

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

static enum status put_task_files(const struct creation *creation, struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    for (int i = 0; stream != NULL && i < creation->sweep->n_tasks; i++) {
        const struct task_spec *const task = &creation->sweep->tasks[i];
        char *const whole = task->path != NULL ? realpath(task->path, NULL) : NULL;
        text_clean(whole);
        if (whole != NULL) {
            (void)fprintf(stream, "%s = %s\n", task->name, whole);
        }
        free(whole);
    }
    if (stream == NULL || fclose(stream) != 0) {
        free(text);
        return error_set(error, STATUS_INTERNAL, "out of memory: list of task files");
    }
    const enum status status =
        put_text_attribute(creation, creation->file, "task_files", text, error);
    free(text);
    return status;
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
    TRY(put_text_attribute(creation, creation->file, "study_dir", study_dir, error));
    return put_task_files(creation, error);
}

static enum status put_uuid(const struct creation *creation, struct error *error)
{
    uint64_t random[2] = {0};
    char uuid[33];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return error_set(error, STATUS_INTERNAL, "no random number for file_uuid");
    }
    (void)snprintf(uuid, sizeof uuid, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    return put_text_attribute(creation, creation->file, "file_uuid", uuid, error);
}

static enum status put_root_attributes(const struct creation *creation,
                                       const struct provenance *provenance, struct error *error)
{
    const struct sweep *const sweep = creation->sweep;
    const hid_t root = creation->file;
    static const int32_t version = RESULTS_FORMAT_VERSION;
    char hash[17];
    (void)snprintf(hash, sizeof hash, "%016" PRIx64,
                   hash_bytes64(sweep->canonical, strlen(sweep->canonical)));
    TRY(put_text_attribute(creation, root, "study", sweep->name, error));
    TRY(put_text_attribute(creation, root, "study_canonical", sweep->canonical, error));
    TRY(put_text_attribute(creation, root, "study_hash", hash, error));
    TRY(put_number_attribute(creation, root, "seed", H5T_STD_I64LE, &sweep->seed, error));
    TRY(put_number_attribute(creation, root, "epsilon", H5T_IEEE_F64LE, &sweep->epsilon, error));
    TRY(put_number_attribute(creation, root, "format_version", H5T_STD_I32LE, &version, error));
    TRY(put_uuid(creation, error));
    TRY(put_folders(creation, error));
    TRY(put_text_attribute(creation, root, "versions", provenance->versions, error));
    TRY(put_text_attribute(creation, root, "isa", isa_name(sweep->isa), error));
    return put_text_attribute(creation, root, "git_revision", provenance->git_revision, error);
}

static enum status fill_file(struct creation *creation, const struct provenance *provenance,
                             struct error *error)
{
    TRY(put_root_attributes(creation, provenance, error));
    for (int id = 0; id < VAR_COUNT; id++) {
        if (variable_is_there((enum variable_id)id, creation->lengths)) {
            TRY(create_dataset(creation, (enum variable_id)id, error));
            TRY(put_attributes(creation, (enum variable_id)id, error));
            TRY(attach_scales(creation, (enum variable_id)id, error));
        }
    }
    TRY(create_run_group(creation, error));
    return write_labels(creation, error);
}

static void close_datasets(struct creation *creation)
{
    for (int id = 0; id < VAR_COUNT; id++) {
        if (creation->datasets[id] > 0) {
            (void)H5Dclose(creation->datasets[id]);
        }
    }
}

static enum status write_file(struct creation *creation, const struct provenance *provenance,
                              struct error *error)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    (void)H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    creation->file = H5Fcreate(creation->path, H5F_ACC_EXCL, H5P_DEFAULT, access);
    (void)H5Pclose(access);
    if (creation->file < 0) {
        return failed(creation, "cannot create the file", error);
    }
    enum status status = fill_file(creation, provenance, error);
    close_datasets(creation);
    if (status == STATUS_OK && H5Fflush(creation->file, H5F_SCOPE_GLOBAL) < 0) {
        status = failed(creation, "cannot flush the file", error);
    }
    if (H5Fclose(creation->file) < 0 && status == STATUS_OK) {
        status = failed(creation, "cannot close the file", error);
    }
    return status;
}

enum status results_create(const char *path, const struct sweep *sweep,
                           const struct provenance *provenance, struct error *error)
{
    char *temporary = NULL;
    TRY(atomic_file_begin(&temporary, path, error));
    struct creation creation = {.path = temporary, .sweep = sweep};
    results_axis_lengths(sweep, creation.lengths);
    enum status status = write_file(&creation, provenance, error);
    if (status == STATUS_OK) {
        status = atomic_file_finish(temporary, path, error);
    } else {
        (void)unlink(temporary);
    }
    free(temporary);
    return status;
}
