#include "core/memory.h"
#include "core/text.h"
#include "store/format3.h"
#include "store/h5.h"
#include "store/h5_texts.h"
#include "store/results_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status bad_read(const struct results *results, const char *name, struct error *error)
{
    char what[VARIABLE_NAME_SIZE + 16];
    (void)snprintf(what, sizeof what, "cannot read %s", name);
    return h5_error(error, STATUS_DAMAGED, results->path, what);
}

enum status results_read_dataset(const struct results *results, const struct dataset *dataset,
                                 int64_t first_case, int64_t n_cases, void *values,
                                 struct error *error)
{
    hsize_t start[DATASET_AXES_MAX] = {(hsize_t)first_case};
    hsize_t count[DATASET_AXES_MAX] = {0};
    if (dataset->id == 0) { /* an older file has nothing there */
        memset(values, 0,
               (size_t)n_cases * layout_count_of_case(&results->layout, dataset) *
                   value_size(dataset->type));
        return STATUS_OK;
    }
    for (int i = 0; i < dataset->n_axes; i++) {
        count[i] = results->layout.lengths[dataset->axes[i]];
    }
    count[0] = (hsize_t)n_cases;
    const hid_t space = H5Dget_space(dataset->id);
    const hid_t memory_space = H5Screate_simple(dataset->n_axes, count, NULL);
    const bool good = memory_space >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                      H5Dread(dataset->id, value_h5_type(dataset->type), memory_space, space,
                              H5P_DEFAULT, values) >= 0;
    (void)H5Sclose(memory_space);
    (void)H5Sclose(space);
    return good ? STATUS_OK : bad_read(results, dataset->name, error);
}

enum status results_read_cases(const struct results *results, const char *name, int64_t first_case,
                               int64_t n_cases, void *values, struct error *error)
{
    return results_read_dataset(results, layout_find(&results->layout, name), first_case, n_cases,
                                values, error);
}

enum status results_read(const struct results *results, const char *name, void *values,
                         struct error *error)
{
    const struct dataset *const dataset = layout_find(&results->layout, name);
    return results_read_dataset(results, dataset, 0,
                                (int64_t)results->layout.lengths[dataset->axes[0]], values, error);
}

enum status results_read_new(const struct results *results, const char *name, void *out,
                             struct error *error)
{
    void *values = NULL;
    TRY(memory_array(&values, results_count(results, name), value_size(results_type(results, name)),
                     error));
    const enum status status = results_read(results, name, values, error);
    if (status != STATUS_OK) {
        free(values);
        return status;
    }
    memcpy(out, &values, sizeof values);
    return STATUS_OK;
}

enum status results_read_record(const struct results *results, int table, int64_t case_index,
                                struct record *record, struct error *error)
{
    for (int i = 0; i < record_length(record); i++) {
        const struct dataset *const dataset = layout_variable(&results->layout, table, i);
        if (record_count(record, i) > 0) {
            TRY(results_read_dataset(results, dataset, case_index, 1, record_values(record, i),
                                     error));
        }
    }
    return STATUS_OK;
}

/* Member `offset` of every job of a family. */
static enum status read_member(const struct results *results, const struct dataset *dataset,
                               int64_t case_index, size_t offset, struct job_result *jobs,
                               void *buffer, struct error *error)
{
    const size_t size = value_size(dataset->type);
    const size_t count = layout_count_of_case(&results->layout, dataset);
    TRY(results_read_dataset(results, dataset, case_index, 1, buffer, error));
    for (size_t i = 0; i < count; i++) {
        memcpy((char *)&jobs[i] + offset, (const char *)buffer + i * size, size);
    }
    return STATUS_OK;
}

static enum status read_family(const struct results *results, enum job_family family,
                               int64_t case_index, struct job_result *jobs, void *buffer,
                               struct error *error)
{
    static const struct {
        enum job_field field;
        size_t offset;
    } members[] = {{JOB_STABILIZER, offsetof(struct job_result, stabilizer)},
                   {JOB_ERROR, offsetof(struct job_result, error)},
                   {JOB_SECONDS, offsetof(struct job_result, seconds)},
                   {JOB_STATE, offsetof(struct job_result, state)}};
    const struct layout *const layout = &results->layout;
    for (int i = 0; i < layout->schema.n_measures; i++) {
        TRY(read_member(results, layout_measure(layout, family, i), case_index,
                        offsetof(struct job_result, values) +
                            (size_t)layout->schema.places[i] * sizeof(double),
                        jobs, buffer, error));
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        TRY(read_member(results, layout_job_field(layout, family, members[i].field), case_index,
                        members[i].offset, jobs, buffer, error));
    }
    return STATUS_OK;
}

