#include "store/results_resume.h"

#include "core/memory.h"
#include "store/h5.h"
#include "store/model_file.h"
#include "store/results_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

static int key_length(const char *line)
{
    const char *const separator = strstr(line, " = ");
    const size_t length = line_length(line);
    return separator != NULL && (size_t)(separator - line) < length ? (int)(separator - line)
                                                                    : (int)length;
}

/* The first line in which two canonical studies differ. */
static enum status compare_canonical(const char *path, const char *stored, const char *wanted,
                                     struct error *error)
{
    while (*stored != '\0' && *wanted != '\0') {
        const size_t stored_length = line_length(stored);
        const size_t wanted_length = line_length(wanted);
        if (stored_length != wanted_length || memcmp(stored, wanted, wanted_length) != 0) {
            break;
        }
        stored = results_next_line(stored);
        wanted = results_next_line(wanted);
    }
    if (*stored == '\0' && *wanted == '\0') {
        return STATUS_OK;
    }
    const char *const differing = *wanted != '\0' ? wanted : stored;
    return error_set(error, STATUS_MISMATCH,
                     "%s: made by another study: '%.*s' differs, the file has '%.*s', the study "
                     "'%.*s' (--fresh starts anew)",
                     path, key_length(differing), differing, (int)line_length(stored), stored,
                     (int)line_length(wanted), wanted);
}

enum { N_LABELS = 7, N_LABELS_ALONE = 5 };
static const char *const LABEL_NAMES[N_LABELS] = {"model", "task",    "model_identity",  "matrix",
                                                  "order", "model_2", "model_identity_2"};

static enum status compare_case(const char *path, int index, const char *what, const char *stored,
                                const char *wanted, struct error *error)
{
    return strcmp(stored, wanted) == 0
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "%s: case %d is %s '%s', the study has '%s' there (--fresh starts anew)",
                           path, index, what, stored, wanted);
}

static enum status compare_identity(const char *path, const struct model_spec *model,
                                    const char *stored, struct error *error)
{
    return strcmp(stored, model->identity) == 0
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "%s: model '%s' has changed since (identity %s, now %s; --fresh starts "
                           "anew)",
                           path, model->label, stored, model->identity);
}

static enum status compare_cases(const struct results *results, const struct sweep *sweep,
                                 char *const *texts, const size_t *strides, struct error *error)
{
    const char *const path = results->path;
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct case_spec *const spec = &sweep->cases[i];
        const struct model_spec *const model = &sweep->models[spec->model];
        const struct model_spec *const partner = &sweep->models[spec->partner];
        const char *stored[N_LABELS];
        for (int k = 0; k < N_LABELS; k++) {
            stored[k] = texts[k] != NULL ? texts[k] + (size_t)i * strides[k] : "";
        }
        TRY(compare_case(path, i, "model", stored[0], model->label, error));
        TRY(compare_case(path, i, "on task", stored[1], spec->task_label, error));
        TRY(compare_case(path, i, "of matrix", stored[3], spec->matrix, error));
        TRY(compare_case(path, i, "in order", stored[4], mode_order_name(spec->form.order), error));
        TRY(compare_identity(path, model, stored[2], error));
        if (sweep->of_pairs) {
            TRY(compare_case(path, i, "with model", stored[5], partner->label, error));
            TRY(compare_identity(path, partner, stored[6], error));
        }
    }
    return STATUS_OK;
}

/* The queue counts and records are made with the lengths of the sweep, the scan goes by those of
 * the file. */
static enum status match_lengths(const struct results *results, const struct sweep *sweep,
                                 struct error *error)
{
    const struct layout *const layout = &results->layout;
    for (int i = 0; i < layout->n_axes; i++) {
        const int64_t found = (int64_t)layout->lengths[i];
        const int64_t expected = layout->axes[i]->length(sweep);
        if (found != expected) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: axis %s has length %lld, in the study %lld (--fresh starts anew)",
                             results->path, layout->axes[i]->name, (long long)found,
                             (long long)expected);
        }
    }
    return STATUS_OK;
}

