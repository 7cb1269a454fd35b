/* Reading results files and putting their cases together. */
#include "core/bits.h"
#include "core/job_result.h"
#include "core/memory.h"
#include "core/text.h"
#include "report/study_data.h"
#include "store/results_jobs.h"

#include <stdlib.h>
#include <string.h>

static const enum variable_id WANTED[] = {
    VAR_ALPHA,
    VAR_ABLATION,
    VAR_MODEL,
    VAR_TASK,
    VAR_CONSTRUCTION,
    VAR_HIDDEN,
    VAR_SEED,
    VAR_MODEL_IDENTITY,
    VAR_FVU,
    VAR_DELTA_FVU,
    VAR_ACCURACY,
    VAR_DISTANCE,
    VAR_REMOVED_MASS,
    VAR_SENSITIVITY,
    VAR_STABILIZER,
    VAR_ERROR,
    VAR_STATE,
    VAR_N_R,
    VAR_ALPHA_GAP,
    VAR_COUPLING_MASS,
    VAR_NONNORMALITY,
    VAR_SPECTRAL_RADIUS,
    VAR_SCHUR_RESIDUAL,
    VAR_ORTHOGONALITY_LOSS,
    VAR_MODULUS_GAP,
    VAR_SCHUR_ROUTE,
    VAR_WEIGHTS_HASH,
    VAR_CONVERGED,
    VAR_TRAIN_METRIC,
    VAR_MESSAGE,
    VAR_EIGENVALUE_RE,
    VAR_EIGENVALUE_IM,
    VAR_CASE_STATE,
    VAR_ALPHA_LOW,
    VAR_ALPHA_HIGH,
    VAR_PARTITION_N_R,
    VAR_PARTITION_FVU,
    VAR_PARTITION_DELTA_FVU,
    VAR_PARTITION_ACCURACY,
    VAR_PARTITION_DISTANCE,
    VAR_PARTITION_REMOVED_MASS,
    VAR_PARTITION_SENSITIVITY,
    VAR_PARTITION_ERROR,
    VAR_PARTITION_STATE,
};

/* ---- one file ---- */

static void release_source(struct source *source)
{
    free(source->path);
    case_table_release(&source->table);
    free(source->study);
    free(source->canonical);
    free(source->hash);
    free(source->uuid);
    free(source->versions);
    free(source->revision);
    free(source->isa);
    free(source->models_dir);
    free(source->study_dir);
    free(source->task_files);
    free(source->epochs);
    *source = (struct source){0};
}

/* Several lines of valid UTF-8. */
static void clean_lines(char *text)
{
    for (char *line = text; line != NULL;) {
        char *const end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        text_clean(line);
        if (end != NULL) {
            *end = '\n';
        }
        line = end != NULL ? end + 1 : NULL;
    }
}

/* Texts come from a file: one line of UTF-8 each, but for lists. */
static enum status read_texts(struct source *source, const struct results *results,
                              struct error *error)
{
    TRY(results_read_attribute(results, "study", &source->study, error));
    TRY(results_read_attribute(results, "study_canonical", &source->canonical, error));
    TRY(results_read_attribute(results, "study_hash", &source->hash, error));
    TRY(results_read_attribute(results, "file_uuid", &source->uuid, error));
    TRY(results_read_attribute(results, "versions", &source->versions, error));
    TRY(results_read_attribute(results, "git_revision", &source->revision, error));
    TRY(results_read_attribute(results, "isa", &source->isa, error));
    TRY(results_read_attribute(results, "models_dir", &source->models_dir, error));
    TRY(results_read_attribute(results, "study_dir", &source->study_dir, error));
    TRY(results_read_attribute(results, "task_files", &source->task_files, error));
    text_clean(source->study);
    text_clean(source->hash);
    text_clean(source->uuid);
    text_clean(source->revision);
    text_clean(source->isa);
    clean_lines(source->canonical);
    clean_lines(source->versions);
    return STATUS_OK;
}

/* Names and messages end up in tables, scripts and pages. */
static void clean_names(struct case_table *table)
{
    static const enum variable_id names[] = {VAR_MODEL, VAR_TASK, VAR_CONSTRUCTION, VAR_MESSAGE,
                                             VAR_MODEL_IDENTITY};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (int row = 0; row < table->n_cases; row++) {
            text_clean(table->texts[names[i]] + (size_t)row * table->strides[names[i]]);
        }
    }
}

