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
    static const char *const names[] = {"cases", "alphas", "ablation sets"};
    hsize_t lengths[AXIS_COUNT];
    results_axis_lengths(sweep, lengths);
    for (int axis = AXIS_CASE; axis <= AXIS_ABLATION; axis++) {
        if (results->lengths[axis] != lengths[axis]) {
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
    uint8_t *state;      /* of all cells */
    uint8_t *case_state; /* done: the case has its hash */
    uint64_t *hash;
    unsigned char *has_work; /* [n_models] some cell of it is still to be computed */
};

static void release_marks(struct weight_marks *marks)
{
    free(marks->state);
    free(marks->case_state);
    free(marks->hash);
    free(marks->has_work);
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
        if (marks->state[i] != CELL_DONE) {
            marks->has_work[sweep->cases[i / n_jobs].model] = 1;
        }
    }
    return STATUS_OK;
}

static enum status read_weights_hash(const char *path, uint64_t *hash, struct error *error)
{
    struct network network;
    struct model_labels labels;
    TRY(model_file_read(path, &network, &labels, error));
    const enum status status = network_hash(&network, hash, error);
    network_release(&network);
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
            marks->case_state[i] != CELL_DONE || access(model->path, F_OK) != 0) {
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

/* The arrays of all cells, as stored. */
struct cell_arrays {
    double *values[6];
    uint8_t *stabilizer;
    uint16_t *error_code;
    uint64_t *checksum;
    uint8_t *state;
};

static const enum variable_id VALUE_IDS[6] = {VAR_FVU,      VAR_DELTA_FVU,    VAR_ACCURACY,
                                              VAR_DISTANCE, VAR_REMOVED_MASS, VAR_SENSITIVITY};

/* Cells of neighbouring cases that are read at once: memory does not grow with the file. */
enum { CELLS_AT_ONCE = 1 << 16 };

static enum status allocate_cells(struct cell_arrays *arrays, size_t n_cells, struct error *error)
{
    for (int i = 0; i < 6; i++) {
        TRY(memory_array(&arrays->values[i], n_cells, sizeof(double), error));
    }
    TRY(memory_array(&arrays->stabilizer, n_cells, sizeof *arrays->stabilizer, error));
    TRY(memory_array(&arrays->error_code, n_cells, sizeof *arrays->error_code, error));
    TRY(memory_array(&arrays->checksum, n_cells, sizeof *arrays->checksum, error));
    return memory_array(&arrays->state, n_cells, sizeof *arrays->state, error);
}

static enum status read_cells(struct cell_arrays *arrays, const struct results *results,
                              int64_t first_case, int64_t n_cases, struct error *error)
{
    for (int i = 0; i < 6; i++) {
        TRY(results_read_cases(results, VALUE_IDS[i], first_case, n_cases, arrays->values[i],
                               error));
    }
    TRY(results_read_cases(results, VAR_STABILIZER, first_case, n_cases, arrays->stabilizer,
                           error));
    TRY(results_read_cases(results, VAR_ERROR, first_case, n_cases, arrays->error_code, error));
    TRY(results_read_cases(results, VAR_CHECKSUM, first_case, n_cases, arrays->checksum, error));
    return results_read_cases(results, VAR_STATE, first_case, n_cases, arrays->state, error);
}

static void release_cells(struct cell_arrays *arrays)
{
    for (int i = 0; i < 6; i++) {
        free(arrays->values[i]);
    }
    free(arrays->stabilizer);
    free(arrays->error_code);
    free(arrays->checksum);
    free(arrays->state);
}

/* `i` counts within the arrays, which begin at a case. */
static bool checksum_holds(const struct cell_arrays *arrays, const struct results *results,
                           int64_t first_case, int64_t i)
{
    const int64_t n_ablations = (int64_t)results->lengths[AXIS_ABLATION];
    const int64_t n_alphas = (int64_t)results->lengths[AXIS_ALPHA];
    const struct cell_index index = {first_case + i / n_ablations / n_alphas,
                                     i / n_ablations % n_alphas, i % n_ablations};
    const struct cell cell = {.fvu = arrays->values[0][i],
                              .delta_fvu = arrays->values[1][i],
                              .accuracy = arrays->values[2][i],
                              .distance = arrays->values[3][i],
                              .removed_mass = arrays->values[4][i],
                              .sensitivity = arrays->values[5][i],
                              .stabilizer = arrays->stabilizer[i],
                              .error = arrays->error_code[i]};
    return cell_checksum(&cell, index) == arrays->checksum[i];
}

static int64_t jobs_per_case(const struct results *results)
{
    return (int64_t)(results->lengths[AXIS_ALPHA] * results->lengths[AXIS_ABLATION]);
}

/* How a scan judges. */
struct scan_rules {
    const struct results *results;
    unsigned char *is_damaged; /* [n_cases] its values are damaged: it is run again as a whole */
    bool retry_failed;
};

static void judge_cells(struct results_scan *scan, const struct cell_arrays *arrays,
                        const struct scan_rules *rules, int64_t first_case, int64_t n_cases)
{
    const int64_t n_jobs = jobs_per_case(rules->results);
    for (int64_t i = 0; i < n_cases * n_jobs; i++) {
        /* A cell written anew and killed between checksum and state has the state of the old one:
         * only its error tells which it is. */
        const bool has_error = arrays->error_code[i] != 0;
        const bool is_damaged = rules->is_damaged[first_case + i / n_jobs] != 0;
        const bool done = arrays->state[i] == CELL_DONE && !has_error && !is_damaged;
        const bool failed = arrays->state[i] == CELL_FAILED && has_error;
        if ((done || failed) && checksum_holds(arrays, rules->results, first_case, i)) {
            scan->n_done += done;
            scan->n_failed += failed;
            scan->final[first_case * n_jobs + i] = done || !rules->retry_failed;
        } else {
            scan->n_pending++;
            scan->n_damaged += arrays->state[i] != CELL_PENDING;
        }
    }
}

static enum status judge_all(struct results_scan *scan, const struct scan_rules *rules,
                             struct error *error)
{
    const int64_t n_all = (int64_t)rules->results->lengths[AXIS_CASE];
    const int64_t n_jobs = jobs_per_case(rules->results);
    const int64_t at_once = n_jobs < CELLS_AT_ONCE ? CELLS_AT_ONCE / n_jobs : 1;
    struct cell_arrays arrays = {0};
    enum status status =
        allocate_cells(&arrays, (size_t)(n_jobs * (at_once < n_all ? at_once : n_all)), error);
    for (int64_t first = 0; status == STATUS_OK && first < n_all; first += at_once) {
        const int64_t n_cases = n_all - first < at_once ? n_all - first : at_once;
        status = read_cells(&arrays, rules->results, first, n_cases, error);
        if (status == STATUS_OK) {
            judge_cells(scan, &arrays, rules, first, n_cases);
        }
    }
    release_cells(&arrays);
    return status;
}

enum status results_scan_create(struct results_scan *scan, const struct results *results,
                                bool retry_failed, struct error *error)
{
    struct scan_rules rules = {.results = results, .retry_failed = retry_failed};
    *scan = (struct results_scan){.n_cells = (int64_t)results_count(results, VAR_STATE)};
    enum status status = memory_array(&scan->final, (size_t)scan->n_cells, 1, error);
    if (status == STATUS_OK) {
        status = results_find_damaged_cases(results, &rules.is_damaged, error);
    }
    if (status == STATUS_OK) {
        status = judge_all(scan, &rules, error);
    }
    if (status != STATUS_OK) {
        results_scan_release(scan);
    }
    free(rules.is_damaged);
    return status;
}

void results_scan_release(struct results_scan *scan)
{
    free(scan->final);
    *scan = (struct results_scan){0};
}

bool results_scan_is_final(const struct results_scan *scan)
{
    return memchr(scan->final, 0, (size_t)scan->n_cells) == NULL;
}