/* A diagnostic is no part of a study's identity, but what is there of one has its parameters. */
static enum status match_params(const struct results *results, const struct sweep *sweep,
                                struct error *error)
{
    const struct schema *const schema = results_schema(results);
    for (int t = 0; t < schema->n_tables; t++) {
        const struct table *const table = &schema->tables[t];
        const hid_t state = layout_table_field(&results->layout, t, TABLE_STATE)->id;
        int d = 0;
        while (d < sweep->n_diagnostics && strcmp(sweep->diagnostics[d].name, table->name) != 0) {
            d++;
        }
        for (int i = 0; d < sweep->n_diagnostics && i < table->n_params; i++) {
            double value = 0.0;
            if (!h5_read_real_attribute(state, table->params[i].name, &value)) {
                return results_damaged(results->path, table->params[i].name, "is missing", error);
            }
            if (value != sweep->diagnostics[d].params[i]) {
                return error_set(error, STATUS_MISMATCH,
                                 "%s: diagnostic '%s' was computed with %s = %.15g, the study has "
                                 "%.15g (--fresh starts anew)",
                                 results->path, table->name, table->params[i].name, value,
                                 sweep->diagnostics[d].params[i]);
            }
        }
    }
    return STATUS_OK;
}

/* Values of changed trials are told apart by their labels. */
static enum status match_oods(const struct results *results, const struct sweep *sweep,
                              struct error *error)
{
    char *labels = NULL;
    size_t stride = 0;
    if (results_length(results, AXIS_OOD.name) == 0) {
        return STATUS_OK;
    }
    TRY(results_read_texts(results, AXIS_OOD.name, &labels, &stride, error));
    enum status status = STATUS_OK;
    for (int i = 0; i < sweep->n_oods && status == STATUS_OK; i++) {
        const char *const stored = labels + (size_t)i * stride;
        if (strcmp(stored, sweep->oods[i].label) != 0) {
            status = error_set(error, STATUS_MISMATCH,
                               "%s: ood %d is '%s', in the study '%s' (--fresh starts anew)",
                               results->path, i, stored, sweep->oods[i].label);
        }
    }
    free(labels);
    return status;
}

/* Which partitions a case can have goes by its width, what its couplings are by the form. */
static enum status match_numbers(const struct results *results, const struct sweep *sweep,
                                 struct error *error)
{
    int32_t *hidden = NULL;
    int32_t *gauge = NULL;
    enum status status = results_read_new(results, "hidden", &hidden, error);
    THEN(status, results_read_new(results, "gauge", &gauge, error));
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        const struct case_spec *const spec = &sweep->cases[i];
        if (hidden[i] != sweep->models[spec->model].n_hidden) {
            status =
                results_damaged(results->path, "hidden", "is not the width of the models", error);
        } else if (gauge[i] != spec->form.gauge) {
            status =
                error_set(error, STATUS_MISMATCH,
                          "%s: case %d is in gauge %d, in the study in %d (--fresh starts anew)",
                          results->path, i, gauge[i], spec->form.gauge);
        }
    }
    free(hidden);
    free(gauge);
    return status;
}

static enum status match_cases(const struct results *results, const struct sweep *sweep,
                               struct error *error)
{
    char *texts[N_LABELS] = {NULL};
    size_t strides[N_LABELS] = {0};
    enum status status = match_lengths(results, sweep, error);
    const int n = sweep->of_pairs ? N_LABELS : N_LABELS_ALONE;
    for (int k = 0; status == STATUS_OK && k < n; k++) {
        status = results_read_texts(results, LABEL_NAMES[k], &texts[k], &strides[k], error);
    }
    THEN(status, compare_cases(results, sweep, texts, strides, error));
    THEN(status, match_numbers(results, sweep, error));
    for (int k = 0; k < N_LABELS; k++) {
        free(texts[k]);
    }
    return status;
}

/* What tells whether trained models are still those that finished cases came from. */
struct weight_marks {
    uint8_t *spectrum_state; /* done: the case has its hash */
    uint64_t *hash;
    unsigned char *has_work; /* [n_models] some job of it is still to be computed */
};

/* Any state but done and predicted, of what a case has: rows of `stride` states each; of partitions
 * those that have an n_R. */