static enum status check_widths(const struct source *source, struct error *error)
{
    for (int row = 0; row < source->table.n_cases; row++) {
        const int hidden = ((const int32_t *)source->table.values[VAR_HIDDEN])[row];
        if (hidden < 1 || hidden > source->n_modes) {
            return error_set(error, STATUS_DAMAGED, "%s: hidden is %d in case %d, expected 1 to %d",
                             source->path, hidden, row, source->n_modes);
        }
    }
    return STATUS_OK;
}

static enum status read_open(struct source *source, const struct results *results,
                             struct error *error)
{
    double seed = 0.0;
    TRY(read_texts(source, results, error));
    TRY(results_read_number(results, "epsilon", &source->epsilon, error));
    TRY(results_read_number(results, "seed", &seed, error));
    source->seed = (int64_t)seed;
    source->n_modes = (int)results->lengths[AXIS_MODE];
    TRY(memory_array(&source->epochs, RESULTS_EPOCHS, sizeof *source->epochs, error));
    TRY(results_read_epochs(results, source->epochs, error));
    TRY(case_table_read(&source->table, results, WANTED, sizeof WANTED / sizeof WANTED[0], error));
    clean_names(&source->table);
    return check_widths(source, error);
}

static enum status read_source(struct source *source, const char *path, struct error *error)
{
    struct results results;
    struct error ignored;
    TRY(memory_string(&source->path, path, error));
    TRY(results_open(&results, path, RESULTS_READ, error));
    const enum status status = read_open(source, &results, error);
    (void)!results_close(&results, &ignored);
    text_clean(source->path); /* from here on it is only shown */
    return status;
}

/* ---- of one kind ---- */

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

/* The line of a canonical study that begins with the same key, or NULL. */
static const char *find_key(const char *canonical, const char *line)
{
    const size_t length = strcspn(line, "=\n");
    for (const char *at = canonical; *at != '\0'; at += line_length(at), at += *at == '\n') {
        if (strncmp(at, line, length) == 0 && at[length] == line[length]) {
            return at;
        }
    }
    return NULL;
}

/* The name, the shard and the seed of the held-out trials may differ, and whether there is a
 * profile; so may the tasks that only one of the files has. */
