#include "store/results_resume.h"

#include "core/memory.h"
#include "store/model_file.h"
#include "store/results_cases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

static const char *next_line(const char *text)
{
    const size_t length = line_length(text);
    return text + length + (text[length] == '\n');
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
        stored = next_line(stored);
        wanted = next_line(wanted);
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

/* What a results file says of its cases. */
struct case_labels {
    char *texts[3]; /* model, task, identity */
    size_t strides[3];
};

static const enum variable_id LABEL_IDS[3] = {VAR_MODEL, VAR_TASK, VAR_MODEL_IDENTITY};

static enum status compare_case(const char *path, int index, const char *what, const char *stored,
                                const char *wanted, struct error *error)
{
    return strcmp(stored, wanted) == 0
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "%s: case %d is %s '%s', the study has '%s' there (--fresh starts anew)",
                           path, index, what, stored, wanted);
}

static enum status compare_cases(const struct results *results, const struct sweep *sweep,
                                 const struct case_labels *labels, struct error *error)
{
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
        const char *stored[3];
        for (int k = 0; k < 3; k++) {
            stored[k] = labels->texts[k] + (size_t)i * labels->strides[k];
        }
        TRY(compare_case(results->path, i, "model", stored[0], model->label, error));
        TRY(compare_case(results->path, i, "on task", stored[1], sweep->cases[i].task_label,
                         error));
        if (strcmp(stored[2], model->identity) != 0) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: model '%s' has changed since (identity %s, now %s; --fresh "
                             "starts anew)",
                             results->path, model->label, stored[2], model->identity);
        }
    }
    return STATUS_OK;
}

/* The queue counts with the lengths of the sweep, the scan with those of the file. */
static enum status match_lengths(const struct results *results, const struct sweep *sweep,
                                 struct error *error)
{
    static const char *const names[AXIS_COUNT] = {[AXIS_CASE] = "cases",
                                                  [AXIS_ALPHA] = "alphas",
                                                  [AXIS_ABLATION] = "ablation sets",
                                                  [AXIS_PARTITION] = "partitions"};
    hsize_t lengths[AXIS_COUNT];
    results_axis_lengths(sweep, lengths);
    for (int axis = 0; axis < AXIS_COUNT; axis++) {
        if (names[axis] != NULL && results->lengths[axis] != lengths[axis]) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: has %llu %s, the study has %llu (--fresh starts anew)",
                             results->path, (unsigned long long)results->lengths[axis], names[axis],
                             (unsigned long long)lengths[axis]);
        }
    }
    return STATUS_OK;
}

static enum status match_cases(const struct results *results, const struct sweep *sweep,
                               struct error *error)
{
    struct case_labels labels = {0};
    enum status status = match_lengths(results, sweep, error);
    for (int k = 0; status == STATUS_OK && k < 3; k++) {
        status =
            results_read_texts(results, LABEL_IDS[k], &labels.texts[k], &labels.strides[k], error);
    }
    if (status == STATUS_OK) {
        status = compare_cases(results, sweep, &labels, error);
    }
    for (int k = 0; k < 3; k++) {
        free(labels.texts[k]);
    }
    return status;
}

static enum status read_array(const struct results *results, enum variable_id id, void *out,
                              struct error *error)
{
    const size_t size = value_size(VARIABLES[id].type);
    TRY(memory_array(out, results_count(results, id), size, error));
    void *values = NULL;
    memcpy(&values, out, sizeof values);
    return results_read(results, id, values, error);
}

/* What tells whether trained models are still those that finished cases came from. */
struct weight_marks {
    uint8_t *state;      /* of all jobs */
    uint8_t *case_state; /* done: the case has its hash */
    uint64_t *hash;
    unsigned char *has_work; /* [n_models] some job of it is still to be computed */
};

static void release_marks(struct weight_marks *marks)
{
    free(marks->state);
    free(marks->case_state);
    free(marks->hash);
    free(marks->has_work);
}

/* Work on partitions that a case is known to have. */
static enum status mark_partition_work(struct weight_marks *marks, const struct results *results,
                                       const struct sweep *sweep, struct error *error)
{
    const size_t n_rows = (size_t)sweep->n_cases * (size_t)sweep->n_partitions;
    const size_t n_ablations = (size_t)sweep->n_ablations;
    uint8_t *state = NULL;
    int32_t *n_r = NULL;
    enum status status = read_array(results, VAR_PARTITION_STATE, &state, error);
    if (status == STATUS_OK) {
        status = read_array(results, VAR_PARTITION_N_R, &n_r, error);
    }
    for (size_t i = 0; status == STATUS_OK && i < n_rows * n_ablations; i++) {
        const size_t row = i / n_ablations;
        if (n_r[row] >= 0 && state[i] != JOB_DONE) {
            marks->has_work[sweep->cases[row / (size_t)sweep->n_partitions].model] = 1;
        }
    }
    free(state);
    free(n_r);
    return status;
}

static enum status read_marks(struct weight_marks *marks, const struct results *results,
                              const struct sweep *sweep, struct error *error)
{
    TRY(read_array(results, VAR_STATE, &marks->state, error));
    TRY(read_array(results, VAR_CASE_STATE, &marks->case_state, error));
    TRY(read_array(results, VAR_WEIGHTS_HASH, &marks->hash, error));
    TRY(memory_array(&marks->has_work, (size_t)sweep->n_models, 1, error));
    const size_t n_jobs = (size_t)sweep->n_alphas * (size_t)sweep->n_ablations;
    for (size_t i = 0; i < n_jobs * (size_t)sweep->n_cases; i++) {
        if (marks->state[i] != JOB_DONE) {
            marks->has_work[sweep->cases[i / n_jobs].model] = 1;
        }
    }
    return sweep->n_partitions > 0 ? mark_partition_work(marks, results, sweep, error) : STATUS_OK;
}

static enum status read_weights_hash(const char *path, uint64_t *hash, struct error *error)
{
    struct network network;
    struct model_labels labels;
    TRY(model_file_survey(path, &network, &labels, hash, error));
    network_release(&network);
    return STATUS_OK;
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
        if (!model->is_trained || marks->has_work[index] == 0 || marks->case_state[i] != JOB_DONE ||
            access(model->path, F_OK) != 0) {
            continue;
        }
        if (read != index) {
            TRY(read_weights_hash(model->path, &hash, error));
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

static bool has_trained_models(const struct sweep *sweep)
{
    int i = 0;
    while (i < sweep->n_models && !sweep->models[i].is_trained) {
        i++;
    }
    return i < sweep->n_models;
}

static enum status match_weights(const struct results *results, const struct sweep *sweep,
                                 struct error *error)
{
    struct weight_marks marks = {0};
    if (!has_trained_models(sweep)) {
        return STATUS_OK;
    }
    enum status status = read_marks(&marks, results, sweep, error);
    if (status == STATUS_OK) {
        status = compare_weights(results, sweep, &marks, error);
    }
    release_marks(&marks);
    return status;
}

enum status results_match(const struct results *results, const struct sweep *sweep,
                          struct error *error)
{
    char *canonical = NULL;
    TRY(results_read_attribute(results, "study_canonical", &canonical, error));
    const enum status status = compare_canonical(results->path, canonical, sweep->canonical, error);
    free(canonical);
    TRY(status);
    TRY(match_cases(results, sweep, error));
    return match_weights(results, sweep, error);
}