enum status results_read_jobs(const struct results *results, int64_t case_index,
                              struct job_result *jobs, struct error *error)
{
    const size_t n = (size_t)results_removals_per_case(results);
    void *buffer = NULL;
    TRY(memory_array(&buffer, n, sizeof(uint64_t), error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n; i++) {
        jobs[i] = job_result_absent();
    }
    for (enum job_family family = 0; family < FAMILY_COUNT && status == STATUS_OK; family++) {
        const int64_t first = layout_first_row(&results->layout, family);
        if (layout_rows(&results->layout, family) > 0) {
            status = read_family(results, family, case_index,
                                 jobs + first * results_length(results, "ablation"), buffer, error);
        }
    }
    free(buffer);
    return status;
}

/* ---- texts ---- */

/* Strings of a fixed width, or rows of single characters: those of a message. */
static enum status read_fixed(const struct results *results, const struct dataset *dataset,
                              size_t count, char **texts, size_t *stride, struct error *error)
{
    const bool is_rows = results->version != RESULTS_FORMAT_OLDEST;
    const hid_t stored = H5Dget_type(dataset->id);
    const size_t width = is_rows ? RESULTS_MESSAGE_SIZE : H5Tget_size(stored);
    (void)H5Tclose(stored);
    *stride = width + 1;
    TRY(memory_array2(texts, count, *stride, 1, error));
    /* A type one byte wider than the stored one always leaves room for the NUL. */
    const hid_t type = h5_string_type(is_rows ? 1 : *stride);
    const herr_t result = H5Dread(dataset->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *texts);
    (void)H5Tclose(type);
    /* From rows side by side to rows with room for a NUL. */
    for (size_t i = is_rows ? count : 0; i-- > 0;) {
        memmove(*texts + i * *stride, *texts + i * width, width);
        (*texts)[i * *stride + width] = '\0';
    }
    return result >= 0 ? STATUS_OK : bad_read(results, dataset->name, error);
}

/* Of a label that older files have not. */
static enum status repeat_label(const struct dataset *dataset, size_t count, char **texts,
                                size_t *stride, struct error *error)
{
    const char *const label = format3_label(dataset);
    *stride = strlen(label) + 1;
    TRY(memory_array2(texts, count, *stride, 1, error));
    for (size_t i = 0; i < count; i++) {
        memcpy(*texts + i * *stride, label, *stride);
    }
    return STATUS_OK;
}

static enum status read_texts(const struct results *results, const struct dataset *dataset,
                              size_t count, char **texts, size_t *stride, struct error *error)
{
    if (dataset->id == 0) {
        return repeat_label(dataset, count, texts, stride, error);
    }
    return results->version == RESULTS_FORMAT_OLDEST || dataset->kind == DATASET_MESSAGE
               ? read_fixed(results, dataset, count, texts, stride, error)
               : h5_read_texts(dataset->id, results->path, dataset->name, count, PATH_MAX, texts,
                               stride, error); /* no label is longer than a path */
}

enum status results_read_texts(const struct results *results, const char *name, char **texts,
                               size_t *stride, struct error *error)
{
    const struct dataset *const dataset = layout_find(&results->layout, name);
    const size_t count = (size_t)results->layout.lengths[dataset->axes[0]];
    *texts = NULL;
    const enum status status = read_texts(results, dataset, count, texts, stride, error);
    if (status != STATUS_OK) {
        free(*texts);
        *texts = NULL;
        return status;
    }
    for (size_t i = 0; i < count; i++) { /* they end up in tables, scripts and pages */
        text_clean(*texts + i * *stride);
    }
    return STATUS_OK;
}

/* ---- attributes and history ---- */

enum status results_read_text(const struct results *results, hid_t object, const char *name,
                              char **text, struct error *error)
{
    if (H5Aexists(object, name) <= 0) {
        return results_damaged(results->path, name, "is missing", error);
    }
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    const size_t size = H5Tget_size(type);
    enum status status = STATUS_OK;
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0 ||
        H5Aget_storage_size(attribute) != size) { /* an array of strings would need more room */
        status = results_damaged(results->path, name, "is not a string", error);
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

enum status results_read_attribute(const struct results *results, const char *name, char **text,
                                   struct error *error)
{
    const bool is_old = results->version == RESULTS_FORMAT_OLDEST;
    return results_read_text(results, results->file, is_old ? format3_attribute(name) : name, text,
                             error);
}

enum status results_read_number(const struct results *results, const char *name, double *value,
                                struct error *error)
{
    return h5_read_real_attribute(results->file, name, value)
               ? STATUS_OK
               : results_damaged(results->path, name, "is missing or no number", error);
}

enum status results_read_run(const struct results *results, enum run_dataset run, hid_t type,
                             void *values, struct error *error)
{
    return H5Dread(results->run[run], type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0
               ? STATUS_OK
               : bad_read(results, RUN_SHAPES[run].name, error);
}

enum status results_read_training(const struct results *results, struct training_mark *marks,
                                  struct error *error)
{
    const size_t n_cases = results->layout.lengths[0];
    memset(marks, 0, n_cases * sizeof *marks);
    if (results->run[RUN_TRAINING] <= 0) {
        return STATUS_OK;
    }
    const hid_t type = run_type(RUN_TRAINING, RESULTS_FORMAT_VERSION);
    const enum status status = results_read_run(results, RUN_TRAINING, type, marks, error);
    (void)H5Tclose(type);
    return status;
}

enum status results_read_epochs(const struct results *results, struct epoch *epochs,
                                struct error *error)
{
    const hid_t type = run_type(RUN_EPOCHS, RESULTS_FORMAT_VERSION);
    memset(epochs, 0, RESULTS_EPOCHS * sizeof *epochs); /* older files lack some members */
    const enum status status = results_read_run(results, RUN_EPOCHS, type, epochs, error);
    (void)H5Tclose(type);
    TRY(status);
    for (int i = 0; i < RESULTS_EPOCHS; i++) { /* whatever the file holds, these are texts */
        char *const texts[] = {epochs[i].host, epochs[i].job, epochs[i].isa, epochs[i].blas_core};
        const size_t sizes[] = {RESULTS_HOST_SIZE, RESULTS_JOB_SIZE, RESULTS_ISA_SIZE,
                                RESULTS_CORE_SIZE};
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            texts[k][sizes[k] - 1] = '\0';
            text_clean(texts[k]);
        }
    }
    return STATUS_OK;
}