static bool may_differ(const char *line)
{
    static const char *const keys[] = {
        "study =", "seed =", "shard =", "partitions =", "profile ="}; /* the last is of format 3 */
    ;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strncmp(line, keys[i], strlen(keys[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_line(const char *a, const char *b)
{
    const size_t length = line_length(a);
    return length == line_length(b) && memcmp(a, b, length) == 0;
}

static bool same_axes(const struct case_table *a, const struct case_table *b)
{
    if (a->n_alphas != b->n_alphas || a->n_ablations != b->n_ablations ||
        memcmp(a->values[VAR_ALPHA], b->values[VAR_ALPHA], (size_t)a->n_alphas * sizeof(double)) !=
            0) {
        return false;
    }
    for (int i = 0; i < a->n_ablations; i++) {
        if (strcmp(case_table_text(a, VAR_ABLATION, i), case_table_text(b, VAR_ABLATION, i)) != 0) {
            return false;
        }
    }
    return true;
}

static enum status check_kind(const struct source *first, const struct source *other,
                              struct error *error)
{
    for (const char *line = first->canonical; *line != '\0';
         line += line_length(line), line += *line == '\n') {
        const char *const found = find_key(other->canonical, line);
        const bool only_here = found == NULL && strncmp(line, "tasks.", 6) == 0;
        if (may_differ(line) || only_here || (found != NULL && same_line(line, found))) {
            continue;
        }
        const char *const value = found != NULL ? found : "(missing)";
        return error_set(
            error, STATUS_MISMATCH, "%s: of another kind of study than %s: '%.*s', expected '%.*s'",
            other->path, first->path, (int)line_length(value), value, (int)line_length(line), line);
    }
    if (!same_axes(&first->table, &other->table)) {
        return error_set(error, STATUS_MISMATCH, "%s: has other axes than %s", other->path,
                         first->path);
    }
    return STATUS_OK;
}

/* ---- putting together ---- */

/* The identity is a hash of all numbers of a model; its name may differ between studies. */
static bool same_case(const struct study_data *data, struct case_place a, struct case_place b)
{
    const struct case_table *const x = &data->sources[a.source].table;
    const struct case_table *const y = &data->sources[b.source].table;
    return strcmp(case_table_text(x, VAR_MODEL_IDENTITY, a.row),
                  case_table_text(y, VAR_MODEL_IDENTITY, b.row)) == 0 &&
           strcmp(case_table_text(x, VAR_TASK, a.row), case_table_text(y, VAR_TASK, b.row)) == 0;
}

/* The same job in two files. */
struct job_pair {
    const struct case_table *x;
    const struct case_table *y;
    size_t in_x;
    size_t in_y;
};

static bool same_job(const struct job_pair *pair, enum job_family family)
{
    for (int i = 0; i < JOB_REAL_COUNT; i++) {
        const enum variable_id id = JOB_FIELDS[i].ids[family];
        if (!same_bits(case_table_real(pair->x, id, pair->in_x),
                       case_table_real(pair->y, id, pair->in_y))) {
            return false;
        }
    }
    return true;
}

/* How many more jobs y has done than x, and how many more of them failed. */
struct balance {
    int done;
    int failed;
};

static int state_at(const struct case_table *table, enum variable_id id, size_t result)
{
    return ((const uint8_t *)table->values[id])[result];
}

/* Cells that are done in both must agree. */
static bool jobs_agree(const struct job_pair *first, enum job_family family, int n_jobs,
                       struct balance *balance)
{
    struct job_pair pair = *first;
    for (int i = 0; i < n_jobs; i++, pair.in_x++, pair.in_y++) {
        const int x = state_at(pair.x, JOB_STATE_FIELD.ids[family], pair.in_x);
        const int y = state_at(pair.y, JOB_STATE_FIELD.ids[family], pair.in_y);
        if (x == JOB_DONE && y == JOB_DONE && !same_job(&pair, family)) {
            return false;
        }
        balance->done += (int)(y == JOB_DONE) - (int)(x == JOB_DONE);
        balance->failed += (int)(y == JOB_FAILED) - (int)(x == JOB_FAILED);
    }
    return true;
}

/* Done (or failed) jobs of the partitions of a case from `first` on. */
static int count_partition_jobs(const struct case_table *table, int row, int first, int state)
{
    int count = 0;
    for (int p = first; p < table->n_partitions; p++) {
        for (int set = 0; set < table->n_ablations; set++) {
            count += state_at(table, VAR_PARTITION_STATE,
                              case_table_partition_job(table, row, p, set)) == state;
        }
    }
    return count;
}

/* One file may have no profile, or a longer axis because of a wider model. */
static bool partitions_agree(const struct case_table *x, int row_x, const struct case_table *y,
                             int row_y, struct balance *balance)
{
    const int n = x->n_partitions < y->n_partitions ? x->n_partitions : y->n_partitions;
    const struct job_pair pair = {x, y, case_table_partition_job(x, row_x, 0, 0),
                                  case_table_partition_job(y, row_y, 0, 0)};
    if (!jobs_agree(&pair, FAMILY_PARTITION, n * x->n_ablations, balance)) {
        return false;
    }
    balance->done +=
        count_partition_jobs(y, row_y, n, JOB_DONE) - count_partition_jobs(x, row_x, n, JOB_DONE);
    balance->failed += count_partition_jobs(y, row_y, n, JOB_FAILED) -
                       count_partition_jobs(x, row_x, n, JOB_FAILED);
    return true;
}

/* Cells that are done in both must agree; *b_has_more tells whether b has done more of them, or as
 * many and more are failed instead of pending. */
static bool cases_agree(const struct study_data *data, struct case_place a, struct case_place b,
                        bool *b_has_more)
{
    const struct case_table *const x = &data->sources[a.source].table;
    const struct case_table *const y = &data->sources[b.source].table;
    const struct job_pair pair = {x, y, case_table_job(x, a.row, 0, 0),
                                  case_table_job(y, b.row, 0, 0)};
    struct balance balance = {0};
    if (!jobs_agree(&pair, FAMILY_ALPHA, x->n_alphas * x->n_ablations, &balance) ||
        !partitions_agree(x, a.row, y, b.row, &balance)) {
        return false;
    }
    *b_has_more = balance.done > 0 || (balance.done == 0 && balance.failed > 0);
    return true;
}

static enum status add_case(struct study_data *data, struct case_place place, struct error *error)
{
    for (int i = 0; i < data->n_cases; i++) {
        const struct case_place known = data->cases[i];
        bool has_more = false;
        if (known.source == place.source || !same_case(data, known, place)) {
            continue;
        }
        if (!cases_agree(data, known, place, &has_more)) {
            const struct case_table *const table = &data->sources[place.source].table;
            return error_set(
                error, STATUS_MISMATCH, "%s: model '%s' on task '%s' has other values than in %s",
                data->sources[place.source].path, case_table_text(table, VAR_MODEL, place.row),
                case_table_text(table, VAR_TASK, place.row), data->sources[known.source].path);
        }
        data->n_duplicates++;
        data->cases[i] = has_more ? place : known;
        return STATUS_OK;
    }
    data->cases[data->n_cases++] = place;
    return STATUS_OK;
}

static enum status pool_cases(struct study_data *data, struct error *error)
{
    size_t n_rows = 0;
    for (int s = 0; s < data->n_sources; s++) {
        n_rows += (size_t)data->sources[s].table.n_cases;
    }
    TRY(memory_array(&data->cases, n_rows, sizeof *data->cases, error));
    for (int s = 0; s < data->n_sources; s++) {
        for (int row = 0; row < data->sources[s].table.n_cases; row++) {
            TRY(add_case(data, (struct case_place){s, row}, error));
        }
    }
    return STATUS_OK;
}

static enum status read_axes(struct study_data *data, struct error *error)
{
    const struct source *const first = &data->sources[0];
    data->n_alphas = first->table.n_alphas;
    data->alphas = first->table.values[VAR_ALPHA];
    data->n_sets = first->table.n_ablations;
    data->epsilon = first->epsilon;
    if (data->n_alphas < 1 || data->n_sets < 1 || data->n_sets > ABLATION_SET_COUNT) {
        return error_set(
            error, STATUS_DAMAGED,
            "%s: %d alphas and %d ablation sets, expected at least 1 and at most %d sets",
            first->path, data->n_alphas, data->n_sets, ABLATION_SET_COUNT);
    }
    for (int i = 0; i < data->n_sets; i++) {
        const char *const name = case_table_text(&first->table, VAR_ABLATION, i);
        if (!ablation_from_name(name, &data->sets[i])) {
            return error_set(error, STATUS_DAMAGED, "%s: '%s' is no set of couplings", first->path,
                             name);
        }
    }
    if (data->sets[0] != ABLATION_NONE) {
        return error_set(error, STATUS_DAMAGED, "%s: the first ablation set is '%s', expected none",
                         first->path, ablation_name(data->sets[0]));
    }
    return STATUS_OK;
}

static enum status read_all(struct study_data *data, char *const *paths, int n_paths,
                            struct error *error)
{
    TRY(memory_array(&data->sources, (size_t)n_paths, sizeof *data->sources, error));
    for (int i = 0; i < n_paths; i++) {
        data->n_sources++;
        TRY(read_source(&data->sources[i], paths[i], error));
        TRY(check_kind(&data->sources[0], &data->sources[i], error));
        data->seeds_differ |= data->sources[i].seed != data->sources[0].seed;
    }
    TRY(read_axes(data, error));
    return pool_cases(data, error);
}

enum status study_data_read(struct study_data *data, char *const *paths, int n_paths,
                            struct error *error)
{
    *data = (struct study_data){0};
    const enum status status = read_all(data, paths, n_paths, error);
    if (status != STATUS_OK) {
        study_data_release(data);
    }
    return status;
}

void study_data_release(struct study_data *data)
{
    for (int i = 0; i < data->n_sources; i++) {
        release_source(&data->sources[i]);
    }
    free(data->sources);
    free(data->cases);
    *data = (struct study_data){0};
}