static enum status mark_work(struct weight_marks *marks, const struct results *results,
                             const struct sweep *sweep, const char *name, const int32_t *n_r,
                             struct error *error)
{
    uint8_t *state = NULL;
    const size_t stride = n_r != NULL ? (size_t)sweep->n_ablations : 1;
    TRY(results_read_new(results, name, &state, error));
    const size_t count = results_count(results, name);
    for (size_t i = 0; i < count; i++) {
        if (state[i] != JOB_DONE && state[i] != JOB_PREDICTED &&
            (n_r == NULL || n_r[i / stride] >= 0)) {
            marks->has_work[sweep->cases[i / (count / (size_t)sweep->n_cases)].model] = 1;
        }
    }
    free(state);
    return STATUS_OK;
}

static enum status read_marks(struct weight_marks *marks, const struct results *results,
                              const struct sweep *sweep, struct error *error)
{
    int32_t *n_r = NULL;
    TRY(results_read_new(results, "spectrum_state", &marks->spectrum_state, error));
    TRY(results_read_new(results, "weights_hash", &marks->hash, error));
    TRY(memory_array(&marks->has_work, (size_t)sweep->n_models, 1, error));
    TRY(mark_work(marks, results, sweep, "state", NULL, error));
    for (int d = 0; d < sweep->n_diagnostics; d++) {
        char name[VARIABLE_NAME_SIZE + 8];
        (void)snprintf(name, sizeof name, "%s_state", sweep->diagnostics[d].name);
        if (results_has(results, name)) {
            TRY(mark_work(marks, results, sweep, name, NULL, error));
        }
    }
    if (sweep->n_partitions == 0) {
        return STATUS_OK;
    }
    TRY(results_read_new(results, "partition_n_r", &n_r, error));
    const enum status status = mark_work(marks, results, sweep, "partition_state", n_r, error);
    free(n_r);
    return status;
}

/* The identity of a trained model says how it was made, not what is in its file. Models without
 * work are not looked at: the file goes on as it is. */
static enum status compare_weights(const struct results *results, const struct sweep *sweep,
                                   const struct weight_marks *marks, struct error *error)
{
    int read = -1; /* the model that `hash` is of: cases of one model stand together */
    uint64_t hash = 0;
    for (int i = 0; i < sweep->n_cases; i++) {
        const int index = sweep->cases[i].model;
        const struct model_spec *const model = &sweep->models[index];
        if (!model->is_trained || marks->has_work[index] == 0 ||
            marks->spectrum_state[i] != JOB_DONE || access(model->path, F_OK) != 0) {
            continue;
        }
        if (read != index) {
            struct network network;
            struct model_labels labels;
            TRY(model_file_survey(model->path, &network, &labels, &hash, error));
            network_release(&network);
            read = index;
        }
        if (hash != marks->hash[i]) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: model file %s has changed since (weights %016" PRIx64
                             ", now %016" PRIx64 "; --fresh starts anew)",
                             results->path, model->path, marks->hash[i], hash);
        }
    }
    return STATUS_OK;
}

static enum status match_weights(const struct results *results, const struct sweep *sweep,
                                 struct error *error)
{
    struct weight_marks marks = {0};
    int i = 0;
    while (i < sweep->n_models && !sweep->models[i].is_trained) {
        i++;
    }
    if (i == sweep->n_models) {
        return STATUS_OK;
    }
    enum status status = read_marks(&marks, results, sweep, error);
    THEN(status, compare_weights(results, sweep, &marks, error));
    free(marks.spectrum_state);
    free(marks.hash);
    free(marks.has_work);
    return status;
}

enum status results_match(const struct results *results, const struct sweep *sweep,
                          struct error *error)
{
    char *canonical = NULL;
    if (results->version != RESULTS_FORMAT_VERSION) {
        return results_other_format(results->path, results->version, error);
    }
    TRY(results_read_attribute(results, "study_canonical", &canonical, error));
    const enum status status = compare_canonical(results->path, canonical, sweep->canonical, error);
    free(canonical);
    TRY(status);
    TRY(match_cases(results, sweep, error));
    TRY(match_oods(results, sweep, error));
    TRY(match_params(results, sweep, error));
    return match_weights(results, sweep, error);
}
